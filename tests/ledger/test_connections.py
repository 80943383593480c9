"""PostgreSQL connections that drop: the transaction is repeated on a new one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import psycopg
import pytest

from countermand import NotFound, unzer
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from countermand.ledger._sessions import AsyncSession, Session
from tests.support.claims import claimant, raw_connection, receipt
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from countermand.ledger._tasks import Statement

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
NO_PAYMENT = {"errors": [{"code": "API.310.100.003", "merchantMessage": "no such payment"}]}
both = pytest.mark.parametrize("flavour", FLAVOURS)


class Wire:
    """Calls something before or after each message of every ledger's connections."""

    before: ClassVar[Callable[[Any, Sequence[Statement]], None] | None] = None
    after: ClassVar[Callable[[Any, Sequence[Statement]], None] | None] = None


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Wire]]:
    """Hooks on the messages, of both kinds of connection."""
    blocking, awaited = Session.ask, AsyncSession.ask

    def ask(self: Session, statements: Sequence[Statement]) -> Any:
        if Wire.before:
            Wire.before(self, statements)
        rows = blocking(self, statements)
        if Wire.after:
            Wire.after(self, statements)
        return rows

    async def ask_async(self: AsyncSession, statements: Sequence[Statement]) -> Any:
        if Wire.before:
            Wire.before(self, statements)
        rows = await awaited(self, statements)
        if Wire.after:
            Wire.after(self, statements)
        return rows

    monkeypatch.setattr(Session, "ask", ask)
    monkeypatch.setattr(AsyncSession, "ask", ask_async)
    yield Wire
    Wire.before = Wire.after = None


@pytest.fixture
def ledger(postgresql: str) -> Iterator[Ledger]:
    """A ledger with its tables."""
    with Ledger(postgresql) as made:
        made.claim(claimant("warm"))
        made.record_outcome(claimant("warm"), receipt("warm"))
        yield made


class Cutter:
    """Ends connections from outside, before chosen messages; without numbers before each."""

    def __init__(self, ledger: Ledger, *places: int) -> None:
        self._ledger, self._places = ledger, places
        self.count = self.cut = 0

    def __call__(self, session: Any, _statements: object) -> None:
        """End this connection, and wait until it has ended."""
        self.count += 1
        if self._places and self.count not in self._places:
            return
        self.cut += 1
        with raw_connection(self._ledger) as admin:
            admin.execute(f"SELECT pg_terminate_backend({session.info.backend_pid}, 5000)")


@pytest.mark.parametrize("place", range(1, 9))
def test_a_connection_that_drops_at_any_message_is_replaced(
    ledger: Ledger, wire: type[Wire], place: int
) -> None:
    """Claim, record_attempt and record_outcome are repeated, with the effect of one run."""
    cutter = wire.before = Cutter(ledger, place)
    who = claimant(payment_lock="a" * 64)
    assert ledger.claim(who, first_attempt=True) == KeyHistory(attempt_recorded=True)
    assert ledger.record_attempt(who, 1) is None
    assert ledger.record_attempt(who, 2) is None
    assert ledger.record_outcome(who, receipt())
    assert isinstance(ledger.claim(who), AlreadyFinished)
    assert ledger.find("order-42").attempts == 2
    list(ledger.unresolved())
    # One more for setting up the new connection.
    assert cutter.cut == 1
    assert cutter.count >= 10


@both
def test_a_server_that_ends_every_connection_stops_the_cancel(
    ledger: Ledger, wire: type[Wire], flavour: Flavour
) -> None:
    """It is tried until the deadline; then nothing is sent."""
    cutter = wire.before = Cutter(ledger)
    provider = Recorder()
    known = call(
        flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider, deadline=1.0
    )
    assert isinstance(known, LedgerUnavailable)
    assert cutter.cut > 2
    assert provider.sent == []


@both
def test_a_server_that_takes_no_writes_is_left(ledger: Ledger, flavour: Flavour) -> None:
    """After a failover the old primary serves reads: its connections are closed."""
    name = ledger._database._parameters["dbname"]  # type: ignore[attr-defined]
    with raw_connection(ledger) as admin:
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    ledger.close()
    list(ledger.unresolved())
    with raw_connection(ledger) as admin:
        admin.execute("SET default_transaction_read_only = off")
        admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    provider = Recorder()
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert known.reference == "s-cnl-1"
    assert provider.cancels == 1


def lose_commit(session: Any, statements: Sequence[Statement]) -> None:
    """The commit of a write is made, and its confirmation is lost."""
    if any(word in each.sql for each in statements for word in ("INSERT", "UPDATE c")):
        Wire.after = None
        session.abandon()
        raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("operation", ["claim", "record_attempt", "record_outcome"])
def test_a_commit_whose_confirmation_is_lost_is_recognised(
    ledger: Ledger, wire: type[Wire], operation: str
) -> None:
    """The transaction runs again and finds its own changes."""
    who = claimant(payment_lock="a" * 64)
    for name, arguments, options in (
        ("claim", (), {"first_attempt": True}),
        ("record_attempt", (2,), {}),
        ("record_outcome", (receipt(),), {}),
    ):
        wire.after = lose_commit if name == operation else None
        answer = getattr(ledger, name)(who, *arguments, **options)
        assert not isinstance(answer, Rejected)
        assert wire.after is None
        if name == "claim":
            assert answer == KeyHistory(
                attempt_recorded=True,
                since_first_attempt=answer.since_first_attempt,
                since_last_attempt=answer.since_last_attempt,
            )
    assert isinstance(ledger.claim(who), AlreadyFinished)
    assert ledger.find("order-42").attempts == 2


@both
def test_a_refusal_whose_commit_was_not_confirmed_is_raised(
    ledger: Ledger, wire: type[Wire], flavour: Flavour
) -> None:
    """The second try finds its own release of the key, not that of another worker."""

    def answer(_request: httpx.Request) -> httpx.Response:
        wire.after = lose_commit
        return httpx.Response(404, json=NO_PAYMENT)

    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(answer))
    assert isinstance(known, NotFound)
    assert wire.after is None


def test_a_failed_connection_reports_the_driver_s_message(postgresql: str) -> None:
    """At once: a server that was not there is not waited for."""
    url = postgresql.replace("/ledger?", "/nowhere?")
    with pytest.raises(LedgerUnavailable, match=r'OperationalError.*"nowhere" does not'):
        list(Ledger(url).unresolved())
