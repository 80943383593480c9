"""SQLite: calls that wait share one transaction and one commit, and do not harm each other."""

from __future__ import annotations

import signal
import sqlite3
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger, _files
from countermand.ledger._files import FileDatabase
from countermand.ledger._tasks import Batch, Statement, transact
from tests.ledger.silence import becomes, ends
from tests.support.claims import another, claimant, raw_connection, receipt, run_sql
from tests.support.limits import TimeLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countermand.ledger._tasks import Procedure

TEST_TIMEOUT = 20.0


class Crowd:
    """Calls of one ledger in threads; the commit of the first waits until the others queue."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ledger = ledger
        self.database: Any = ledger._database
        self.batches: list[int] = []
        self.go_on = threading.Event()
        self.held = threading.Event()
        self._crew: list[threading.Thread] = []
        self.answers: dict[str, Any] = {}
        commit, commit_alone = FileDatabase._commit, FileDatabase._commit_alone

        def wait_in_first(size: int) -> None:
            self.batches.append(size)
            if len(self.batches) == 1:
                self.held.set()
                assert self.go_on.wait(TEST_TIMEOUT)

        def slow(database: Any, writer: Any, batch: Any) -> None:
            wait_in_first(len(batch))
            commit(database, writer, batch)

        def slow_alone(database: Any, writer: Any, job: Any) -> bool:
            class Writer:
                close = writer.close

                def execute(self, *arguments: Any) -> Any:
                    wait_in_first(1)
                    return writer.execute(*arguments)

            database._writer = double = Writer()
            try:
                return commit_alone(database, double, job)
            finally:
                if database._writer is double:
                    database._writer = writer

        monkeypatch.setattr(FileDatabase, "_commit", slow)
        monkeypatch.setattr(FileDatabase, "_commit_alone", slow_alone)

    def call(self, key: str, method: str = "claim", *arguments: Any, **options: Any) -> None:
        """Call a method for a key, in a thread of its own."""
        function = getattr(self.ledger, method)
        self._start(key, lambda: function(claimant(key), *arguments, **options))

    def perform(self, name: str, procedure: Callable[[], Procedure[None]]) -> None:
        """Perform a transaction, in a thread of its own."""
        self._start(name, lambda: self.database.perform(transact(procedure)))

    def _start(self, name: str, function: Callable[[], object]) -> None:
        def work() -> None:
            try:
                self.answers[name] = function()
            except BaseException as error:  # noqa: BLE001 - looked at by the test
                self.answers[name] = error

        self._crew.append(threading.Thread(target=work, name=name))
        self._crew[-1].start()

    def hold(self) -> None:
        """Let the first call lead, and stop before its commit."""
        self.call("first")
        assert self.held.wait(TEST_TIMEOUT)

    def wait_for(self, count: int) -> None:
        """Wait until so many calls queue."""
        assert becomes(lambda: len(self.database._queue) == count)

    def finish(self) -> None:
        """Let all of them go on, and wait for them."""
        self.go_on.set()
        for thread in self._crew:
            thread.join(TEST_TIMEOUT)
            assert not thread.is_alive()


@pytest.fixture
def crowd(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """A crowd at a ledger whose tables are there."""
    with Ledger(sqlite) as ledger:
        list(ledger.unresolved())
        ledger.claim(claimant("warm"))
        ledger.record_outcome(claimant("warm"), receipt("warm"))
        made = Crowd(ledger, monkeypatch)
        yield made
        made.finish()


def test_calls_that_wait_share_one_commit(crowd: Crowd) -> None:
    """The next leader runs all that is queued."""
    crowd.hold()
    for number in range(8):
        crowd.call(f"key-{number}")
    crowd.wait_for(8)
    crowd.finish()
    assert crowd.batches == [1, 8]
    assert list(crowd.answers.values()) == [KeyHistory()] * 9
    assert len(list(crowd.ledger.unresolved())) == 9


def test_a_job_that_fails_leaves_the_others(crowd: Crowd) -> None:
    """A row that cannot be decoded, and a value that the database refuses."""
    run_sql(crowd.ledger, "UPDATE countermand_cancellations SET lease_until = 'soon', owner = 'x'")
    run_sql(crowd.ledger, "UPDATE countermand_cancellations SET state = 'FREE'")
    crowd.hold()
    crowd.call("good")
    crowd.call("warm", "record_attempt", 2**70)
    crowd.wait_for(2)
    crowd.finish()
    assert crowd.answers["good"] == KeyHistory()
    assert isinstance(crowd.answers["warm"], Rejected)


def refused() -> Procedure[None]:
    """A statement that the database refuses, after one that it takes."""
    yield Batch((Statement("SELECT 1 AS one"),))
    yield Batch((Statement("INSERT INTO nowhere VALUES (1)"),), last=True)


def odd() -> Procedure[None]:
    """A row that cannot be understood."""
    yield Batch((Statement("SELECT 1 AS one"),))
    raise LookupError("odd")


def test_transactions_that_fail_leave_the_others_of_their_batch(crowd: Crowd) -> None:
    """Each is rolled back by itself."""
    crowd.hold()
    crowd.call("good")
    crowd.perform("refused", refused)
    crowd.perform("odd", odd)
    crowd.wait_for(3)
    crowd.finish()
    assert crowd.batches == [1, 3]
    assert crowd.answers["good"] == KeyHistory()
    assert isinstance(crowd.answers["refused"], LedgerUnavailable)
    assert isinstance(crowd.answers["odd"], LookupError)


@pytest.mark.parametrize(("procedure", "error"), [(refused, LedgerUnavailable), (odd, LookupError)])
def test_a_lone_transaction_that_fails_leaves_the_writer_usable(
    crowd: Crowd, procedure: Callable[[], Procedure[None]], error: type[Exception]
) -> None:
    """It is rolled back."""
    crowd.go_on.set()
    with pytest.raises(error):
        crowd.database.perform(transact(procedure))
    assert crowd.ledger.claim(claimant()) == KeyHistory()


def test_an_interrupted_leader_does_not_stop_the_others(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C strikes one caller; what waits with it is led by another."""
    run_apart, struck = _files._run_apart, []

    def strike(*arguments: Any, **options: Any) -> Any:
        if len(crowd.batches) == 2 and not struck:
            struck.append(threading.current_thread().name)
            raise KeyboardInterrupt
        return run_apart(*arguments, **options)

    monkeypatch.setattr(_files, "_run_apart", strike)
    crowd.hold()
    for number in range(4):
        crowd.call(f"key-{number}")
    crowd.wait_for(4)
    crowd.finish()
    (victim,) = struck
    assert isinstance(crowd.answers.pop(victim), KeyboardInterrupt)
    assert list(crowd.answers.values()) == [KeyHistory()] * 4
    assert crowd.batches == [1, 4, 3]


