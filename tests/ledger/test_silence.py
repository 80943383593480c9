"""A PostgreSQL that stops answering: every call ends by its deadline."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from countermand._core.commands import KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from countermand.ledger._database import Database
from countermand.ledger._deadlines import Deadline
from tests.ledger.silence import Relay, becomes, ends
from tests.support.claims import another, claimant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BRIEF = 0.4
KINDS: dict[str, Callable[[str], str | sa.Engine]] = {
    "url": str,
    "engine": sa.create_engine,
    "engine that pings": lambda url: sa.create_engine(url, pool_pre_ping=True),
    "engine without a pool": lambda url: sa.create_engine(url, poolclass=sa.pool.NullPool),
    "engine that autocommits": lambda url: sa.create_engine(url, isolation_level="AUTOCOMMIT"),
}


@pytest.fixture
def relay(postgresql: sa.URL) -> Iterator[Relay]:
    """A relay to the database that can be frozen."""
    made = Relay(postgresql)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Callable[[str], str | sa.Engine]:
    """A URL, or a caller's engine."""
    return KINDS[request.param]


@pytest.fixture
def ledger(kind: Callable[[str], str | sa.Engine], relay: Relay) -> Iterator[Ledger]:
    """A ledger behind the relay."""
    made = Ledger(kind(relay.url.render_as_string(hide_password=False)))
    yield made
    relay.close()
    made.close()
    made._database.engine.dispose()


def refused(ledger: Ledger) -> str:
    """The message of a rejected claim, which must come in time."""
    rejected = ends(lambda: ledger.claim(another(), timeout=BRIEF))
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)
    return rejected.error.message


def test_a_connection_without_answers_is_cut(ledger: Ledger, relay: Relay) -> None:
    """The message names the wait; when the database answers again, the ledger works."""
    assert ledger.claim(claimant("before")) == KeyHistory()
    relay.freeze()
    assert f"within {BRIEF} s" in refused(ledger)
    relay.thaw()
    assert ends(lambda: ledger.claim(claimant("after"))) == KeyHistory()


def test_a_frozen_server_ends_a_call_at_any_message(
    kind: Callable[[str], str | sa.Engine], relay: Relay
) -> None:
    """At the handshake, at the queries of SQLAlchemy, at the schema, at a claim."""
    url = relay.url.render_as_string(hide_password=False)
    for place in (1, 2, 3, 5, 7, 9, 12):
        made = Ledger(kind(url))
        relay.freeze(place)
        assert f"within {BRIEF} s" in refused(made)
        relay.thaw()
        assert ends(lambda made=made: made.claim(claimant("after"))) == KeyHistory()  # type: ignore[misc]
        made.close()
        made._database.engine.dispose()


def test_a_server_that_never_answers_is_not_waited_for(ledger: Ledger, relay: Relay) -> None:
    """A connection that comes too late is closed."""
    relay.freeze()
    assert f"no connection within {BRIEF} s" in refused(ledger)
    assert relay.open == 1
    relay.thaw()
    pooled = getattr(ledger._database.engine.pool, "checkedin", int)
    assert becomes(lambda: relay.open == 0 or pooled() == 1)


@pytest.mark.parametrize("name", ["url", "engine that pings"])
def test_a_dead_pooled_connection_is_replaced_in_time(postgresql: sa.URL, name: str) -> None:
    """Its server process is frozen, or a firewall dropped it; a new connection works."""
    made = Ledger(KINDS[name](postgresql.render_as_string(hide_password=False)))
    made.unresolved()
    pid: int = made._database.run(
        lambda connection: connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0
    )
    os.kill(pid, signal.SIGSTOP)
    try:
        assert ends(lambda: made.claim(claimant(), timeout=4.0)) == KeyHistory()
    finally:
        os.kill(pid, signal.SIGCONT)
    made.close()
    made._database.engine.dispose()


def test_a_pooled_connection_that_answers_when_it_is_cut_is_replaced(postgresql: sa.URL) -> None:
    """It cannot be used any more."""
    engine = sa.create_engine(postgresql, pool_pre_ping=True)
    ping = engine.dialect.do_ping
    pauses: list[float] = []

    def late(raw: Any) -> bool:
        answered = ping(raw)
        time.sleep(pauses.pop() if pauses else 0.0)
        return answered

    engine.dialect.do_ping = late  # type: ignore[method-assign]
    ledger = Ledger(engine)
    ledger.unresolved()
    with engine.connect() as connection:
        first = connection.connection.driver_connection
    pauses.append(1.3)
    assert ledger.claim(claimant(), timeout=3.0) == KeyHistory()
    assert first is not None
    assert first.closed
    ledger.close()
    engine.dispose()


def test_a_cut_connection_does_not_return_to_the_pool(postgresql: sa.URL) -> None:
    """Even if the database has answered everything."""
    database = Database(postgresql.render_as_string(hide_password=False))
    pool: Any = database.engine.pool
    with database._connections.checkout(Deadline(10.0)) as connection:
        first = connection.connection.driver_connection
    assert (first.closed, pool.checkedin()) == (False, 1)
    with database._connections.checkout(Deadline(0.01)) as connection:
        assert connection.connection.driver_connection is first
        time.sleep(0.5)
    assert first.closed
    assert database.run(lambda connection: connection.scalar(sa.text("SELECT 42"))) == 42
    database.close()


def test_a_commit_that_takes_too_long_is_an_error(postgresql: sa.URL) -> None:
    """It may not have been made, and no time is left for another try."""
    database = Database(postgresql.render_as_string(hide_password=False))
    tries: list[int] = []

    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SELECT 1")
        tries.append(1)
        time.sleep(BRIEF + 0.3)

    database.run(lambda _: None)
    with pytest.raises(LedgerUnavailable, match=f"no answer within {BRIEF} s"):
        database.run(work, timeout=BRIEF)
    assert tries == [1]
    database.close()


def test_other_uses_of_an_engine_are_not_affected(postgresql: sa.URL) -> None:
    """Its connections are made and tested as before."""
    engine = sa.create_engine(postgresql, pool_pre_ping=True)
    for _ in range(2):
        Ledger(engine).unresolved()
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT 42")) == 42
    engine.dispose()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 42")) == 42
    engine.dispose()


def test_a_failed_connection_reports_the_driver_s_message(postgresql: sa.URL) -> None:
    """With a URL and with an engine."""
    for kind in KINDS.values():
        url = postgresql.set(database="nowhere").render_as_string(hide_password=False)
        with pytest.raises(LedgerUnavailable, match=r'OperationalError.*"nowhere" does not'):
            Ledger(kind(url)).unresolved()
    with pytest.raises(exc.OperationalError):
        Ledger(url)._database.engine.connect()
