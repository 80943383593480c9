"""Scenario 21: the ledger's database is lost at a step, or takes no more."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from countermand.ledger._files import FileDatabase
from countermand.ledger._keys import Keys
from countermand.ledger._tasks import DatabaseError, Transaction
from countermand.sandbox import faults
from tests.conformance.cases import DURABLE, RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import REPEATABLE
from tests.conformance.fixtures import LEASE
from tests.conformance.stage import Stage
from tests.support.claims import before_transactions, raw_connection

STEPS = ("claim", "record_outcome")
FAILED = frozenset({"LedgerUnavailable"})
RETURNED = 5.0
"""Seconds for another thread to give a connection back."""
RENEWING = "countermand-leases"
"""The thread that renews the leases."""
SLOW = faults.Drip(part="head", interval=0.06, size=8)
"""About a second for the head of an answer: as long as a lease, which is renewed thrice in that."""

FILLER = """
    INSERT INTO countermand_cancellations (key, api, destination, fingerprint, cancellation, state,
    attempts, attempt_log, created_at) VALUES (?, '-', '-', '-', '-', 'FREE', 0, '', 0)
"""


class ArmingKeys(Keys):
    """The tasks of a ledger that breaks at a step."""

    broken: "Breaking"

    def claim(self, *arguments: Any, **options: Any) -> Any:
        """As it is, or broken; it records the first attempt."""
        self.broken.arm("claim")
        result = yield from super().claim(*arguments, **options)
        self.broken.note("claim", result)
        self.broken.arm("flight")
        return result

    def record_attempt(self, *arguments: Any) -> Any:
        """As it is, or broken."""
        self.broken.arm("second record_attempt")
        result = yield from super().record_attempt(*arguments)
        self.broken.note("second record_attempt", result)
        return result

    def record_outcome(self, *arguments: Any, **options: Any) -> Any:
        """As it is, or broken."""
        if self.broken.manner == "blinking":
            self.broken.mend()
        self.broken.arm("record_outcome")
        try:
            return (yield from super().record_outcome(*arguments, **options))
        except DatabaseError:
            self.broken.hits.append("record_outcome")
            raise


class Breaking(Ledger):
    """A ledger that loses its database just before a step, or in the middle of it, and for good.

    `hits` are the steps whose work the ledger could not do, and the renewals of a lease.
    """

    def __init__(self, url: str, step: str, manner: str) -> None:
        super().__init__(url, lease=LEASE)
        self.manner, self._step = manner, step
        self._armed = self.struck = False
        self._pages = 0
        self.hits: list[str] = []
        self._keys = ArmingKeys(self._leases)
        self._keys.broken = self
        self.asynchronous._keys = self._keys
        if isinstance(self._database, FileDatabase):
            opened = self._database._open

            def open_small(*arguments: Any) -> sqlite3.Connection:
                connection = opened(*arguments)
                self._shrink(connection)
                return connection

            self._database._open = open_small  # type: ignore[method-assign]
        before_transactions(self, self._before)
        self.close()

    def mend(self) -> None:
        """The database is there again."""
        self._armed, self._step = False, "never"
        self._database.close()

    def note(self, step: str, result: Any) -> None:
        """Keep what the ledger could not do."""
        if isinstance(getattr(result, "error", None), LedgerUnavailable):
            self.hits.append(step)

    def arm(self, step: str) -> None:
        """Break from here on, if this is the step."""
        if step != self._step or self._armed:
            return
        if self.manner == "full":
            self._pages = _fill(self._database._path)  # type: ignore[attr-defined]
        self._armed = True

    def _before(self, transaction: Transaction[Any]) -> None:
        if not self._armed:
            return
        if self.manner == "full":
            writer: Any = self._database._writer  # type: ignore[attr-defined]
            if writer is not None:
                self._shrink(writer)
        elif self.manner != "terminated":
            if threading.current_thread().name == RENEWING:
                self.hits.append("renewal")
            raise DatabaseError("the disk is gone")
        elif threading.current_thread().name == RENEWING or transaction.read_only:
            return
        elif not self.struck:
            self.struck = self._terminate()

    def _shrink(self, connection: sqlite3.Connection) -> None:
        if self._armed and self.manner == "full":
            connection.execute(f"PRAGMA max_page_count = {self._pages}")

    def _idle(self) -> list[Any]:
        pools: Any = self._async_database._pools.values()  # type: ignore[union-attr]
        return [*self._database._idle, *(s for each in pools for s in each.idle)]  # type: ignore[attr-defined]

    def _terminate(self) -> bool:
        """End the very sessions that are about to write, as an administrator or a failover does."""
        until = time.monotonic() + RETURNED
        # A lease that is renewed at this moment has the only one.
        while not (idle := self._idle()) and time.monotonic() < until:
            time.sleep(0.01)
        with raw_connection(self) as admin:
            # Another thread may have closed one meanwhile.
            for session in (each for each in idle if not each.closed):
                admin.execute(f"SELECT pg_terminate_backend({session.info.backend_pid}, 5000)")
        return bool(idle)


def lost(cast: Cast, step: str) -> None:
    """Before the answer nothing is sent without a record; after it the answer is given anyway."""
    url = cast.fixtures.address(cast.store)
    broken = Breaking(url, step, "gone")
    with cast.stage(ledger=Record(broken, cast.fixtures.ledger(cast.store))) as stage:
        answered = step == "record_outcome"
        seen = stage.cancel(RECEIPT if answered else FAILED, failed=True)
        if not answered and seen.requests:
            stage.problems.append("sent without a record")
        _struck_first(stage, broken, step)
        _recover(stage, broken, step)


def lost_between(cast: Cast) -> None:
    """An attempt is lost, and the ledger before the next: no more is sent, and it stays open."""
    url = cast.fixtures.address(cast.store)
    broken = Breaking(url, "second record_attempt", "gone")
    with cast.stage(ledger=Record(broken, cast.fixtures.ledger(cast.store))) as stage:
        stage.script(faults.RESET_AFTER)
        seen = stage.cancel(UNKNOWN, failed=True)
        if seen.requests != 1:
            stage.problems.append("sent again without a record")
        _struck_first(stage, broken, "second record_attempt")
        _recover(stage, broken, "record_outcome")


def terminated(cast: Cast, step: str) -> None:
    """A connection that drops once is replaced, without an effect on the call."""
    url = cast.fixtures.address(cast.store)
    broken = Breaking(url, step, "terminated")
    with cast.stage(ledger=Record(broken, cast.fixtures.ledger(cast.store))) as stage:
        stage.cancel(RECEIPT)
        if not broken.struck:
            stage.problems.append("no connection was ended")
        stage.finish()
    broken.close()


def _recover(stage: Stage, broken: Breaking, step: str) -> None:
    broken.mend()
    if step == "claim":
        stage.cancel(RECEIPT, "the same key again")
    else:
        allowed = stage.afterwards() if step == "record_outcome" else RECEIPT
        stage.again(allowed, wait=True)
    stage.finish()
    broken.close()


def in_flight(cast: Cast, manner: str) -> None:
    """The lease cannot be renewed during the request; then the database is back, or not."""
    broken = Breaking(cast.fixtures.address(cast.store), "flight", manner)
    with cast.stage(ledger=Record(broken, cast.fixtures.ledger(cast.store))) as stage:
        stage.script(SLOW)
        back = manner == "blinking"
        stage.cancel(RECEIPT, failed=not back)
        wanted = {"renewal"} if back else {"renewal", "record_outcome"}
        if set(broken.hits) != wanted:
            stage.problems.append(f"struck at {sorted(set(broken.hits))}, not at {sorted(wanted)}")
        if back:
            stage.finish()
            broken.close()
        else:
            _recover(stage, broken, "record_outcome")


def full(cast: Cast, step: str) -> None:
    """From a step on, the disk has no room left."""
    url = cast.fixtures.url("sqlite")
    healthy = Ledger(url, lease=LEASE)
    list(healthy.unresolved())
    small = Breaking(url, step, "full")
    with cast.stage(ledger=Record(small, healthy)) as stage:
        answered = step == "record_outcome"
        seen = stage.cancel(RECEIPT if answered else FAILED, failed=True)
        if not answered and seen.requests:
            stage.problems.append("sent without a record")
        _struck_first(stage, small, step)
        _recover(stage, small, step)
    healthy.close()


def _struck_first(stage: Stage, broken: Breaking, step: str) -> None:
    if broken.hits[:1] != [step]:
        stage.problems.append(f"struck at {broken.hits}, not first at {step}")


def _fill(path: str) -> int:
    """Fill every page of a database, with the smallest rows, and return how many pages it has."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with suppress(sqlite3.OperationalError):
        for number in count():
            connection.execute(FILLER, (f"{number:x}",))
    connection.close()
    return pages