@pytest.mark.parametrize("message", ["the job took too long", "the job was locked for too long"])
def test_a_time_limit_is_for_the_thread_that_it_strikes(
    crowd: Crowd, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It strikes while the main thread runs the jobs of others; they are led by another one."""
    execute, struck = _files._execute, list[str]()

    def handler(_number: int, _frame: object) -> None:
        raise TimeLimit(message)

    def strike(writer: Any, statement: Statement) -> Any:
        rows = execute(writer, statement)
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and statement.parameters.get("key") == "key-1" and not struck:
            struck.append("key-1")
            signal.raise_signal(signal.SIGUSR2)
        return rows

    def others() -> None:
        crowd.wait_for(1)
        for number in range(3):
            crowd.call(f"key-{number}")
        crowd.wait_for(4)
        crowd.go_on.set()

    monkeypatch.setattr(_files, "_execute", strike)
    former = signal.signal(signal.SIGUSR2, handler)
    crowd.hold()
    beside = threading.Thread(target=others)
    beside.start()
    try:
        with pytest.raises(TimeLimit, match=message):
            crowd.ledger.claim(claimant("main"))
    finally:
        signal.signal(signal.SIGUSR2, former)
    beside.join()
    crowd.finish()
    assert struck == ["key-1"]
    assert list(crowd.answers.values()) == [KeyHistory()] * 4
    assert crowd.batches == [1, 4, 3]
    assert crowd.ledger.claim(claimant("main")) == KeyHistory()


def test_only_values_that_cannot_be_stored_fail_a_job_inside_sqlite() -> None:
    """Another thread may make this one raise anything there."""
    connection = sqlite3.connect(":memory:", factory=_files.FileConnection)
    not_callable: Any = SimpleNamespace(execute=None)
    for value, writer, is_interruption in (
        (2**70, connection, False),
        ("\ud800", connection, False),
        (1, not_callable, True),
    ):
        with pytest.raises((OverflowError, ValueError, TypeError)) as caught:
            _files._execute(writer, Statement("SELECT :value", {"value": value}))
        assert _files._is_interruption(caught.value) == is_interruption
    connection.close()


def test_a_time_limit_does_not_look_like_a_replaced_file(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it may be an OSError that strikes while the file is looked at."""

    def handler(_number: int, _frame: object) -> None:
        raise TimeoutError("the job took too long")

    identify, former = _files._identify, signal.signal(signal.SIGUSR2, handler)

    def strike(path: str) -> Any:
        signal.raise_signal(signal.SIGUSR2)
        return identify(path)

    try:
        with Ledger(sqlite) as ledger:
            list(ledger.unresolved())
            with monkeypatch.context() as patch:
                patch.setattr(_files, "_identify", strike)
                with pytest.raises(TimeoutError, match="the job took too long"):
                    ledger.claim(claimant())
            assert ledger.claim(claimant()) == KeyHistory()
    finally:
        signal.signal(signal.SIGUSR2, former)


def test_a_call_waits_for_a_leader_no_longer_than_its_deadline(crowd: Crowd) -> None:
    """A disk that stalls keeps only the call that writes; one that gave up leaves nothing."""
    crowd.hold()
    rejected = ends(lambda: crowd.ledger.claim(claimant("late"), timeout=0.1))
    assert isinstance(rejected, Rejected)
    assert "the file was busy within 0.1 s" in str(rejected.error)
    crowd.finish()
    assert [found.key for found in crowd.ledger.unresolved()] == ["first"]


def test_a_full_disk_fails_the_whole_batch(crowd: Crowd) -> None:
    """Nobody is told that it was recorded."""
    crowd.hold()
    for number in range(3):
        crowd.call(f"key-{number}", "record_outcome", receipt(raw=None))
    crowd.wait_for(3)
    crowd.database._writer.execute("PRAGMA query_only = OFF")

    def full(*_arguments: Any, **_options: Any) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_files, "_run_apart", full)
        crowd.finish()
    failed = [crowd.answers[f"key-{number}"] for number in range(3)]
    assert all(isinstance(each, LedgerUnavailable) and "full" in str(each) for each in failed)
    assert crowd.ledger.claim(claimant("after")) == KeyHistory()


