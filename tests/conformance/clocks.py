"""Scenario 22: clocks that jump by hours, forwards and backwards."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any

from attrs import define, evolve

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, LATER
from tests.conformance.cases import DURABLE, RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import REPEATABLE, throttled
from tests.support.claims import run_sql

HOURS = 3 * 3600.0
READINGS = range(1, 9)
MOMENTS = (
    "created_at",
    "attempt_recorded_at",
    "last_attempt_at",
    "lease_until",
    "closed_at",
    "resolved_at",
)
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
    """The wall clock is hours off: a date in Retry-After is waited for or reported."""
    date = format_datetime(datetime.fromtimestamp(int(time.time()), UTC), usegmt=True)
    with cast.stage() as stage:
        stage.actor.client._wall_clock = lambda: time.time() + by
        stage.script(faults.busy(429, date))
        stage.cancel(throttled(cast.api) if by > 0 else frozenset({"RateLimited"}))
        stage.cancel(RECEIPT, "the same key again")
        stage.finish()


def database(cast: Cast, *, by: float, confirmed_absent: bool = False) -> None:
    """The database's clock jumps by so much after an attempt: no late-arrival window has passed.

    Not even where a person has said that nothing was cancelled: the request may still arrive.
    """
    ahead = by > 0
    with cast.stage(policy=evolve(BASE_POLICY, attempts=1, late_arrival_window=LATER)) as stage:
        stage.script(faults.RESET_BEFORE)
        stage.cancel(UNKNOWN)
        if confirmed_absent:
            stage.actor.do("resolve", stage.key, cancelled=False, by="support", reason="a call")
        _shift(cast, stage.key, -by)
        if not ahead:
            stage.wait_window()
        repeatable = cast.api in REPEATABLE
        seen = stage.cancel(RECEIPT if repeatable else UNKNOWN, "the same key again")
        if not repeatable and seen.requests:
            stage.problems.append("sent again, and no window had passed")
        stage.finish()


def _shift(cast: Cast, key: str, by: float) -> None:
    """Move every moment of a row that the database's clock has set; the hosts' clocks go on."""
    moved = ", ".join(f"{name} = {name} + {by}" for name in MOMENTS)
    ledger = cast.fixtures.ledger(cast.store)
    assert ledger is not None
    run_sql(ledger, f"UPDATE countermand_cancellations SET {moved} WHERE key = '{key}'")


def entries() -> Iterator[Entry]:
    """Scenario 22."""
    for name, by in (("forward", HOURS), ("backward", -HOURS)):
        for what, fault in (("well", faults.PASS), ("lost", faults.RESET_AFTER)):
            play = partial(monotonic, by=by, fault=fault)
            quick = what == "lost"
            yield Entry(scenario=22, variant=f"monotonic-{name}-{what}", play=play, quick=quick)
        yield Entry(scenario=22, variant=f"wall-{name}", play=partial(wall, by=by), quick=True)
        known: dict[str, Any] = {"scenario": 22, "stores": DURABLE, "quick": True}
        moved = partial(database, by=by)
        yield Entry(variant=f"database-{name}", play=moved, **known)
        moved = partial(database, by=by, confirmed_absent=True)
        yield Entry(
            variant=f"database-{name}-confirmed",
            play=moved,
            apis=("bento", "unzer", "pace_fueling"),
            **known,
        )
