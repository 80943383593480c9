"""The deadline of a transaction: waits get the remaining time, and late connections are cut."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from countermand._core.commands import Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger, _deadlines
from countermand.ledger._database import MAX_CONNECTIONS, Database
from countermand.ledger._deadlines import (
    WATCHDOG,
    Deadline,
    LedgerTimeoutError,
    Watchdog,
    run_with_deadline,
)
from tests.ledger.silence import becomes, ends
from tests.support.claims import PAYMENT_LOCK, another, claimant

if TYPE_CHECKING:
    from collections.abc import Iterator

BRIEF = 0.4
LIMIT = 5.0
LOCK_TIME = 0.6


@pytest.fixture
def database(url: sa.URL) -> Iterator[Database]:
    """With its schema made."""
    made = Database(url.render_as_string(hide_password=False))
    made.run(lambda _: None)
    yield made
    made.close()


def timeouts(database: Database) -> list[int]:
    """The timeouts that the database gets from now on, in milliseconds."""
    waits: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        values = [statement.rpartition("=")[2]] if "busy_timeout" in statement else []
        values += dict(parameters).values() if "set_config" in statement else []
        waits.extend(int(value) for value in values if str(value).strip().isdecimal())

    event.listen(database.engine, "before_cursor_execute", note)
    return waits


def lock_holder(database: Database) -> threading.Thread:
    """A thread that has the payment lock for a while."""
    has = threading.Event()

    def keep_lock() -> None:
        engine = sa.create_engine(database.engine.url)
        with engine.connect() as connection:
            lock = "BEGIN IMMEDIATE"
            if engine.dialect.name == "postgresql":
                lock = f"SELECT pg_advisory_xact_lock({int(PAYMENT_LOCK[:15], 16)})"
            connection.exec_driver_sql(lock)
            has.set()
            time.sleep(LOCK_TIME)
            connection.rollback()
        engine.dispose()

    thread = threading.Thread(target=keep_lock)
    thread.start()
    assert has.wait(20)
    return thread


def test_after_a_wait_the_timeout_is_the_remaining_time(database: Database) -> None:
    """Statements after waiting for the lock get only the rest."""
    other, waits = lock_holder(database), timeouts(database)
    found = database.run(
        lambda connection: connection.scalar(sa.text("SELECT 42")),
        payment_lock=PAYMENT_LOCK,
        timeout=LIMIT,
    )
    other.join()
    assert found == 42
    assert (LIMIT - 0.5) * 1000 < waits[0] <= LIMIT * 1000
    assert waits[-1] <= (LIMIT - LOCK_TIME / 2) * 1000


def test_a_quick_transaction_sets_the_timeout_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a round trip."""
    monkeypatch.setattr(_deadlines, "REFRESH_INTERVAL", 60.0)
    waits = timeouts(database)
    for _ in range(3):
        database.run(lambda connection: connection.scalar(sa.text("SELECT 42")))
    assert len(waits) == 3


def test_a_slot_of_the_pool_is_waited_for_until_the_deadline(database: Database) -> None:
    """A returned slot can be used again."""
    with ExitStack() as lent:
        for _ in range(MAX_CONNECTIONS):
            lent.enter_context(database._connections.checkout(Deadline(LIMIT)))
        with pytest.raises(LedgerUnavailable, match=f"no connection was free within {BRIEF} s"):
            ends(lambda: database.run(lambda _: None, timeout=BRIEF))
    database.run(lambda _: None, timeout=LIMIT)
    assert database._connections._slots._value == MAX_CONNECTIONS


def test_a_caller_s_pool_is_waited_for_until_the_deadline(url: sa.URL) -> None:
    """A connection that comes too late is returned."""
    engine = sa.create_engine(
        url, poolclass=sa.pool.QueuePool, pool_size=1, max_overflow=0, pool_timeout=30
    )
    ledger = Ledger(engine)
    ledger.unresolved()
    pool: Any = engine.pool
    with engine.connect():
        rejected = ends(lambda: ledger.claim(claimant(), timeout=BRIEF))
        assert isinstance(rejected, Rejected)
        assert f"no connection within {BRIEF} s" in str(rejected.error)
    assert becomes(lambda: pool.checkedin() == 1)
    assert not isinstance(ledger.claim(another()), Rejected)
    ledger.close()
    engine.dispose()


