"""Scenario 21: the ledger's database is lost at a step, or takes no more."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand.ledger import Ledger
from countermand.sandbox import faults
from tests.conformance.cases import DURABLE, RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import REPEATABLE, afterwards
from tests.conformance.stage import Stage
from tests.conformance.world import LEASE

STEPS = ("claim", "dispatch", "conclude")
FAILED = frozenset({"LedgerUnavailable"})
MORE = 16
"""Pages that the ledger may grow by until its disk is full."""

FILLER = """
    INSERT INTO countermand_cancellations (key, api, destination, fingerprint, cancellation, state,
    unclear, attempts, dispatched, created_at) VALUES (?, '-', '-', '-', '-', 'failed', 0, 0, '', 0)
"""


class Breaking(Ledger):
    """A ledger that loses its database just before a step, or in the middle of it, and for good."""

    def __init__(self, url: str, step: str, manner: str) -> None:
        engine = sa.create_engine(url)
        super().__init__(engine, lease=LEASE)
        self.engine, self._step, self._manner = engine, step, manner
        self._armed = self._struck = False
        self._dispatched = 0
        event.listen(engine, "before_cursor_execute", self._before)

    def claim(self, *arguments: Any, **options: Any) -> Any:
        """As it is, or broken."""
        self._arm("claim")
        return super().claim(*arguments, **options)

    def dispatch(self, *arguments: Any, **options: Any) -> Any:
        """As it is, or broken."""
        self._dispatched += 1
        self._arm("dispatch" if self._dispatched == 1 else "second dispatch")
        return super().dispatch(*arguments, **options)

    def conclude(self, *arguments: Any) -> None:
        """As it is, or broken."""
        self._arm("conclude")
        super().conclude(*arguments)

    def mend(self) -> None:
        """The database is there again."""
        self._armed, self._step = False, "never"

    def _arm(self, step: str) -> None:
        self._armed = self._armed or step == self._step

    def _before(self, connection: sa.Connection, _cursor: object, sql: str, *_more: object) -> None:
        if not self._armed:
            return
        if self._manner == "gone":
            raise exc.OperationalError(sql, None, sqlite3.OperationalError("the disk is gone"))
        if self._manner == "terminated" and not self._struck and sql.startswith("UPDATE"):
            self._struck = True
            _terminate(self.engine, connection)

    def close(self) -> None:
        """Close its connections."""
        super().close()
        self.engine.dispose()


def _terminate(engine: sa.Engine, connection: sa.Connection) -> None:
    """End the very session that is about to write, as an administrator or a failover does."""
    raw: Any = connection.connection.dbapi_connection
    with sa.create_engine(engine.url).connect() as other:
        other.execute(sa.select(sa.func.pg_terminate_backend(raw.info.backend_pid)))
    other.engine.dispose()


def lost(cast: Cast, step: str) -> None:
    """Before the answer nothing is sent without a record; after it the answer is given anyway."""
    url = cast.world.address(cast.book)
    broken = Breaking(url, step, "gone")
    with cast.stage(ledger=Record(broken, cast.world.ledger(cast.book))) as stage:
        answered = step == "conclude"
        seen = stage.cancel(RECEIPT if answered else FAILED, failed=True)
        if not answered and seen.requests:
            stage.problems.append("sent without a record")
        _recover(stage, broken, step)


def lost_between(cast: Cast) -> None:
    """An attempt is lost, and the ledger before the next: no more is sent, and it stays open."""
    url = cast.world.address(cast.book)
    broken = Breaking(url, "second dispatch", "gone")
    with cast.stage(ledger=Record(broken, cast.world.ledger(cast.book))) as stage:
        stage.script(faults.RESET_AFTER)
        # PACE Fueling's is found at PACE Pay; that cannot be recorded either.
        seen = stage.cancel(RECEIPT if cast.api == "pace_fueling" else UNKNOWN, failed=True)
        if seen.requests != 1:
            stage.problems.append("sent again without a record")
        _recover(stage, broken, "conclude")


def terminated(cast: Cast, step: str) -> None:
    """A connection that drops once is replaced, and nobody notices."""
    url = cast.world.address(cast.book)
    broken = Breaking(url, step, "terminated")
    with cast.stage(ledger=Record(broken, cast.world.ledger(cast.book))) as stage:
        stage.cancel(RECEIPT)
        stage.finish()
    broken.close()


def _recover(stage: Stage, broken: Breaking, step: str) -> None:
    broken.mend()
    if step == "claim":
        stage.cancel(RECEIPT, "the same key again")
    else:
        allowed = afterwards(stage.api) if step == "conclude" else RECEIPT
        stage.again(allowed, wait=True)
    stage.finish()
    broken.close()


def full(cast: Cast, spare: int) -> None:
    """The disk has room for a few hundred bytes more, and then for none."""
    url = cast.world.url("sqlite")
    healthy = Ledger(url, lease=LEASE)
    healthy.unresolved()
    pages = _fill(str(sa.make_url(url).database), spare)
    small = Breaking(url, "never", "full")
    event.listen(small.engine, "connect", partial(_limit, pages=pages))
    with cast.stage(ledger=Record(small, healthy)) as stage:
        seen = stage.cancel(RECEIPT | FAILED, failed=True)
        if seen.verdict != "Receipt" and seen.requests:
            stage.problems.append("sent without a record")
        if not spare and seen.verdict == "Receipt":
            stage.problems.append("the disk was not full")
        stage.leave()
        small.close()
        stage.ledger = healthy
        if stage.is_open():
            stage.again(afterwards(cast.api) | RECEIPT, wait=True)
        else:
            stage.cancel(RECEIPT, "the same key again")
        stage.finish()
    healthy.close()


def _fill(path: str, spare: int) -> int:
    """Fill the ledger's own pages, but for a few rows; returns how many pages that makes."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0]) + MORE
    _limit(connection, None, pages=pages)
    number = 0
    with suppress(sqlite3.OperationalError):
        while True:
            connection.execute(FILLER, (f"ballast {number:06}",))
            number += 1
    connection.execute("DELETE FROM countermand_cancellations WHERE rowid > ?", (number - spare,))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return pages


def _limit(connection: Any, _record: object, *, pages: int) -> None:
    connection.execute(f"PRAGMA max_page_count = {pages}")


LOOKS = {"unresolved", "find"}
"""What the suite looks with."""


class Record:
    """The client writes to one ledger, and the suite looks at the database through another."""

    def __init__(self, used: Ledger, seen: Ledger) -> None:
        self._used, self._seen = used, seen
        self.durable = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._seen if name in LOOKS else self._used, name)


def entries() -> Iterator[Entry]:
    """Scenario 21."""
    for step in STEPS:
        play = partial(lost, step=step)
        yield Entry(
            scenario=21, variant=f"{step}-lost", play=play, books=DURABLE, quick=step != "dispatch"
        )
        play = partial(terminated, step=step)
        yield Entry(
            scenario=21,
            variant=f"{step}-terminated",
            play=play,
            books=("postgresql",),
            quick=step == "dispatch",
        )
    yield Entry(
        scenario=21,
        variant="second-dispatch-lost",
        play=lost_between,
        apis=REPEATABLE,
        books=DURABLE,
        quick=True,
    )
    for spare in (0, 2, 3, 4, 5, 6, 8):
        play = partial(full, spare=spare)
        name = f"disk-full-{spare}"
        quick = spare == 4
        yield Entry(scenario=21, variant=name, play=play, books=("sqlite",), quick=quick)
