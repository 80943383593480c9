"""Where the time of a cancel goes: `python -m benchmarks.profile`.

Prints the functions that cost most by themselves, and the rooms of the package. `--out FILE` keeps
the profile for `pstats` and for viewers. docs/performance.md says how to draw a flame graph.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.processes import bench
from countermand import AsyncClient, Client, bento

if TYPE_CHECKING:
    from countermand import Receipt

TOKEN: Final = "token-0123456789abcdef"  # noqa: S105 - nobody checks it
"""Long enough to be looked for in every answer."""

WARM_UP: Final = 100
LINES: Final = 30

ROOMS: Final = (
    "/countermand/_http/",
    "/countermand/_core/",
    "/countermand/_runtime/",
    "/countermand/provider/",
    "/countermand/",
    "/countermand_clients/",
    "/h11/",
    "/attr/",
    "attrs generated",
    "/json/",
    "/asyncio/",
    "/logging/",
)


def cancellation(number: int) -> bento.Cancellation:
    """A numbered payment at Bento."""
    return bento.Cancellation(f"or_{number:026d}", f"tx_{number:026d}", refund_amount=500)


def blocking(url: str, profile: cProfile.Profile | None, calls: int) -> None:
    """Profile `Client.cancel`."""
    with Client(bento.Account(TOKEN, url, read=False)) as client:
        for number in range(WARM_UP):
            client.cancel(cancellation(number))
        if profile:
            profile.enable()
        for number in range(WARM_UP, WARM_UP + calls):
            client.cancel(cancellation(number))
        if profile:
            profile.disable()


async def asynchronous(url: str, profile: cProfile.Profile | None, calls: int) -> None:
    """Profile `AsyncClient.cancel`, 50 at a time."""
    async with AsyncClient(bento.Account(TOKEN, url, read=False)) as client:
        numbers = iter(range(calls))

        async def worker() -> Receipt | None:
            receipt = None
            for number in numbers:
                receipt = await client.cancel(cancellation(number))
            return receipt

        if profile:
            profile.enable()
        await asyncio.gather(*(worker() for _ in range(50)))
        if profile:
            profile.disable()


def room(filename: str) -> str:
    """The part of the code that a file belongs to."""
    return next((name for name in ROOMS if name in filename), "other")


def main() -> None:
    """Profile, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--async", dest="asynchronous", action="store_true")
    parser.add_argument("--plain", action="store_true", help="without cProfile, for a sampler")
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    # CPU time: waiting for the server is no cost of ours.
    profile = None if asked.plain else cProfile.Profile(time.process_time)
    with bench() as stage:
        if stage.core is not None:
            os.sched_setaffinity(0, {stage.core})
        if asked.asynchronous:
            asyncio.run(asynchronous(stage.urls["plain"], profile, asked.calls))
        else:
            blocking(stage.urls["plain"], profile, asked.calls)
    if profile is None:
        return
    stats = pstats.Stats(profile)
    stats.sort_stats("tottime").print_stats(LINES)
    by_room: Counter[str] = Counter()
    for (filename, _, _), figures in stats.stats.items():  # type: ignore[attr-defined]
        by_room[room(filename)] += figures[2]
    for name, seconds in by_room.most_common():
        print(f"{seconds / by_room.total():6.1%}  {name}")
    if asked.out:
        stats.dump_stats(asked.out)


if __name__ == "__main__":
    main()
