"""Races: several clients do the same in turns, round after round."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, field, frozen

from benchmarks.contenders import (
    ASYNC_RIVALS,
    FRESH,
    HTTPX_ASYNC,
    KEPT,
    OTHER_CANCELS,
    OURS,
    OURS_ASYNC,
    RIVALS,
    STANDARD,
)
from benchmarks.processes import ContenderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contenders import Contender, Interpreters
    from benchmarks.processes import Bench

MIN_ROUNDS: Final = 3

Rounds = dict[str, list[dict[str, Any]]]
"""By client: what its batch came to in each round."""


@frozen(kw_only=True)
class Race:
    """Clients that do the same, on the same wire.

    Attributes:
        name: Its name in the tables.
        contenders: The clients, the first of them ours.
        baseline: The client that the others are compared with.
        calls: Calls of one batch.
        at_once: How many of them at a time.
        wire: `plain`, `tls` or `distant`.
        seconds: How long rounds are run; there are `MIN_ROUNDS` at least.
    """

    name: str
    contenders: Sequence[Contender]
    baseline: str
    calls: int
    at_once: int = 1
    wire: str = "plain"
    seconds: float = 20.0


SYNC: Final = Race(
    name="sync, plain",
    contenders=(OURS, KEPT, FRESH, *STANDARD, *RIVALS, *OTHER_CANCELS),
    baseline=KEPT.name,
    calls=60,
    seconds=35.0,
)
TLS: Final = Race(
    name="sync, TLS",
    contenders=(OURS, FRESH, KEPT, *STANDARD),
    baseline=FRESH.name,
    calls=30,
    wire="tls",
    seconds=18.0,
)
ONE: Final = Race(
    name="async, 1 at a time",
    # The blocking one beside them: it opens a connection for each request, as ours does.
    contenders=(OURS_ASYNC, HTTPX_ASYNC, FRESH, *ASYNC_RIVALS),
    baseline=HTTPX_ASYNC.name,
    calls=60,
)
FIFTY: Final = evolve(
    ONE,
    name="async, 50 at a time",
    calls=300,
    at_once=50,
    seconds=30.0,
)
THOUSAND: Final = evolve(
    ONE,
    name="async, 1,000 at a time",
    # Not httpx, whose pool needs half a minute of CPU for a thousand at a time.
    contenders=(OURS_ASYNC, ASYNC_RIVALS[-1]),
    baseline=OURS_ASYNC.name,
    calls=1000,
    at_once=1000,
    seconds=12.0,
)
DISTANT: Final = Race(
    name="sync, 40 ms away",
    contenders=(OURS, KEPT, OTHER_CANCELS[0]),
    baseline=KEPT.name,
    calls=10,
    wire="distant",
    seconds=8.0,
)
FULL: Final = (SYNC, TLS, ONE, FIFTY, THOUSAND, DISTANT)

SHORT: Final = (
    evolve(SYNC, contenders=(OURS, KEPT, FRESH), calls=25, seconds=6.0),
    evolve(TLS, contenders=(OURS, FRESH), calls=15, seconds=5.0),
    evolve(ONE, contenders=(OURS_ASYNC, HTTPX_ASYNC, FRESH), calls=25, seconds=6.0),
    evolve(FIFTY, contenders=(OURS_ASYNC, HTTPX_ASYNC, FRESH), calls=100, seconds=8.0),
    evolve(THOUSAND, contenders=(OURS_ASYNC,), seconds=1.0),
)
"""Without rivals; a minute and a half with what else the short form measures."""


@frozen
class Run:
    """What a race came to."""

    race: Race
    rounds: Rounds
    missing: dict[str, str] = field(factory=dict[str, str])
    """By client: why it is not in the rounds."""

    def values(self, contender: str, metric: str) -> list[float]:
        """A metric of a client in each round."""
        return [batch[metric] for batch in self.rounds[contender]]

    def errors(self, contender: str) -> int:
        """How many of its calls failed."""
        return sum(batch["errors"] for batch in self.rounds[contender])


def run(race: Race, bench: Bench, interpreters: Interpreters) -> Run:
    """Run the rounds of a race, each in another order."""
    missing = {
        contender.name: interpreters.missing[contender.requirements]
        for contender in race.contenders
        if interpreters.of(contender) is None
    }
    present = [each for each in race.contenders if each.name not in missing]
    rounds: Rounds = {}
    order = {"calls": race.calls, "at_once": race.at_once}
    with ExitStack() as stack:
        clients = []
        for contender in present:
            python = interpreters.of(contender)
            assert python
            try:
                client = stack.enter_context(bench.running(python, contender, race.wire))
                client.ask(**order)
            except ContenderError as error:
                missing[contender.name] = f"{contender.name} does not run: {error}"
                continue
            clients.append((contender.name, client))
            rounds[contender.name] = []
        until, number = time.monotonic() + race.seconds, 0
        while number < MIN_ROUNDS or time.monotonic() < until:
            first = number % len(clients)
            for name, client in clients[first:] + clients[:first]:
                told = client.ask(**order)
                if told["errors"] and race.at_once == 1 and name in {OURS.name, race.baseline}:
                    # Calls that fail cost less.
                    raise ContenderError(f"{name}, {race.name}: {told['example']}")
                rounds[name].append(told)
            number += 1
    return Run(race, rounds, missing)
