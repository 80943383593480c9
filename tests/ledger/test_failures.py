"""A database that fails: before the request it stops it, after the answer it never hides it."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand import CancellationInProgress, OutcomeUnknown, Receipt, Sent, unzer, vtex
from countermand._steps import Prior, Rejected, Settled
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.ledger.books import claimant, receipt, rows, unknown
from tests.ledger.calls import Provider, call
from tests.wire.both import FLAVOURS, Flavour

if TYPE_CHECKING:
    from collections.abc import Callable

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
VTEX = vtex.Cancellation("payment-1")
both = pytest.mark.parametrize("flavour", FLAVOURS)


def failing_at(ledger: Ledger, *numbers: int) -> None:
    """Let these transactions of the ledger fail, counted from 1."""
    transact, count = ledger._database.transact, iter(range(1, 100))

    def work(*arguments: Any, **options: Any) -> Any:
        if next(count) in numbers:
            raise LedgerUnavailable("the ledger cannot be written: gone")
        return transact(*arguments, **options)

    ledger._database.transact = work  # type: ignore[method-assign]


@both
@pytest.mark.parametrize("number", [1, 2], ids=["claim", "dispatch"])
def test_what_cannot_be_recorded_is_not_sent(ledger: Ledger, flavour: Flavour, number: int) -> None:
    """Neither the intent nor the attempt; the key may be used when the ledger is back."""
    failing_at(ledger, number)
    provider = Provider()
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert (known.key, known.cancellation, known.attempts) == ("order-42", CANCEL, 0)
    assert provider.sent == []
    again = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(again, Receipt)
    assert provider.cancels == 1


@both
def test_a_second_attempt_that_cannot_be_recorded_is_not_sent(
    ledger: Ledger, flavour: Flavour
) -> None:
    """What the first came to is still unknown, and the words say what stopped the second."""
    failing_at(ledger, 3)
    provider = Provider(lambda _: httpx.Response(503))
    known = call(flavour, ledger, "cancel", VTEX, key="order-42", transport=provider)
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.RESPONDED]
    assert provider.cancels == 1
    assert len(ledger.unresolved()) == 1
    assert "ledger" in known.message


@both
def test_an_answer_is_given_even_if_it_cannot_be_recorded(
    ledger: Ledger, flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller gets the receipt, the log an error, and the row stays open for a resume."""
    failing_at(ledger, 3)
    with caplog.at_level(logging.ERROR, logger="countermand"):
        known = call(flavour, ledger, "cancel", CANCEL, key="order-42")
    assert isinstance(known, Receipt)
    (record,) = caplog.records
    assert "order-42" in record.getMessage()
    assert "did not record" in record.getMessage()
    (found,) = ledger.unresolved()
    assert found.attempts == 1


@both
def test_a_full_disk_stops_the_cancel(sqlite: sa.URL, flavour: Flavour) -> None:
    """SQLite says that it is full: nothing is sent, and nothing is half written."""
    engine = sa.create_engine(sqlite)
    ledger = Ledger(engine)
    ledger.claim(claimant("first"))
    ledger.conclude(claimant("first"), receipt("first"))
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 1"))
    provider = Provider()
    known: Any = None
    for number in range(60):
        known = call(
            flavour, ledger, "cancel", CANCEL, key=f"order-{number}", user="u" * 2000,
            transport=provider,
        )  # fmt: skip
        if not isinstance(known, Receipt):
            break
    assert isinstance(known, LedgerUnavailable)
    assert "full" in known.message
    assert len(provider.sent) == number
    engine.dispose()


