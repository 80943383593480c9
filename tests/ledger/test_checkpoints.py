"""SQLite's log is copied into the file while no other connection can write."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from countermand import Misdirected
from countermand._core.commands import KeyHistory
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger, _blocking, _files
from countermand.ledger._files import CHECKPOINT, CHECKPOINT_EVERY, FileDatabase
from countermand.ledger._tasks import DatabaseError
from tests.support.claims import age, claimant, raw_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TWO_DAYS = 2 * 86400.0
COUNT = "SELECT count(*) FROM countermand_cancellations"


@pytest.fixture
def ledger(sqlite: str) -> Iterator[Ledger]:
    """One in a file."""
    with Ledger(sqlite) as opened:
        yield opened


def database_of(ledger: Ledger) -> Any:
    """The database behind it."""
    return ledger._database


def rows_in_file(ledger: Ledger) -> int:
    """The rows that the file holds without its log."""
    file = Path(database_of(ledger)._path)
    copy = file.with_suffix(".copy")
    copy.write_bytes(file.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        found: int = connection.execute(COUNT).fetchone()[0]
    return found


def rows_in_all(ledger: Ledger) -> int:
    """The rows that a connection sees."""
    with raw_connection(ledger) as connection:
        found: int = connection.execute(COUNT).fetchone()[0]
    return found


@contextmanager
def before_checkpoints(hook: Callable[[], object]) -> Iterator[None]:
    """Call something before each copy, while the writer holds the lock; it may raise."""
    original = FileDatabase._read

    def read(self: FileDatabase, transaction: Any, *rest: Any) -> Any:
        if transaction is CHECKPOINT:
            hook()
        return original(self, transaction, *rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(FileDatabase, "_read", read)
        yield


def test_sqlite_makes_no_checkpoint_by_itself(ledger: Ledger) -> None:
    """On no open connection: it would do so while others write."""
    ledger.claim(claimant())
    ledger.find("order-42")
    database = database_of(ledger)
    for connection in (database._writer, *database._idle):
        assert connection.execute("PRAGMA wal_autocheckpoint").fetchone() == {
            "wal_autocheckpoint": 0
        }


def test_the_log_is_copied_after_the_first_commit_and_then_from_time_to_time(
    ledger: Ledger,
) -> None:
    """A process copies what short-lived processes have left."""
    list(ledger.unresolved())
    ledger.close()
    ledger.claim(claimant("first"))
    assert rows_in_file(ledger) == 1
    in_log = []
    for number in range(2 * CHECKPOINT_EVERY):
        ledger.claim(claimant(f"{number}"))
        in_log.append(rows_in_all(ledger) - rows_in_file(ledger))
    assert CHECKPOINT_EVERY // 2 < max(in_log) < CHECKPOINT_EVERY


def test_no_other_connection_writes_during_a_checkpoint(ledger: Ledger) -> None:
    """Its commit could be lost; after it the lock is free."""
    refused = []

    def write() -> None:
        with raw_connection(ledger) as other:
            other.execute("PRAGMA busy_timeout = 0")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        refused.append(True)

    with before_checkpoints(write):
        ledger.claim(claimant())
    assert refused == [True]
    with raw_connection(ledger) as other:
        other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("error", [DatabaseError("disk I/O error"), sqlite3.OperationalError("no")])
def test_a_checkpoint_that_fails_changes_no_result_and_is_tried_again(
    ledger: Ledger, error: Exception
) -> None:
    """The commit before it is durable."""

    def fail() -> None:
        raise error

    with before_checkpoints(fail):
        assert ledger.claim(claimant("one")) == KeyHistory()
    assert ledger.claim(claimant("two")) == KeyHistory()
    assert rows_in_file(ledger) == 2


def test_a_checkpoint_does_not_wait_for_another_process(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit before it is done."""
    original = FileDatabase._checkpoint_if_due
    busy_timeouts = []

    def checkpoint(self: FileDatabase, writer: Any, *rest: Any) -> None:
        with raw_connection(ledger) as other:
            other.execute("BEGIN IMMEDIATE")
            original(self, writer, *rest)
            busy_timeouts.append(writer._busy_timeout)

    with monkeypatch.context() as patched:
        patched.setattr(FileDatabase, "_checkpoint_if_due", checkpoint)
        assert ledger.claim(claimant("one")) == KeyHistory()
    assert set(busy_timeouts) == {0}
    assert ledger.claim(claimant("two")) == KeyHistory()
    assert rows_in_file(ledger) == 2


def test_a_writer_whose_transaction_does_not_end_is_not_used_again(ledger: Ledger) -> None:
    """Its next statement would not be committed."""
    list(ledger.unresolved())
    ledger.close()
    with before_checkpoints(lambda: database_of(ledger)._writer.execute("ROLLBACK")):
        ledger.claim(claimant("one"))
    assert database_of(ledger)._writer is None
    ledger.claim(claimant("two"))
    assert rows_in_all(ledger) == 2


def test_a_commit_to_a_replaced_file_is_none_whoever_notices(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader sees the new file while the writer commits to the old one."""
    list(ledger.unresolved())
    database = database_of(ledger)
    file, original = Path(database._path), _files._execute

    def execute(connection: Any, statement: Any) -> Any:
        found = original(connection, statement)
        if connection is database._writer:
            file.rename(file.with_suffix(".old"))
            with Ledger(f"sqlite:///{file}") as new:
                list(new.unresolved())
            with pytest.raises(DatabaseError, match="replaced"):
                database._check_identity()
        return found

    ledger.claim(claimant("before"))
    monkeypatch.setattr(_files, "_execute", execute)
    with pytest.raises(LedgerUnavailable, match="replaced"):
        ledger.record_outcome(claimant("before"), Misdirected("302", key="before"))


def test_a_purge_leaves_little_in_the_log(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither between its batches nor after them: else a cancel would have to copy it."""
    counts = []
    for number in range(250):
        ledger.claim(claimant(f"{number}"))
        ledger.record_outcome(claimant(f"{number}"), Misdirected("302", key=f"{number}"))
    age(ledger, TWO_DAYS + 1)

    def look(_seconds: float) -> None:
        counts.append((rows_in_file(ledger), rows_in_all(ledger)))

    monkeypatch.setattr(_blocking, "sleep", look)
    assert ledger.purge(older_than=TWO_DAYS) == 250
    look(0.0)
    assert counts[0] == (150, 150)
    assert all(in_file - in_all < CHECKPOINT_EVERY for in_file, in_all in counts)
