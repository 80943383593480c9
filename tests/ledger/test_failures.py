"""A failing database: before the request it stops the call, after the answer it hides nothing."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from attrs import evolve

from countermand import (
    CancellationInProgress,
    OutcomeUnknown,
    Policy,
    Receipt,
    Sent,
    unzer,
    vtex,
)
from countermand._core import request
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from countermand.ledger._tasks import describe
from tests.ledger.test_clients import nothing_there
from tests.support.claims import before_transactions, break_down, claimant, receipt, rows, run_sql
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Callable

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
VTEX = vtex.Cancellation("payment-1")
both = pytest.mark.parametrize("flavour", FLAVOURS)


@both
@pytest.mark.parametrize("number", [1, 2], ids=["find_obstacle", "claim"])
def test_an_attempt_that_cannot_be_recorded_is_not_sent(
    ledger: Ledger, flavour: Flavour, number: int
) -> None:
    """The key can be used when the ledger is back."""
    break_down(ledger, number)
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
    break_down(ledger, 3)
    provider = Recorder(lambda _: httpx.Response(503))
    known = call(flavour, ledger, "cancel", VTEX, key="order-42", transport=provider)
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.RESPONDED]
    assert provider.cancels == 1
    assert len(list(ledger.unresolved())) == 1
    assert "ledger" in known.message


@both
def test_a_receipt_is_returned_even_if_it_cannot_be_recorded(
    ledger: Ledger, flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged, and the key stays unresolved."""
    break_down(ledger, 3)
    with caplog.at_level(logging.ERROR, logger="countermand"):
        known = call(flavour, ledger, "cancel", CANCEL, key="order-42")
    assert isinstance(known, Receipt)
    (record,) = caplog.records
    assert "order-42" in record.getMessage()
    assert "did not record" in record.getMessage()
    (found,) = ledger.unresolved()
    assert found.attempts == 1


@both
def test_an_attempt_that_was_recorded_long_ago_is_recorded_anew(
    ledger: Ledger, flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetching a token takes time, and the late-arrival window counts from the record."""
    monkeypatch.setattr(request, "MAX_RECORD_AGE", -1.0)
    break_down(ledger, 3)
    provider = Recorder()
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []
    assert list(ledger.unresolved()) == []
    assert isinstance(call(flavour, ledger, "cancel", CANCEL, key="order-43"), Receipt)
    assert ledger.find("order-43").attempts == 1


@both
def test_a_cancel_takes_two_transactions_that_write(ledger: Ledger, flavour: Flavour) -> None:
    """One before the first byte, and one after the answer."""
    seen: list[bool] = []
    before_transactions(ledger, lambda transaction: seen.append(transaction.read_only))
    assert isinstance(call(flavour, ledger, "cancel", CANCEL, key="order-42"), Receipt)
    assert seen == [True, False, False]
    policy = Policy(attempts=1, look_first=True, budget=None)
    del seen[:]
    found = Recorder(nothing_there)
    call(flavour, ledger, "cancel", CANCEL, key="order-43", policy=policy, transport=found)
    assert (seen, found.cancels) == ([True, False, False, False], 1)


@both
def test_a_full_disk_stops_the_cancel(sqlite: str, flavour: Flavour) -> None:
    """Nothing is sent, and nothing is half written."""
    ledger = Ledger(sqlite)
    ledger.claim(claimant("first"))
    ledger.record_outcome(claimant("first"), receipt("first"))
    database: Any = ledger._database
    database._writer.execute("PRAGMA max_page_count = 1")
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
    ledger.close()


@both
def test_a_read_only_database_stops_the_cancel(sqlite: str, flavour: Flavour) -> None:
    """It can be read, but not written."""
    provider = Recorder()
    with Ledger(sqlite) as reader:
        reader.claim(claimant("first"))
        database: Any = reader._database
        database._writer.execute("PRAGMA query_only = ON")
        known = call(flavour, reader, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []


@both
def test_a_damaged_file_stops_the_cancel(sqlite: str, flavour: Flavour) -> None:
    """Of the whole table; nothing is sent, and the driver's own error does not come out."""
    path = Path(sqlite.removeprefix("sqlite:///"))
    provider = Recorder()
    with Ledger(sqlite) as ledger:
        for number in range(300):
            ledger.claim(evolve(claimant(f"first-{number}"), user="u" * 4000))
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
            (page,) = other.execute("PRAGMA page_size").fetchone()
        damage = b"\xa5" * page
        with path.open("r+b") as file:
            file.seek(page)
            file.write(damage * (path.stat().st_size // page - 1))
        for key in ("order-42", "first-7"):
            known = call(flavour, ledger, "cancel", CANCEL, key=key, transport=provider)
            assert isinstance(known, LedgerUnavailable), key
            assert "malformed" in known.message
        with pytest.raises(LedgerUnavailable):
            list(ledger.unresolved())
        with pytest.raises(LedgerUnavailable):
            ledger.show("first-7")
    assert provider.sent == []


@pytest.mark.parametrize("how", ["deleted", "replaced"])
@both
def test_a_file_that_is_gone_is_noticed_before_anything_is_sent(
    sqlite: str, flavour: Flavour, how: str
) -> None:
    """Its open handle would go on; a new file in its place serves the next call."""
    path = Path(sqlite.removeprefix("sqlite:///"))
    provider = Recorder()
    with Ledger(sqlite) as ledger, Ledger(path.with_name("new.db")) as other:
        for each in (ledger, other):
            each.claim(claimant("first"))
        other.close()
        path.unlink()
        if how == "replaced":
            path.with_name("new.db").rename(path)
        known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
        assert isinstance(known, LedgerUnavailable)
        assert "replaced or deleted" in known.message
        again = call(flavour, ledger, "cancel", CANCEL, key="order-43", transport=provider)
        assert isinstance(again, Receipt if how == "replaced" else LedgerUnavailable)
        assert provider.cancels == (how == "replaced")


@pytest.mark.parametrize("message", ["", "first line\nDETAIL: order-42 of ada"])
def test_the_message_of_a_database_error_quotes_no_parameters(message: str) -> None:
    """Only the first line of the driver's message is used."""
    told = describe(sqlite3.OperationalError(message))
    assert told == f"OperationalError: {message and 'first line'}"


@both
def test_a_lease_that_is_lost_before_sending_stops_the_cancel(
    ledgers: Callable[..., Ledger], flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other worker, which has claimed the key, continues."""
    slow = ledgers()
    store: Any = (flavour == "async" and slow.awaitable) or slow
    recorded = store.record_attempt

    def late(who: Any, number: int, **options: Any) -> Any:
        run_sql(slow, "UPDATE countermand_cancellations SET owner = 'other'")
        return recorded(who, number, **options)

    store.record_attempt = late
    monkeypatch.setattr(request, "MAX_RECORD_AGE", -1.0)
    provider = Recorder()
    known = call(flavour, slow, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, CancellationInProgress)
    assert provider.sent == []
    (row,) = [row for row in rows(slow) if "key" in row]
    assert (row["owner"], row["state"]) == ("other", "MAYBE_EXECUTED")
