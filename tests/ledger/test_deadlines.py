"""A busy database, and a leased key: how long a call waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._runtime.accounts import reach_of
from countermand._runtime.invocation import POLL_INITIAL, POLL_MAX, Invocation
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.support.claims import CANCEL, another, claimant, receipt
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "countermand_cancellations"


@pytest.fixture
def writer(ledger: Ledger) -> Iterator[sa.Connection]:
    """Another connection that locks the table of the ledger; in SQLite the whole file."""
    assert isinstance(ledger.claim(claimant("warm")), KeyHistory)
    ledger.record_outcome(claimant("warm"), receipt("warm"))
    engine = sa.create_engine(ledger._database.engine.url)
    with engine.connect() as connection:
        lock = "BEGIN IMMEDIATE"
        if engine.dialect.name == "postgresql":
            lock = f"LOCK TABLE {TABLE} IN EXCLUSIVE MODE"
        connection.exec_driver_sql(lock)
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_busy_database_is_waited_for_no_longer_than_the_deadline(
    ledger: Ledger, writer: sa.Connection, flavour: Flavour
) -> None:
    """The database gets the remaining time as its timeout; then nothing is sent."""
    assert not writer.closed
    waits: list[float] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        values = [statement.rpartition("=")[2]] if "busy_timeout" in statement else []
        values += dict(parameters).values() if "set_config" in statement else []
        waits.extend(float(value) for value in values if str(value).strip().isdecimal())

    event.listen(ledger._database.engine, "before_cursor_execute", note)
    provider = Recorder()
    known = call(
        flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider, deadline=0.5
    )
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []
    assert waits
    assert all(0 < wait <= 500 for wait in waits)


def test_a_key_with_a_result_is_answered_beside_a_writer(
    ledger: Ledger, writer: sa.Connection
) -> None:
    """Reading a stored receipt, or a lease, does not wait for a writer."""
    assert not writer.closed
    assert isinstance(ledger.claim(another("warm"), timeout=0.1), AlreadyFinished)


@pytest.mark.parametrize("timeout", [0.0, -1.0])
def test_a_timeout_of_zero_is_not_unlimited(
    ledger: Ledger, writer: sa.Connection, timeout: float
) -> None:
    """To a database, 0 may mean no timeout."""
    assert not writer.closed
    rejected = ledger.claim(claimant(), timeout=timeout)
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)


def test_a_reader_of_the_ledger_waits_for_no_writer(ledger: Ledger, writer: sa.Connection) -> None:
    """The unresolved keys can be listed at any time."""
    assert not writer.closed
    ledger._database.engine.dispose()
    found: list[object] = []
    reading = threading.Thread(target=lambda: found.append(ledger.unresolved()), daemon=True)
    reading.start()
    reading.join(8)
    assert found == [()]


@pytest.fixture
def first_writer(sqlite: sa.URL) -> Iterator[sa.Connection]:
    """Another connection that writes into the file before the ledger has switched it to WAL."""
    engine = sa.create_engine(sqlite)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE other (name TEXT)")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.rollback()
    engine.dispose()


def test_a_file_that_is_being_written_becomes_a_ledger_when_it_is_free(
    sqlite: sa.URL, first_writer: sa.Connection
) -> None:
    """SQLite fails at once despite its busy timeout; that must not stop a cancel."""
    claims: list[object] = []
    with Ledger(sqlite.render_as_string()) as ledger:
        claiming = threading.Thread(target=lambda: claims.append(ledger.claim(claimant())))
        claiming.start()
        claiming.join(0.2)
        assert not claims
        first_writer.rollback()
        claiming.join(8)
    assert claims == [KeyHistory()]


def test_a_file_that_does_not_get_free_is_waited_for_no_longer_than_the_deadline(
    sqlite: sa.URL, first_writer: sa.Connection
) -> None:
    """Then the cancel is stopped, before anything is sent."""
    with Ledger(sqlite.render_as_string()) as ledger:
        rejected = ledger.claim(claimant(), timeout=0.1)
        assert isinstance(rejected, Rejected)
        assert "locked" in str(rejected.error)
        first_writer.rollback()
        assert ledger.claim(claimant()) == KeyHistory()


def invocation(*times: float, chance: float = 0.0) -> Invocation:
    """An invocation whose clock shows these times, one after the other."""
    clock = iter(times)
    return Invocation(
        plan=None,  # type: ignore[arg-type]
        reach=reach_of({}),
        link_questions=None,  # type: ignore[arg-type]
        clock=lambda: next(clock),
        wall_clock=lambda: 0.0,
        random=lambda: chance,
        retry_budget=None,
        link_handler=None,
    )


def test_polls_of_a_leased_key_become_rarer() -> None:
    """So that many waiting calls do not overload the database; the last poll is at the deadline."""
    steps = [*(number / 100 for number in range(1000)), 9.999, 10.0]
    pauses = list(invocation(*steps).poll_intervals(10.0))
    assert pauses[0] == POLL_INITIAL
    assert max(pauses) == POLL_MAX
    assert all(pause + now <= 10.0 for pause, now in zip(pauses, steps, strict=False))
    assert pauses[-1] == pytest.approx(0.001)


def test_polls_have_jitter() -> None:
    """Calls that start together do not poll together."""
    (early,) = invocation(0.0, 5.0, chance=1.0).poll_intervals(1.0)
    (late,) = invocation(0.0, 5.0, chance=0.0).poll_intervals(1.0)
    assert (early, late) == (POLL_INITIAL / 2, POLL_INITIAL)
