"""The suite's results as one table, and one line for each case that failed. Pure."""

from collections import Counter
from collections.abc import Sequence

from tests.conformance.running import Result

TITLES = {
    1: "answer lost after execution",
    2: "reset",
    3: "clean close",
    4: "answer cut",
    5: "5xx before and after execution",
    6: "refused, DNS, TLS",
    7: "dead keep-alive connection",
    8: "429 and 503 with Retry-After",
    9: "answers that are not documented",
    10: "redirects to another origin",
    11: "hostile ids",
    12: "hangs and drips",
    13: "200 calls into an outage",
    14: "killed at every step",
    15: "interrupted at every await",
    16: "many workers, one key",
    17: "retried after every exception",
    18: "late delivery",
    19: "changed by another client",
    20: "token, identity, account lost",
    21: "database lost, disk full",
    22: "clocks that jump",
    23: "executed, and a gateway answers",
    24: "sent twice by a gateway",
    25: "answered from a gateway's cache",
    26: "compared before and after",
    27: "looked at after the call",
}

SHOWN = 30
"""Violations of one case that are told."""


def table(results: Sequence[Result]) -> str:
    """Scenario by provider: cases, how many are well, executions at most, verdicts."""
    lines = [f"{'scenario':<37}{'provider':<14}{'cases':>6}{'ok':>6}{'max':>5}  verdicts"]
    groups: dict[tuple[int, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.case.scenario, result.case.api), []).append(result)
    for (scenario, api), members in sorted(groups.items()):
        well = sum(not result.violations for result in members)
        seen = [each for result in members for each in result.observations]
        most = max((each.executions - each.intended + 1 for each in seen), default=0)
        verdicts = Counter(call.verdict for each in seen for call in each.calls)
        text = ", ".join(f"{name} {count}" for name, count in verdicts.most_common())
        title = f"{scenario:>2} {TITLES[scenario]}"
        lines.append(f"{title:<37}{api:<14}{len(members):>6}{well:>6}{most:>5}  {text}")
    return "\n".join(lines)


def figures(results: Sequence[Result]) -> str:
    """What cases measured, at most, by provider: in an outage, requests for each call."""
    found: dict[tuple[int, str, str], float] = {}
    for result in results:
        for name, value in (each for seen in result.observations for each in seen.figures):
            place = (result.case.scenario, result.case.api, name)
            found[place] = max(value, found.get(place, 0.0))
    lines = [
        f"{scenario:>2} {api}, {name}: {value:.2f} a call"
        for (scenario, api, name), value in sorted(found.items())
    ]
    return "\n".join(lines)


def failures(results: Sequence[Result], seed: int) -> str:
    """What was wrong, and how to see it again."""
    lines: list[str] = []
    for result in results:
        if result.violations:
            command = f"python -m tests.conformance --seed {seed} --only {result.case.id}"
            found = "; ".join(result.violations[:SHOWN])
            more = len(result.violations) - SHOWN
            rest = f"; and {more} more" if more > 0 else ""
            lines.append(f"FAILED {result.case.id}: {found}{rest}\n    {command}")
    return "\n".join(lines)


def summary(results: Sequence[Result], seconds: float) -> str:
    """The last line."""
    calls = sum(len(seen.calls) for result in results for seen in result.observations)
    failed = sum(bool(result.violations) for result in results)
    return f"{len(results)} cases, {calls} calls, {failed} failed, {seconds:.0f} s"
