"""`python -m tests.conformance`: play every way in which a cancel can go wrong."""

import argparse
import sys
import time

from tests.conformance.cases import Case
from tests.conformance.catalogue import catalogue
from tests.conformance.gateway_report import gateways
from tests.conformance.report import failures, figures, summary, table
from tests.conformance.running import Result, play_all
from tests.support.ways import WAYS, Way, requests_go

JOBS = 3
"""Processes: many cases wait for most of their time."""

SILENCE = 12
"""The scenario of servers that hang and drip."""

PROGRESS = 250
"""Cases after which it is said how far things are."""


def main(arguments: list[str] | None = None) -> int:
    """Play the chosen cases and print the table; returns 1 if anything was wrong."""
    options = _options(arguments)
    cases = catalogue()
    if options.quick:
        cases = [case for case in cases if case.quick]
    if options.only:
        cases = [case for case in cases if case.id.startswith(options.only)]
    known = [case for case in cases if outlasts(case, options.way)]
    cases = [case for case in cases if case not in known]
    if options.list:
        _print("\n".join(case.id for case in cases))
        return 0
    _print(f"seed {options.seed}, {len(cases)} cases")
    if known:
        _print(f"left out, since httpx's own timeouts hold for each read: {len(known)} cases")
    began = time.monotonic()
    results: list[Result] = []
    with requests_go(options.way):
        for result in play_all(cases, options.seed, min(options.jobs, len(cases))):
            results.append(result)
            _print(failures([result], options.seed))
            if len(results) % PROGRESS == 0:
                _print(f"{len(results)} of {len(cases)}, {time.monotonic() - began:.0f} s")
    _print(table(results))
    _print(figures(results))
    _print(gateways(results))
    if options.slowest:
        slow = sorted(results, key=lambda each: -each.seconds)[: options.slowest]
        _print("\n".join(f"{result.seconds:6.2f} s {result.case.id}" for result in slow))
    results.sort(key=lambda result: result.case.scenario)
    _print(failures(results, options.seed))
    _print(summary(results, time.monotonic() - began))
    return int(any(result.violations for result in results) or not results)


def outlasts(case: Case, way: Way) -> bool:
    """Whether the deadline does not hold: docs/time-and-load.md, "A transport of your own"."""
    drips = case.scenario == SILENCE and "drips" in case.variant
    return way == "httpx" and drips and case.flavour == "sync"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a part that covers every scenario")
    parser.add_argument("--only", metavar="ID", help="the case of this id, or all that begin so")
    parser.add_argument("--seed", type=int, default=1, help="of the waits that are drawn")
    parser.add_argument(
        "--way",
        choices=WAYS,
        default="own",
        help="how requests go: by the client's own exchange, a SOCKS proxy, a caller's httpx",
    )
    parser.add_argument("--list", action="store_true", help="print the ids and play nothing")
    parser.add_argument("--jobs", type=int, default=JOBS, help="processes, %(default)s by default")
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="name the slowest N")
    return parser.parse_args(arguments)


def _print(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