@both
def test_a_read_only_database_stops_the_cancel(sqlite: sa.URL, flavour: Flavour) -> None:
    """What cannot be written is no ledger, though it may be read."""
    with Ledger(sqlite.render_as_string()) as writer:
        writer.claim(claimant("first"))
    provider = Provider()
    with Ledger(f"sqlite:///file:{sqlite.database}?mode=ro&uri=true") as reader:
        known = call(flavour, reader, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []


class Cutter:
    """Ends PostgreSQL connections from outside, at chosen statements of a ledger."""

    def __init__(self, url: sa.URL, *places: int) -> None:
        self.ledger = Ledger(url.render_as_string(hide_password=False))
        self.ledger.claim(claimant("warm"))
        self.ledger.conclude(claimant("warm"), receipt("warm"))
        self.count, self.cut = 0, 0
        self._places = places
        self._other = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        event.listen(self.ledger._database.engine, "before_cursor_execute", self._statement)

    def _statement(self, connection: sa.Connection, *_: object) -> None:
        self.count += 1
        if not self._places or self.count in self._places:
            self.end(connection)

    def end(self, connection: sa.Connection) -> None:
        """End this connection, and wait until it has ended."""
        raw: Any = connection.connection.dbapi_connection
        self.cut += 1
        with self._other.connect() as admin:
            admin.exec_driver_sql(f"SELECT pg_terminate_backend({raw.info.backend_pid}, 5000)")

    def close(self) -> None:
        """Leave nothing open."""
        event.remove(self.ledger._database.engine, "before_cursor_execute", self._statement)
        self.ledger.close()
        self._other.dispose()


@pytest.mark.parametrize("place", range(1, 15))
def test_a_connection_that_drops_at_any_statement_is_made_anew(
    postgresql: sa.URL, place: int
) -> None:
    """Claim, dispatch and conclude run again to the same end, none of them twice."""
    cutter = Cutter(postgresql, place)
    ledger = cutter.ledger
    who = claimant(subject="a" * 64)
    assert ledger.claim(who) == Prior()
    assert ledger.dispatch(who, 1) is None
    ledger.conclude(who, receipt())
    assert isinstance(ledger.claim(who), Settled)
    assert ledger.find("order-42").attempts == 1
    assert (cutter.cut, cutter.count >= 14) == (1, True)
    cutter.close()


@both
def test_a_server_that_ends_every_connection_stops_the_cancel(
    postgresql: sa.URL, flavour: Flavour
) -> None:
    """Tries are counted; then nothing is sent."""
    cutter = Cutter(postgresql)
    provider = Provider()
    known = call(flavour, cutter.ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert cutter.cut == 3
    assert provider.sent == []
    cutter.close()


@pytest.mark.parametrize("operation", ["claim", "dispatch", "conclude"])
def test_a_commit_whose_answer_is_lost_is_found_to_have_been_made(
    postgresql: sa.URL, operation: str
) -> None:
    """The transaction runs again and sees its own work."""
    engine = sa.create_engine(postgresql)
    ledger, who, armed = Ledger(engine), claimant(subject="a" * 64), []
    ledger.claim(claimant("warm"))

    def commit(connection: sa.Connection) -> None:
        for _ in range(len(armed)):
            armed.clear()
            raw: Any = connection.connection.dbapi_connection
            raw.commit()
            gone = psycopg.OperationalError("server closed the connection unexpectedly")
            raise exc.OperationalError("COMMIT", {}, gone, connection_invalidated=True)

    event.listen(engine, "commit", commit)
    for name, arguments in (("claim", ()), ("dispatch", (1,)), ("conclude", (receipt(),))):
        armed.extend([1] if name == operation else [])
        answer = getattr(ledger, name)(who, *arguments)
        assert not isinstance(answer, Rejected)
        assert armed == []
    assert isinstance(ledger.claim(who), Settled)
    assert ledger.find("order-42").attempts >= 1
    engine.dispose()


def test_an_error_of_sqlalchemy_itself_is_an_error_of_the_ledger(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exhausted pool, for example."""

    def begin() -> None:
        raise exc.TimeoutError("QueuePool limit")

    ledger.claim(claimant())
    monkeypatch.setattr(ledger._database.engine, "begin", begin)
    with pytest.raises(LedgerUnavailable, match="TimeoutError"):
        ledger.conclude(claimant(), unknown())


@pytest.mark.parametrize("words", ["", "first line\nDETAIL: order-42 of ada"])
def test_the_words_of_a_database_error_quote_no_parameters(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """Only the driver's first line is told."""

    def begin() -> None:
        raise exc.DataError("INSERT", {"user": "ada"}, ValueError(words))

    ledger.claim(claimant())
    monkeypatch.setattr(ledger._database.engine, "begin", begin)
    with pytest.raises(LedgerUnavailable) as caught:
        ledger.unresolved()
    assert "ada" not in caught.value.message
    assert caught.value.message.startswith("the ledger cannot be written: ValueError: first"[:41])


@both
def test_a_hold_that_is_lost_before_sending_stops_the_cancel(
    ledgers: Callable[..., Ledger], flavour: Flavour
) -> None:
    """The other worker, who took the key over, is the one to go on."""
    slow = ledgers()
    dispatch = slow.dispatch

    def late(who: Any, number: int) -> Any:
        with slow._database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE countermand_cancellations SET holder = 'other'")
        return dispatch(who, number)

    slow.dispatch = late  # type: ignore[method-assign]
    provider = Provider()
    known = call(flavour, slow, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, CancellationInProgress)
    assert provider.sent == []
    (row,) = [row for row in rows(slow) if "key" in row]
    assert (row["holder"], row["state"]) == ("other", "open")
