"""`python -m countermand.reconcile package.module:factory`: look at the cancels that are due.

`factory` is called without arguments and returns a `Client` or an `AsyncClient` with a ledger. Each
round prints its summary as one line of JSON. SIGTERM and SIGINT end it at any moment; what was
under way is recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs

from countermand.client import AsyncClient, Client
from countermand.errors import LedgerUnavailable
from countermand.policy import MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from countermand.ledger import Reconciliation

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0; or 1 if the ledger could not be used in the only round.
    """
    parser = argparse.ArgumentParser(prog="python -m countermand.reconcile", description=__doc__)
    parser.add_argument("factory", type=_factory, help="package.module:callable, makes the client")
    parser.add_argument(
        "--every",
        type=_seconds,
        metavar="SECONDS",
        help="go on, with this pause between two rounds",
    )
    parser.add_argument(
        "--on-outcome", type=_callable, help="package.module:callable, gets each change"
    )
    parser.add_argument(
        "--limit", type=_count, metavar="N", help="look at most so often in a round"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        made = options.factory()
        if isinstance(made, AsyncClient):
            return asyncio.run(_reconcile_async(made, options))
        return _reconcile(made, options)
    except KeyboardInterrupt:
        return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < float(text) <= MAX_NUMBER:
            return float(text)
    message = f"{text!r} is not a number of seconds above 0, at most {MAX_NUMBER:.0e}"
    raise argparse.ArgumentTypeError(message)


def _count(text: str) -> int:
    with suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")


def _callable(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    if not module or not name:
        raise argparse.ArgumentTypeError(f"{place!r} is not of the form package.module:callable")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return found


def _factory(place: str) -> Callable[[], Client | AsyncClient]:
    found = _callable(place)

    def make() -> Client | AsyncClient:
        made = found()
        if not isinstance(made, (Client, AsyncClient)):
            kind = type(made).__name__
            raise SystemExit(f"{place} has returned a {kind}, not a Client or an AsyncClient")
        return made

    return make


def _reconcile(client: Client, options: Any) -> int:
    with client:
        while True:
            try:
                failed = _report(client.reconcile(**_arguments(options)))
            except LedgerUnavailable as unavailable:
                failed = _complain(unavailable)
            if options.every is None:
                return failed
            time.sleep(options.every)


async def _reconcile_async(client: AsyncClient, options: Any) -> int:
    async with client:
        while True:
            try:
                failed = _report(await client.reconcile(**_arguments(options)))
            except LedgerUnavailable as unavailable:
                failed = _complain(unavailable)
            if options.every is None:
                return failed
            await asyncio.sleep(options.every)


def _arguments(options: Any) -> dict[str, Any]:
    return {"limit": options.limit, "on_outcome": options.on_outcome}


def _report(done: Reconciliation) -> int:
    sys.stdout.write(json.dumps(attrs.asdict(done)) + "\n")
    sys.stdout.flush()
    return 0


def _complain(unavailable: LedgerUnavailable) -> int:
    sys.stderr.write(f"{unavailable}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
