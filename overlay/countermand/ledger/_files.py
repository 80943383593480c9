"""SQLite: connections to one file, and calls that share a commit.

There is one writer in a process. A lone caller leads: it takes the writer and commits by itself.
While it commits, other callers queue. One of them leads next: it runs all that is queued in one
transaction, commits once and hands out the results.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from time import sleep
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final, TypeVar

from countermand._signals import is_from_handler
from countermand._steps import drive
from countermand.ledger._blocking import BlockingDatabase
from countermand.ledger._deadlines import Deadline, two_digits
from countermand.ledger._forks import FORKS
from countermand.ledger._sqlite import SETTINGS, SQLITE, is_busy
from countermand.ledger._tasks import DatabaseError, Statement, Transaction, describe, only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from countermand.ledger._tasks import Batch, Row

T = TypeVar("T")

MAX_IDLE: Final = 4
"""Connections for reading that are kept open."""

RETRY_INTERVAL: Final = 0.01
"""Seconds between two tries of a statement for which SQLite does not wait."""

CHECKPOINT: Final = Transaction[Any](
    start=lambda: only(Statement("PRAGMA wal_checkpoint(PASSIVE)")), read_only=True
)
"""Runs on a connection for reading, while the writer holds the lock."""
CHECKPOINT_EVERY: Final = 64
"""Changed rows between two checkpoints of a writer: some 300 pages if they belong to cancels."""
CHECKPOINT_TIME: Final = 0.05
"""Seconds that opening that connection may take: other processes wait for the lock."""

REPLACED: Final = "its file was replaced or deleted; nothing was recorded"

FORKED: Final = (
    "this process was forked in the midst of a use of the file, or without Python's knowledge; "
    "close the ledger before such a fork"
)

_parents: list[object] = []
"""Connections of the parent process: a child must neither use nor close them."""

_inherited: set[tuple[int, int] | None] = set()
"""Their files. SQLite takes the parent's locks on them for this process's own."""


class Job:
    """One transaction that waits for a leader, and then its result."""

    def __init__(self, transaction: Transaction[Any]) -> None:
        self.transaction = transaction
        self.wake: Event | None = None
        """Only a job that waits for another one's end has one."""
        self.done = False
        self._value: Any = None
        self._error: Exception | None = None

    def finish(self, value: Any, error: Exception | None) -> None:
        """Hand out the result, or what went wrong."""
        self._value, self._error = value, error
        self.done = True
        if self.wake is not None:
            self.wake.set()

    def result(self) -> Any:
        """The result; raises what went wrong."""
        if self._error is not None:
            raise self._error
        return self._value


class FileConnection(sqlite3.Connection):
    """A connection with its busy timeout, and with its rows at the last checkpoint."""

    _busy_timeout = -1
    _checkpoint_at = -CHECKPOINT_EVERY

    @property
    def rows_since_checkpoint(self) -> int:
        """Rows that were changed since the last checkpoint."""
        return self.total_changes - self._checkpoint_at

    def note_checkpoint(self) -> None:
        """Count rows from here."""
        self._checkpoint_at = self.total_changes

    def wait_at_most(self, milliseconds: int) -> None:
        """Set the busy timeout, if it changes."""
        timeout = two_digits(milliseconds)
        if timeout != self._busy_timeout:
            self.execute(f"PRAGMA busy_timeout = {timeout}")
            self._busy_timeout = timeout


