"""A busy database, and a leased key: how long a call waits."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest

from countermand._core.cancel import cancel_flow
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._runtime.accounts import reach_of
from countermand._runtime.invocation import POLL_INITIAL, POLL_MAX, Invocation
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.ledger.silence import ends
from tests.support.claims import CANCEL, another, claimant, raw_connection, receipt
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = "countermand_cancellations"


def locked(connection: Any) -> Any:
    """Lock the table of the ledger; in SQLite the whole file."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection.execute("BEGIN")
        connection.execute(f"LOCK TABLE {TABLE} IN EXCLUSIVE MODE")
    return connection


@pytest.fixture
def writer(ledger: Ledger) -> Iterator[Any]:
    """Another connection that holds the lock."""
    assert isinstance(ledger.claim(claimant("warm")), KeyHistory)
    ledger.record_outcome(claimant("warm"), receipt("warm"))
    with raw_connection(ledger) as connection:
        yield locked(connection)
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.usefixtures("writer")
def test_a_busy_database_is_waited_for_no_longer_than_the_deadline(
    ledger: Ledger, flavour: Flavour
) -> None:
    """The database gets the remaining time as its timeout; then nothing is sent."""
    provider = Recorder()
    options = {"key": "order-42", "transport": provider, "deadline": 0.5}
    (known,) = ends(lambda: [call(flavour, ledger, "cancel", CANCEL, **options)])
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []


@pytest.mark.usefixtures("writer")
def test_a_key_with_a_result_is_answered_beside_a_writer(
    ledger: Ledger,
) -> None:
    """Reading a stored receipt, or a lease, does not wait for a writer."""
    assert isinstance(ledger.claim(another("warm"), timeout=0.1), AlreadyFinished)


@pytest.mark.parametrize("timeout", [0.0, -1.0])
@pytest.mark.usefixtures("writer")
def test_a_timeout_of_zero_is_not_unlimited(ledger: Ledger, timeout: float) -> None:
    """To a database, 0 may mean no timeout."""
    rejected = ledger.claim(claimant(), timeout=timeout)
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)


@pytest.mark.usefixtures("writer")
def test_a_reader_of_the_ledger_waits_for_no_writer(
    ledger: Ledger, ledgers: Callable[..., Ledger]
) -> None:
    """The unresolved keys can be listed at any time, also by a new process."""
    assert ends(lambda: list(ledger.unresolved())) == []
    assert ends(lambda: list(ledgers().unresolved())) == []


@pytest.fixture
def first_writer(sqlite: str) -> Iterator[sqlite3.Connection]:
    """Another connection that writes into the file before the ledger has switched it to WAL."""
    path = sqlite.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE other (name TEXT)")
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_a_file_that_is_being_written_becomes_a_ledger_when_it_is_free(
    sqlite: str, first_writer: sqlite3.Connection
) -> None:
    """SQLite fails at once despite its busy timeout; that must not stop a cancel."""
    claims: list[object] = []
    with Ledger(sqlite) as ledger:
        claiming = threading.Thread(target=lambda: claims.append(ledger.claim(claimant())))
        claiming.start()
        claiming.join(0.2)
        assert not claims
        first_writer.rollback()
        claiming.join(8)
    assert claims == [KeyHistory()]


def test_a_file_that_does_not_get_free_is_waited_for_no_longer_than_the_deadline(
    sqlite: str, first_writer: sqlite3.Connection
) -> None:
    """Then the cancel is stopped, before anything is sent."""
    with Ledger(sqlite) as ledger:
        rejected = ledger.claim(claimant(), timeout=0.1)
        assert isinstance(rejected, Rejected)
        assert "locked" in str(rejected.error)
        first_writer.rollback()
        assert ledger.claim(claimant()) == KeyHistory()


def invocation(*times: float, chance: float = 0.0) -> Invocation:
    """An invocation whose clock shows these times, one after the other."""
    clock = iter(times)
    return Invocation(
        flow=cancel_flow,
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
