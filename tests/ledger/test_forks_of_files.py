"""Forks while SQLite is in use, whose locks are in the memory of the process."""

from __future__ import annotations

import gc
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from countermand import LedgerUnavailable
from countermand._core.commands import KeyHistory
from countermand.ledger import Ledger, _files
from countermand.ledger._deadlines import Deadline, DeadlineError
from countermand.ledger._forks import ForkGuard
from countermand.ledger._tasks import Batch, Statement, Transaction
from tests.support.claims import claimant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from countermand.ledger._files import FileDatabase


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in a file that was used."""
    found = Ledger(tmp_path / "keys.db")
    found.claim(claimant("parent"))
    yield found
    found.close()


def file_of(ledger: Ledger) -> FileDatabase:
    """The database of a ledger."""
    database: Any = ledger._database
    return database  # type: ignore[no-any-return]


def exit_of_child(work: Callable[[], bool]) -> int:
    """Fork; the child exits by 0 if the work returns true."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            # A child that fails must not go on with the tests.
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def claims(ledger: Ledger, key: str) -> Callable[[], bool]:
    """Claim a key, in a child."""
    return lambda: isinstance(ledger.claim(claimant(key)), KeyHistory)


def paused(inside: Callable[[], object]) -> Transaction[Any]:
    """A transaction that calls a function in its midst."""

    def start() -> Any:
        yield Batch((Statement("UPDATE countermand_cancellations SET key = key"),))
        inside()

    return Transaction(start=start)


@contextmanager
def transaction_of_another_thread(ledger: Ledger) -> Iterator[threading.Event]:
    """Another thread is in the midst of a transaction until the event is set."""
    begun, go_on = threading.Event(), threading.Event()

    def inside() -> None:
        begun.set()
        go_on.wait(10)

    work = paused(inside)
    thread = threading.Thread(target=file_of(ledger)._transact, args=(work, Deadline(10)))
    thread.start()
    begun.wait(10)
    try:
        yield go_on
    finally:
        go_on.set()
        thread.join()


def test_a_fork_waits_for_the_transaction_of_another_thread(ledger: Ledger) -> None:
    """Otherwise the child takes its parent's lock for its own, and waits for ever."""
    with transaction_of_another_thread(ledger) as go_on:
        timer = threading.Timer(0.1, go_on.set)
        timer.start()
        assert exit_of_child(claims(ledger, "child")) == 0
        assert go_on.is_set()
        timer.join()
    assert claims(ledger, "third")()


def test_what_a_child_records_is_not_lost_when_its_parent_closes_the_file(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The last process to close a file deletes its log."""
    reader, writer = os.pipe()

    def work() -> bool:
        claims(ledger, "child")()
        os.write(told[1], b"x")
        os.read(reader, 1)
        return claims(ledger, "second")()

    told = os.pipe()
    closing = threading.Thread(
        target=lambda: (os.read(told[0], 1), ledger.close(), os.write(writer, b"x"))
    )
    closing.start()
    assert exit_of_child(work) == 0
    closing.join()
    fresh = Ledger(tmp_path / "keys.db")
    assert fresh.find("second").in_progress
    fresh.close()
    for each in (reader, writer, *told):
        os.close(each)


def test_a_child_of_a_transaction_cannot_use_the_file(ledger: Ledger, tmp_path: Path) -> None:
    """A signal handler forked in the midst of its own thread's transaction."""
    path, found = tmp_path / "keys.db", list[int]()

    def is_refused(use: Ledger) -> bool:
        with pytest.raises(LedgerUnavailable, match="this process was forked in the midst"):
            list(use.unresolved())
        return True

    def work() -> bool:
        another = Ledger(tmp_path / "other.db")
        return is_refused(ledger) and is_refused(Ledger(path)) and claims(another, "child")()

    file_of(ledger)._transact(paused(lambda: found.append(exit_of_child(work))), Deadline(10))
    assert found == [0]
    assert claims(ledger, "third")()


def test_inherited_connections_are_left_alone(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called in the parent, because coverage does not measure the child."""
    kept: list[Any] = []
    monkeypatch.setattr(_files, "_parents", kept)
    monkeypatch.setattr(_files, "_inherited", set())
    file_of(ledger)._forked()
    for path in ("keys.db", "other.db"):
        other = Ledger(tmp_path / path)
        if path == "keys.db":
            with pytest.raises(LedgerUnavailable, match="close the ledger before such a fork"):
                list(other.unresolved())
        else:
            assert claims(other, "child")()
            other._database._forked()
        other.close()
    monkeypatch.undo()
    for writer, idle in kept:
        for connection in (writer, *idle):
            connection.close()


class Closed:
    """Counts how often it was closed."""

    times = 0

    def note(self) -> None:
        """Close."""
        self.times += 1


def in_another_thread(act: Callable[[], object]) -> None:
    """Act in another thread, and wait for its end."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def test_a_use_waits_for_the_fork_of_another_thread() -> None:
    """Until it is over, or the time of the use is up."""
    guard, done = ForkGuard(), threading.Event()
    in_another_thread(guard.before)
    with pytest.raises(DeadlineError, match="another thread did not finish a fork"):
        guard.hold(Deadline(0.05), int)
    guard.after_in_child()
    guard.before()
    use = threading.Thread(target=guard.hold, args=(Deadline(10), done.set))
    use.start()
    assert not done.wait(0.05)
    guard.after()
    use.join()
    assert done.is_set()


def test_a_fork_waits_for_no_dead_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for one that forks for ever, nor for one that uses the file for ever."""
    monkeypatch.setattr("countermand.ledger._forks.MAX_WAIT", 0.05)
    guard, closed = ForkGuard(), Closed()
    guard.close_before_fork(closed.note)
    in_another_thread(guard.before)
    assert closed.times == 1
    guard.before()
    guard.after()
    with pytest.raises(DeadlineError):
        guard.hold(Deadline(0.05), int)
    guard.after_in_child()
    inside, over = threading.Event(), threading.Event()
    user = threading.Thread(target=guard.hold, args=(None, lambda: inside.set() or over.wait(10)))
    user.start()
    inside.wait(10)
    guard.before()
    guard.after()
    over.set()
    user.join()
    assert closed.times == 1
    del closed
    gc.collect()
    guard.before()
    guard.after()


def test_a_fork_in_the_midst_of_a_use_does_not_wait_for_itself() -> None:
    """Nor does a use in the midst of another one, or a fork in the midst of a fork."""
    guard, closed = ForkGuard(), Closed()
    guard.close_before_fork(closed.note)

    def fork() -> int:
        guard.before()
        guard.after()
        return guard.hold(None, int, "42")

    assert guard.hold(None, fork) == 42
    assert closed.times == 0
    guard.before()
    assert fork() == 42
    guard.after()
    assert closed.times == 1


def test_a_ledger_without_connections_leaves_a_child_nothing(tmp_path: Path) -> None:
    """Its file is as good there as in any new process."""
    unused = Ledger(tmp_path / "unused.db")
    inherited = set(_files._inherited)
    file_of(unused)._forked()
    assert _files._inherited == inherited
    assert isinstance(unused.claim(claimant("child")), KeyHistory)
    unused.close()