def test_a_statement_that_ends_the_transaction_fails_the_whole_batch(crowd: Crowd) -> None:
    """SQLite rolls everything back on some errors."""

    def ending(connection: sqlite3.Connection, sql: str, *arguments: Any) -> Any:
        if sql.lstrip().startswith("INSERT"):
            sqlite3.Connection.execute(connection, "ROLLBACK")
            raise sqlite3.OperationalError("disk I/O error")
        return sqlite3.Connection.execute(connection, sql, *arguments)

    crowd.hold()
    crowd.call("one")
    crowd.call("two")
    crowd.wait_for(2)
    crowd.database._writer.close()
    crowd.database._writer = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_files.FileConnection, "execute", ending, raising=False)
        crowd.finish()
    for key in ("one", "two"):
        rejected = crowd.answers[key]
        assert isinstance(rejected, Rejected)
        assert "disk I/O error" in str(rejected.error)
    assert crowd.ledger.claim(another()) == KeyHistory()


def test_a_ledger_that_is_closed_during_a_commit_closes_after_it(crowd: Crowd) -> None:
    """Nothing is cut off."""
    crowd.hold()
    crowd.ledger.close()
    assert crowd.database._writer is not None
    crowd.finish()
    assert crowd.answers["first"] == KeyHistory()
    assert crowd.database._writer is None
    assert isinstance(crowd.ledger.claim(another("first")), Rejected)


def test_a_reader_that_is_at_work_when_the_ledger_is_closed_is_not_kept(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that fails is closed, too, and only a few are kept."""
    ledger = Ledger(sqlite)
    ledger.claim(claimant())
    database: Any = ledger._database
    run = _files._run

    def closing(*arguments: Any) -> Any:
        ledger.close()
        return run(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(_files, "_run", closing)
        assert ledger.find("order-42").in_progress
    assert database._idle == []
    monkeypatch.setattr(_files, "MAX_IDLE", 0)
    assert ledger.find("order-42").in_progress
    assert database._idle == []
    run_sql(ledger, "ALTER TABLE countermand_cancellations RENAME TO gone")
    with pytest.raises(LedgerUnavailable, match="no such table"):
        ledger.find("order-42")
    ledger.close()


def test_a_result_is_read_while_others_write(crowd: Crowd) -> None:
    """Reads that need no write take none."""
    crowd.hold()
    assert isinstance(ends(lambda: crowd.ledger.claim(claimant("warm"))), AlreadyFinished)
    with raw_connection(crowd.ledger) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