READS = {"unresolved", "find", "asynchronous"}
"""The methods with which the suite reads the ledger."""


class Record:
    """The client writes to one ledger, and the suite reads the database through another."""

    def __init__(self, used: Ledger, seen: Ledger) -> None:
        self._used, self._seen = used, seen
        self.durable = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._seen if name in READS else self._used, name)


def entries() -> Iterator[Entry]:
    """Scenario 21."""
    for step in STEPS:
        play = partial(lost, step=step)
        yield Entry(
            scenario=21,
            variant=f"{step}-lost",
            play=play,
            stores=DURABLE,
            quick=True,
        )
        play = partial(terminated, step=step)
        yield Entry(
            scenario=21,
            variant=f"{step}-terminated",
            play=play,
            stores=("postgresql",),
            quick=step == "claim",
        )
    yield Entry(
        scenario=21,
        variant="second-dispatch-lost",
        play=lost_between,
        apis=REPEATABLE,
        stores=DURABLE,
        quick=True,
    )
    for name, manner in (("flight-lost", "gone"), ("flight-blink", "blinking")):
        play = partial(in_flight, manner=manner)
        yield Entry(scenario=21, variant=name, play=play, stores=DURABLE, quick=manner == "gone")
    for step in STEPS:
        play = partial(full, step=step)
        yield Entry(
            scenario=21, variant=f"{step}-disk-full", play=play, stores=("sqlite",), quick=True
        )
