"""A PostgreSQL that stops answering: every call ends by its deadline."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from countermand._core.commands import KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger, _postgresql
from countermand.ledger._postgresql import TIMEOUT
from countermand.ledger._sessions import MAX_CONNECTIONS, AsyncSession, Session
from tests.ledger.silence import Relay, becomes, ends
from tests.support.claims import another, claimant, raw_connection
from tests.support.flavours import FLAVOURS, Flavour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand._core.idempotency import KeyClaim

BRIEF = 0.4


@pytest.fixture
def relay(postgresql: str) -> Iterator[Relay]:
    """A relay to the database that can be frozen."""
    made = Relay(postgresql)
    yield made
    made.close()


class Caller:
    """Calls a ledger by blocking, or from an event loop of its own."""

    def __init__(self, flavour: Flavour, url: str) -> None:
        self.ledger = Ledger(url)
        self._runner = asyncio.Runner() if flavour == "async" else None

    def claim(self, who: KeyClaim, **options: Any) -> Any:
        """Claim a key."""
        if self._runner is None:
            return self.ledger.claim(who, **options)
        return self._runner.run(self.ledger.asynchronous.claim(who, **options))

    def refused(self) -> str:
        """The message of a rejected claim, which must come in time."""
        rejected = ends(lambda: self.claim(another(), timeout=BRIEF))
        assert isinstance(rejected, Rejected)
        assert isinstance(rejected.error, LedgerUnavailable)
        return rejected.error.message

    @property
    def kept(self) -> list[Any]:
        """The connections that no transaction uses."""
        if self._runner is None:
            database: Any = self.ledger._database
            return list(database._idle)
        other: Any = self.ledger._async_database
        return [each for pool in other._pools.values() for each in pool.idle]

    def execute(self, statement: str) -> None:
        """Execute a statement on the connection that no transaction uses."""
        (kept,) = self.kept
        executed = kept.execute(statement)
        if self._runner is not None:
            self._runner.run(executed)

    def close(self) -> None:
        """Close everything."""
        self.ledger.close()
        if self._runner is not None:
            self._runner.close()


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Blocking, or from an event loop."""
    found: Flavour = request.param
    return found


@pytest.fixture
def caller(flavour: Flavour, relay: Relay) -> Iterator[Caller]:
    """A caller behind the relay."""
    made = Caller(flavour, relay.url)
    yield made
    relay.close()
    made.close()


def test_a_connection_without_answers_is_cut(caller: Caller, relay: Relay) -> None:
    """The message names the wait; when the database answers again, the ledger works."""
    assert caller.claim(claimant("before")) == KeyHistory()
    relay.freeze()
    assert f"within {BRIEF} s" in caller.refused()
    relay.thaw()
    assert ends(lambda: caller.claim(claimant("after"))) == KeyHistory()


@pytest.mark.parametrize("place", range(1, 8))
def test_a_frozen_server_ends_a_call_at_any_message(
    caller: Caller, relay: Relay, place: int
) -> None:
    """At the handshake, at the schema, at a claim."""
    relay.freeze(place)
    assert f"within {BRIEF} s" in caller.refused()
    relay.thaw()
    assert ends(lambda: caller.claim(claimant("after"))) == KeyHistory()


def test_a_server_that_never_answers_is_not_waited_for(caller: Caller, relay: Relay) -> None:
    """A connection that comes too late is closed."""
    relay.freeze()
    assert f"no connection within {BRIEF} s" in caller.refused()
    relay.thaw()
    assert becomes(lambda: relay.open == 0)


def test_a_dead_connection_that_was_kept_is_replaced_in_time(
    postgresql: str, flavour: Flavour
) -> None:
    """Its server process is frozen, or a firewall dropped it; a new connection works."""
    caller = Caller(flavour, postgresql)
    assert caller.claim(claimant("before")) == KeyHistory()
    (kept,) = caller.kept
    pid = kept.info.backend_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        assert ends(lambda: caller.claim(claimant(), timeout=4.0)) == KeyHistory()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert kept.closed
    caller.close()


