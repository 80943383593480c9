"""A failing database: before the request it stops the call, after the answer it hides nothing."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand import CancellationInProgress, OutcomeUnknown, Receipt, Sent, unzer, vtex
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.support.claims import claimant, receipt, rows, unknown
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Callable

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
VTEX = vtex.Cancellation("payment-1")
both = pytest.mark.parametrize("flavour", FLAVOURS)


def failing_at(ledger: Ledger, *numbers: int) -> None:
    """Let these transactions of the ledger fail, counted from 1."""
    transact, count = ledger._database.run, iter(range(1, 100))

    def work(*arguments: Any, **options: Any) -> Any:
        if next(count) in numbers:
            raise LedgerUnavailable("the ledger cannot be written: gone")
        return transact(*arguments, **options)

    ledger._database.run = work  # type: ignore[method-assign]


@both
@pytest.mark.parametrize("number", [1, 2, 3], ids=["find_obstacle", "claim", "record_attempt"])
def test_an_attempt_that_cannot_be_recorded_is_not_sent(
    ledger: Ledger, flavour: Flavour, number: int
) -> None:
    """Neither at the claim nor at the attempt; the key can be used when the ledger is back."""
    failing_at(ledger, number)
    provider = Recorder()
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert (known.key, known.cancellation, known.attempts) == ("order-42", CANCEL, ())
    assert provider.sent == []
    again = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(again, Receipt)
    assert provider.cancels == 1


@both
def test_a_second_attempt_that_cannot_be_recorded_is_not_sent(
    ledger: Ledger, flavour: Flavour
) -> None:
    """The outcome of the first attempt is unknown, and the message names the failed ledger."""
    failing_at(ledger, 4)
    provider = Recorder(lambda _: httpx.Response(503))
    known = call(flavour, ledger, "cancel", VTEX, key="order-42", transport=provider)
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.RESPONDED]
    assert provider.cancels == 1
    assert len(ledger.unresolved()) == 1
    assert "ledger" in known.message


@both
def test_a_receipt_is_returned_even_if_it_cannot_be_recorded(
    ledger: Ledger, flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged, and the key stays unresolved."""
    failing_at(ledger, 4)
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
    """Nothing is sent, and nothing is half written."""
    engine = sa.create_engine(sqlite)
    ledger = Ledger(engine)
    ledger.claim(claimant("first"))
    ledger.record_outcome(claimant("first"), receipt("first"))
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 1"))
    provider = Recorder()
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
    """It can be read, but not written."""
    with Ledger(sqlite.render_as_string()) as writer:
        writer.claim(claimant("first"))
    provider = Recorder()
    with Ledger(f"sqlite:///file:{sqlite.database}?mode=ro&uri=true") as reader:
        known = call(flavour, reader, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []


def test_an_error_of_sqlalchemy_itself_is_an_error_of_the_ledger(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exhausted pool, for example."""

    def connect() -> None:
        raise exc.TimeoutError("QueuePool limit")

    ledger.claim(claimant())
    monkeypatch.setattr(ledger._database.engine, "connect", connect)
    with pytest.raises(LedgerUnavailable, match="TimeoutError"):
        ledger.record_outcome(claimant(), unknown())


@pytest.mark.parametrize("message", ["", "first line\nDETAIL: order-42 of ada"])
def test_the_message_of_a_database_error_quotes_no_parameters(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    """Only the first line of the driver's message is used."""

    def connect() -> None:
        raise exc.DataError("INSERT", {"user": "ada"}, ValueError(message))

    ledger.claim(claimant())
    monkeypatch.setattr(ledger._database.engine, "connect", connect)
    with pytest.raises(LedgerUnavailable) as caught:
        ledger.unresolved()
    assert "ada" not in caught.value.message
    assert caught.value.message.startswith("the ledger cannot be used: ValueError: first"[:38])


@both
def test_a_lease_that_is_lost_before_sending_stops_the_cancel(
    ledgers: Callable[..., Ledger], flavour: Flavour
) -> None:
    """The other worker, which has claimed the key, continues."""
    slow = ledgers()
    recorded = slow.record_attempt

    def late(who: Any, number: int, **options: Any) -> Any:
        with slow._database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE countermand_cancellations SET owner = 'other'")
        return recorded(who, number, **options)

    slow.record_attempt = late  # type: ignore[method-assign]
    provider = Recorder()
    known = call(flavour, slow, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, CancellationInProgress)
    assert provider.sent == []
    (row,) = [row for row in rows(slow) if "key" in row]
    assert (row["owner"], row["state"]) == ("other", "open")