def test_a_migration_of_another_thread_is_waited_for_until_the_deadline(sqlite: sa.URL) -> None:
    """It may be slow."""
    database = Database(sqlite.render_as_string())
    with (
        database._lock,
        pytest.raises(
            LedgerUnavailable, match=f"did not finish migrating the schema within {BRIEF} s"
        ),
    ):
        ends(lambda: database.run(lambda _: None, timeout=BRIEF))
    database.run(lambda _: None)
    database.close()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("off", "on"), ("local", "local"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_commits_are_durable_whatever_the_server_s_setting(
    postgresql: sa.URL, theirs: str, ours: str
) -> None:
    """Only `off` is changed, and only for the ledger's transactions."""
    engine = sa.create_engine(postgresql, poolclass=sa.pool.StaticPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET synchronous_commit = {theirs}")
        connection.commit()
    database, query = Database(engine), sa.text("SHOW synchronous_commit")
    assert database.run(lambda connection: connection.scalar(query)) == ours
    with engine.connect() as connection:
        assert connection.scalar(query) == theirs
    engine.dispose()


def test_a_result_after_an_interruption_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a connection would stay open without an owner."""
    go_on, discarded = threading.Event(), threading.Event()

    def struck(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(_deadlines, "wait", struck)
    with pytest.raises(KeyboardInterrupt):
        run_with_deadline(
            Deadline(LIMIT), lambda: go_on.wait(20), lambda _: discarded.set(), "nothing"
        )
    go_on.set()
    assert discarded.wait(20)


def test_a_late_error_is_dropped() -> None:
    """There is nothing to discard."""
    go_on, discarded = threading.Event(), []

    def fail() -> int:
        go_on.wait(20)
        raise ValueError("too late")

    with pytest.raises(LedgerTimeoutError, match=r"nothing within 0\.01 s"):
        run_with_deadline(Deadline(0.01), fail, discarded.append, "nothing")
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "countermand-connect":
            thread.join(20)
    assert discarded == []


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread can be started, as while the interpreter shuts down."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


@pytest.mark.usefixtures("no_threads")
def test_without_a_thread_there_is_no_connection() -> None:
    """A connection without a timeout is not attempted."""
    database = Database("postgresql+psycopg://nobody:s3cret@127.0.0.1:1/none")
    with pytest.raises(LedgerUnavailable, match="can't start new thread") as caught:
        database.run(lambda _: None)
    assert "s3cret" not in str(caught.value)


@pytest.mark.usefixtures("no_threads")
def test_without_a_thread_nothing_is_cut() -> None:
    """Connections can be used, within the server's timeouts."""
    near, far = socket.socketpair()
    with near, far:
        watchdog = Watchdog()
        assert not watchdog.release(watchdog.watch(near, time.monotonic()))


def test_due_connections_are_cut_and_released_ones_are_not() -> None:
    """The earliest first; a driver without a socket cannot be cut."""
    watchdog = Watchdog()
    with ExitStack() as opened:
        pairs = [[opened.enter_context(end) for end in socket.socketpair()] for _ in range(3)]
        now = time.monotonic()
        late = watchdog.watch(pairs[0][0], now + 600)
        released = watchdog.watch(pairs[1][0], now + 0.2)
        due = watchdog.watch(pairs[2][0], now + 0.2)
        bare = watchdog.watch(object(), now + 0.2)
        assert not watchdog.release(released)
        pairs[2][1].settimeout(20)
        assert pairs[2][1].recv(1) == b""
        assert becomes(lambda: bare.cut)
        assert watchdog.release(due)
        assert watchdog.release(bare)
        assert not watchdog.release(late)
        for near, far in pairs[:2]:
            far.settimeout(20)
            near.sendall(b"x")
            assert far.recv(1) == b"x"


def test_a_child_cuts_nothing_of_its_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its duplicates are closed; the shared connection stays open."""
    watchdog = Watchdog()
    near, far = socket.socketpair()
    with near, far:
        far.settimeout(20)
        with monkeypatch.context() as parent:
            # Its thread does not come along.
            parent.setattr(watchdog, "_start", lambda: None)
            watch = watchdog.watch(near, time.monotonic())
        watchdog.forked()
        again = watchdog.watch(object(), time.monotonic())
        assert becomes(lambda: again.cut)
        assert not watch.cut
        watch.fire()
        near.sendall(b"x")
        assert far.recv(1) == b"x"


def test_a_child_has_a_watchdog_of_its_own() -> None:
    """The parent's thread does not exist in it."""
    parents = WATCHDOG.watch(object(), time.monotonic() + 600)
    child = os.fork()
    if child == 0:
        near, far = socket.socketpair()
        far.settimeout(20)
        WATCHDOG.watch(near, time.monotonic())
        os._exit(far.recv(1) != b"")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not WATCHDOG.release(parents)


def test_a_closed_connection_is_not_watched(postgresql: sa.URL) -> None:
    """It has no socket, and its number may be reused."""
    url = postgresql.set(drivername="postgresql").render_as_string(hide_password=False)
    raw = psycopg.connect(url)
    raw.close()
    watchdog = Watchdog()
    assert not watchdog.release(watchdog.watch(raw, time.monotonic() + 60))