def test_the_limit_of_an_earlier_call_does_not_stop_a_later_one(
    postgresql: str, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It still holds while the new limit is set, and that may take longer than it allows."""
    slowly = TIMEOUT.replace("SELECT", "SELECT pg_sleep(0.05),")
    monkeypatch.setattr(_postgresql, "TIMEOUT", slowly)
    caller = Caller(flavour, postgresql)
    assert caller.claim(claimant("before")) == KeyHistory()
    caller.execute("SET statement_timeout = 1")
    assert ends(lambda: caller.claim(claimant(), timeout=4.0)) == KeyHistory()
    caller.close()


def test_an_interrupted_call_waits_for_nothing_and_gives_its_connection_up(
    caller: Caller, relay: Relay
) -> None:
    """Neither for the answer nor for the end of the pipeline."""

    def struck(*_arguments: Any, **_options: Any) -> Any:
        relay.freeze()
        raise KeyboardInterrupt

    assert caller.claim(claimant("before")) == KeyHistory()
    (kept,) = caller.kept
    kept.execute = struck
    with pytest.raises(KeyboardInterrupt):
        ends(lambda: caller.claim(another()))
    assert kept.closed
    relay.thaw()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("off", "on"), ("local", "local"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_commits_are_durable_whatever_the_server_s_setting(
    postgresql: str, flavour: Flavour, theirs: str, ours: str
) -> None:
    """Only `off` is changed, and only for the ledger's transactions."""
    caller = Caller(flavour, postgresql)
    with raw_connection(caller.ledger) as admin:
        name = caller.ledger._database._parameters["dbname"]  # type: ignore[attr-defined]
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = {theirs}")
        assert caller.claim(claimant()) == KeyHistory()
        admin.execute("CREATE TABLE seen (setting text)")
        admin.execute(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$"
        )
        admin.execute(
            "CREATE TRIGGER note AFTER INSERT ON countermand_cancellations "
            "FOR EACH ROW EXECUTE FUNCTION note()"
        )
        assert caller.claim(claimant("noted")) == KeyHistory()
        assert admin.execute("SELECT setting FROM seen").fetchall() == [(ours,)]
    caller.close()


def test_a_place_among_the_connections_is_waited_for_until_the_deadline(
    postgresql: str, flavour: Flavour
) -> None:
    """A returned one can be used again."""
    caller = Caller(flavour, postgresql)
    assert caller.claim(claimant("before")) == KeyHistory()
    database: Any = caller.ledger._database
    other: Any = caller.ledger._async_database
    slots = [database._slots, *(pool.slots for pool in other._pools.values())]
    full = [each._value for each in slots]
    for each in slots:
        each._value = 0
    assert f"no connection was free within {BRIEF} s" in caller.refused()
    for each, value in zip(slots, full, strict=True):
        assert value == MAX_CONNECTIONS
        each._value = value
    assert caller.claim(claimant("after")) == KeyHistory()
    caller.close()


def test_many_calls_at_once_share_the_connections(postgresql: str) -> None:
    """More callers than connections, blocking and from a loop."""
    with Ledger(postgresql) as ledger:

        async def run() -> list[Any]:
            claims = (ledger.asynchronous.claim(claimant(f"a{n}")) for n in range(40))
            return await asyncio.gather(*claims)

        assert asyncio.run(run()) == [KeyHistory()] * 40
        found: list[Any] = []
        crew = [
            threading.Thread(target=lambda n=n: found.append(ledger.claim(claimant(f"b{n}"))))  # type: ignore[misc]
            for n in range(40)
        ]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
        assert found == [KeyHistory()] * 40
        database: Any = ledger._database
        assert len(database._idle) <= MAX_CONNECTIONS


def test_connections_that_are_in_use_when_the_ledger_is_closed_are_not_kept(
    caller: Caller,
) -> None:
    """They end with their transaction."""
    assert caller.claim(claimant("before")) == KeyHistory()
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Session, AsyncSession):
            ask: Any = kind.ask

            def closing(self: Any, statements: Any, ask: Any = ask) -> Any:
                caller.ledger.close()
                return ask(self, statements)

            patch.setattr(kind, "ask", closing)
        assert caller.claim(claimant("after")) == KeyHistory()
    assert caller.kept == []


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgresql://nobody:s3cret@127.0.0.1:{listener.getsockname()[1]}/none"


def test_without_a_thread_there_is_no_connection(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name lookup without a timeout is not attempted."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(LedgerUnavailable, match="can't start new thread") as caught:
        list(Ledger(silent).unresolved())
    assert "s3cret" not in str(caught.value)