class FileDatabase(BlockingDatabase):
    """One SQLite file."""

    dialect = SQLITE

    def __init__(self, path: str) -> None:
        self._path = str(Path(path).absolute())
        self._identity: tuple[int, int] | None = None
        self._reset()
        super().__init__()
        FORKS.close_before_fork(self._close_all)

    def _forget_connections(self) -> None:
        if self._writer is not None or self._idle:
            _parents.append((self._writer, self._idle))
            _inherited.add(self._identity)
        self._reset()

    def _reset(self) -> None:
        self._mutex = Lock()
        self._queue: deque[Job] = deque()
        self._leader: Job | None = None
        self._writer: FileConnection | None = None
        self._idle: list[FileConnection] = []
        self._closing = False

    def close(self) -> None:
        """Close the connections; a running transaction first ends."""
        FORKS.hold(None, self._close)

    def _close(self) -> None:
        self._ready = False
        with self._mutex:
            self._closing = True
            self._close_unless_led()

    def _transact(self, transaction: Transaction[T], deadline: Deadline) -> T:
        perform: Callable[..., T] = self._read if transaction.read_only else self._write
        return FORKS.hold(deadline, perform, transaction, deadline)

    def _write(self, transaction: Transaction[T], deadline: Deadline) -> T:
        job = Job(transaction)
        try:
            with self._mutex:
                if self._leader is not None:
                    job.wake = Event()
                self._queue.append(job)
                self._leader = self._leader or job
            while not job.done:
                if job.wake is None or self._leader is job:
                    self._lead(job, deadline)
                elif not job.wake.wait(deadline.until_hard_limit) and not job.done:
                    raise deadline.error("the file was busy")
        finally:
            self._leave(job)
        result: T = job.result()
        return result

    def _leave(self, job: Job) -> None:
        """Leave the queue, and let the next one lead."""
        with self._mutex:
            if not job.done and job in self._queue:
                self._queue.remove(job)
            if self._leader is job:
                self._leader = self._queue[0] if self._queue else None
                self._close_unless_led()
            successor = self._leader
        if successor is not None and successor.wake is not None:
            successor.wake.set()

    def _close_unless_led(self) -> None:
        if self._closing and self._leader is None:
            self._closing = False
            self._close_all()

    def _lead(self, job: Job, deadline: Deadline) -> None:
        batch: tuple[Job, ...] = ()
        try:
            writer = self._writer = self._writer or self._open(deadline)
            writer.wait_at_most(deadline.milliseconds)
            if len(self._queue) > 1 or not self._commit_alone(writer, job):
                # It takes the lock for writing now: a later statement may fail to.
                writer.execute("BEGIN IMMEDIATE")
                with self._mutex:
                    batch = tuple(self._queue)
                    self._queue.clear()
                self._commit(writer, batch)
            self._checkpoint_if_due(writer)
        except BaseException as error:
            # What happens to this caller must not stop the others.
            with self._mutex:
                rest = [each for each in batch if each is not job and not each.done]
                self._queue.extendleft(reversed(rest))
            if not is_busy(error):
                self._close_writer()
            if isinstance(error, sqlite3.Error):
                raise DatabaseError(describe(error)) from None
            raise

    def _commit_alone(self, writer: FileConnection, job: Job) -> bool:
        """Run a job of one statement, which commits by itself; False if it has more."""
        procedure = job.transaction.start()
        batch = next(procedure)
        statement, *more = batch.statements
        if more or not batch.last:
            procedure.close()
            return False
        with self._mutex:
            self._queue.remove(job)
        # Before, since the log of a replaced file would be read into the new one; and after, since
        # the file may be replaced during the wait for the lock.
        self._check_writer(writer)
        rows = _execute(writer, statement)
        self._check_writer(writer)
        try:
            procedure.send([rows])
        except StopIteration as finished:
            job.finish(finished.value, None)
        return True

    def _commit(self, writer: FileConnection, batch: tuple[Job, ...]) -> None:
        """Run the jobs in the writer's transaction, commit, and hand out the results."""
        try:
            results = [_run_apart(writer, job, alone=len(batch) == 1) for job in batch]
            self._check_writer(writer)
            if writer.in_transaction:
                writer.execute("COMMIT")
        except (sqlite3.Error, DatabaseError) as error:
            self._close_writer()
            problem = describe(error) if isinstance(error, sqlite3.Error) else str(error)
            results = [(None, DatabaseError(problem)) for _ in batch]
        for job, (value, failure) in zip(batch, results, strict=True):
            job.finish(value, failure)

    def _checkpoint_if_due(self, writer: FileConnection) -> None:
        """Copy the write-ahead log into the file: after a first commit, and after many rows.

        SQLite does so by itself after a commit, when others may write. Up to 3.51.2 it can then
        lose their commits (https://sqlite.org/wal.html#walresetbug). Here the writer holds the
        lock, and a second connection copies, because no transaction may. If the checkpoint fails,
        the next commit tries again.
        """
        if writer is not self._writer or writer.rows_since_checkpoint < CHECKPOINT_EVERY:
            return
        with suppress(sqlite3.Error, DatabaseError):
            # The commit is done: its caller must not wait for another process's lock.
            writer.wait_at_most(0)
            writer.execute("BEGIN IMMEDIATE")
            try:
                self._read(CHECKPOINT, Deadline(CHECKPOINT_TIME))
                writer.execute("ROLLBACK")
                writer.note_checkpoint()
            except BaseException:
                # That ends its transaction, whatever happened.
                self._close_writer()
                raise

    def _read(self, transaction: Transaction[T], deadline: Deadline) -> T:
        idle, connection = self._idle, None
        try:
            with suppress(IndexError):
                connection = idle.pop()
            connection = connection or self._open(deadline)
            connection.wait_at_most(deadline.milliseconds)
            return _run(connection, transaction)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
                connection = None
            raise DatabaseError(describe(error)) from None
        finally:
            if connection is not None:
                # Another list means that the connections were closed meanwhile.
                if idle is self._idle and len(idle) < MAX_IDLE:
                    idle.append(connection)
                else:
                    connection.close()

    def _open(self, deadline: Deadline) -> FileConnection:
        """Open the file; one that was there before is not made again."""
        if _inherited:
            with suppress(OSError):
                if _identify(self._path) in _inherited:
                    raise DatabaseError(FORKED)
        mode = "rwc" if self._identity is None else "rw"
        connection = sqlite3.connect(
            f"{Path(self._path).as_uri()}?mode={mode}",
            uri=True,
            timeout=deadline.remaining,
            factory=FileConnection,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.row_factory = _to_row
            _enable_wal(connection, deadline)
            for setting in SETTINGS:
                connection.execute(setting)
            self._identity = self._identity or _identify(self._path)
            self._check_identity()
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_writer(self, writer: FileConnection) -> None:
        self._check_identity()
        # A reader that sees a new file first takes its identity, and closes the writer.
        if writer is not self._writer:
            raise DatabaseError(REPLACED)

    def _check_identity(self) -> None:
        try:
            found = _identify(self._path)
        except OSError as error:
            if is_from_handler(error):
                raise
            found = None
        if found != self._identity:
            self._replaced()
            raise DatabaseError(REPLACED)

    def _replaced(self) -> None:
        """Close what belongs to the old file; a new one at its place is opened by the next use."""
        self._ready = False
        self._close_all()
        with suppress(OSError):
            self._identity = _identify(self._path)

    def _close_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _close_all(self) -> None:
        self._close_writer()
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _run_apart(
    writer: sqlite3.Connection, job: Job, *, alone: bool
) -> tuple[Any, Exception | None]:
    """Run a job so that its failure leaves the other jobs as they are."""
    if not alone:
        writer.execute("SAVEPOINT job")
    try:
        value = _run(writer, job.transaction)
    except sqlite3.Error as error:
        if not writer.in_transaction:
            raise
        failure: Exception = DatabaseError(describe(error))
    except Exception as error:
        if _is_interruption(error):
            raise
        failure = error
    else:
        if not alone:
            writer.execute("RELEASE job")
        return value, None
    writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")
    return None, failure


def _is_interruption(error: BaseException) -> bool:
    """Whether an error is for the thread that it struck, not for the caller of the job.

    `sqlite3` itself raises two kinds at a value that it cannot store; what else another thread
    makes this one raise inside SQLite is no job's.
    """
    if is_from_handler(error):
        return True
    *_, (last, _line) = walk_tb(error.__traceback__)
    return last.f_code is _execute.__code__ and not isinstance(error, (OverflowError, ValueError))


def _run(connection: sqlite3.Connection, transaction: Transaction[T]) -> T:
    def execute(batch: Batch) -> list[list[Row]]:
        return [_execute(connection, each) for each in batch.statements]

    return drive(transaction.start(), execute)


def _execute(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    rows: list[Row] = connection.execute(
        SQLITE.render(statement.sql), statement.parameters
    ).fetchall()
    return rows


def _enable_wal(connection: sqlite3.Connection, deadline: Deadline) -> None:
    """Switch the file to write-ahead logging, so that readers do not wait for a writer.

    SQLite needs the file for itself, and may fail at once despite its busy timeout. So the
    statement is repeated until the deadline.
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or deadline.expired:
                raise
            sleep(RETRY_INTERVAL)
        else:
            return


def _identify(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - the path of one call in two
    return found.st_dev, found.st_ino


def _to_row(cursor: sqlite3.Cursor, values: Iterable[Any]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
