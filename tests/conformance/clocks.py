"""Scenario 22: clocks that jump by hours, forwards and backwards."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial

import sqlalchemy as sa
from attrs import define, evolve

from countermand._ledger_schema import CANCELLATIONS
from countermand.sandbox import faults
from tests.conformance.actors import PATIENT
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import REPEATABLE

HOURS = 3 * 3600.0
READINGS = range(1, 9)
ANY = RECEIPT | UNKNOWN | {"Unreachable", "CancellationInProgress"}


@define
class Jumping:
    """The monotonic clock, which jumps when it is read for the `at`-th time."""

    at: int
    by: float
    seen: int = 0

    def read(self) -> float:
        """The time."""
        self.seen += 1
        return time.monotonic() + (self.by if self.seen >= self.at else 0.0)


def monotonic(cast: Cast, by: float, fault: faults.Fault) -> None:
    """The clock of the deadline jumps during the call: it ends, and what it says is true."""
    for at in READINGS:
        clock = Jumping(at, by)
        with cast.stage(f"at {at}", options={"clock": clock.read}) as stage:
            stage.script(fault)
            stage.cancel(ANY)
            stage.finish()


def wall(cast: Cast, by: float) -> None:
    """The wall clock is hours off: a date in Retry-After is waited for if it fits, else told."""
    date = format_datetime(datetime.fromtimestamp(int(time.time()), UTC), usegmt=True)
    with cast.stage() as stage:
        desk = stage.actor.client._desk
        desk.ambience = evolve(desk.ambience, wall=lambda: time.time() + by)
        stage.script(faults.busy(429, date))
        stage.cancel(RECEIPT if by > 0 else frozenset({"RateLimited"}))
        stage.cancel(RECEIPT, "the same key again")
        stage.finish()


def database(cast: Cast) -> None:
    """The database's clock was hours ahead when the attempt was recorded: no window has passed."""
    policy = evolve(PATIENT, attempts=1)
    with cast.stage(policy=policy) as stage:
        stage.script(faults.RESET_BEFORE)
        stage.cancel(UNKNOWN)
        row = CANCELLATIONS.c
        later = sa.update(CANCELLATIONS).where(row.key == stage.key)
        engine = sa.create_engine(cast.world.address(cast.book))
        with engine.begin() as connection:
            connection.execute(later.values(dispatched_at=row.dispatched_at + HOURS))
        engine.dispose()
        stage.wait_window()
        stage.again(RECEIPT if cast.api in REPEATABLE else UNKNOWN)
        if cast.api not in REPEATABLE:
            stage.settle()


def entries() -> Iterator[Entry]:
    """Scenario 22."""
    for name, by in (("forward", HOURS), ("backward", -HOURS)):
        for what, fault in (("well", faults.PASS), ("lost", faults.RESET_AFTER)):
            play = partial(monotonic, by=by, fault=fault)
            quick = what == "lost"
            yield Entry(scenario=22, variant=f"monotonic-{name}-{what}", play=play, quick=quick)
        yield Entry(scenario=22, variant=f"wall-{name}", play=partial(wall, by=by), quick=True)
    yield Entry(scenario=22, variant="database-ahead", play=database, books=("sqlite",), quick=True)
