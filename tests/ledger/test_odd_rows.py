"""Unexpected rows and texts, and transactions of other processes in between."""

from __future__ import annotations

import sqlite3
import time
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand import (
    InvalidCancellation,
    LedgerUnavailable,
    NotFound,
    Receipt,
    Unreachable,
    unzer,
)
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.ledger import Ledger
from tests.support.claims import age, another, claimant, receipt, run_sql
from tests.support.transports import Recorder, call

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
NO_PAYMENT = {"errors": [{"code": "API.310.100.003", "merchantMessage": "no such payment"}]}


def test_a_refusal_whose_commit_was_not_confirmed_is_raised(postgresql: sa.URL) -> None:
    """The second try finds its own release of the key, not that of another worker."""
    engine = sa.create_engine(postgresql)
    ledger, armed = Ledger(engine), []

    def commit(connection: sa.Connection) -> None:
        for _ in range(len(armed)):
            armed.clear()
            raw: Any = connection.connection.dbapi_connection
            raw.commit()
            gone = psycopg.OperationalError("server closed the connection unexpectedly")
            raise exc.OperationalError("COMMIT", {}, gone, connection_invalidated=True)

    def answer(_request: httpx.Request) -> httpx.Response:
        armed.append(1)
        return httpx.Response(404, json=NO_PAYMENT)

    event.listen(engine, "commit", commit)
    known = call("sync", ledger, "cancel", CANCEL, key="order-42", transport=Recorder(answer))
    assert isinstance(known, NotFound)
    engine.dispose()


def test_a_busy_file_keeps_a_new_process_no_longer_than_its_deadline(sqlite: sa.URL) -> None:
    """The migration at first use is bounded as every other transaction is."""
    Ledger(sqlite.render_as_string()).unresolved()
    writer = sqlite3.connect(str(sqlite.database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    known = call("sync", Ledger(sqlite.render_as_string()), "cancel", CANCEL, deadline=1.0)
    assert isinstance(known, LedgerUnavailable)
    assert time.monotonic() - began < 8
    writer.close()


def test_a_name_that_no_database_stores_is_refused_as_input(ledger: Ledger) -> None:
    """Not by an exception of the codec, of the driver or of the ledger."""
    for user in ("\ud800", "a\x00b"):
        known = call("sync", ledger, "cancel", CANCEL, key="order-42", user=user)
        assert isinstance(known, InvalidCancellation)


def test_a_row_that_cannot_be_decoded_does_not_hide_the_others(ledger: Ledger) -> None:
    """For example of a provider that only a newer version knows."""
    for key in ("a", "b"):
        ledger.claim(claimant(key))
    run_sql(ledger, "UPDATE countermand_cancellations SET api = 'sixth' WHERE key = 'a'")
    assert "b" in [found.key for found in ledger.unresolved()]


def test_a_key_that_is_purged_during_a_claim_is_inserted_again(postgresql: sa.URL) -> None:
    """Between the insert that found it and the read that locks it."""
    ledger, other = (Ledger(postgresql.render_as_string(hide_password=False)) for _ in "ab")
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), Unreachable("gone", key="order-42"))
    age(ledger, 300_000)

    def purge(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        if "FOR UPDATE" in sql:
            other.purge(older_than=200_000)

    event.listen(ledger._database.engine, "before_cursor_execute", purge)
    assert isinstance(ledger.claim(another()), KeyHistory)
    ledger.close()
    other.close()


def test_a_receipt_replaces_a_refusal_of_the_next_owner(ledger: Ledger) -> None:
    """Late proof is kept."""
    slow, next_one = claimant(), another()
    ledger.claim(slow)
    ledger.record_attempt(slow, 1)
    age(ledger, 100)
    ledger.claim(next_one)
    ledger.record_outcome(next_one, NotFound("no", key="order-42"))
    ledger.record_outcome(slow, receipt())
    claimed = ledger.claim(another())
    assert isinstance(claimed, AlreadyFinished)
    assert isinstance(claimed.result, Receipt)


@pytest.mark.parametrize("name", ["by", "reason", "reference"])
def test_a_text_that_no_database_stores_resolves_nothing(ledger: Ledger, name: str) -> None:
    """It is rejected as input, and the key stays unresolved."""
    ledger.claim(claimant())
    ledger.release(claimant())
    texts = {"by": "ada", "reason": "by telephone", name: "a\x00b"}
    with pytest.raises(InvalidCancellation, match="NUL"):
        ledger.resolve("order-42", cancelled=True, **texts)
    assert len(ledger.unresolved()) == 1


def test_a_migration_of_another_thread_is_waited_for_until_the_timeout(ledger: Ledger) -> None:
    """Then the ledger counts as unavailable, and nothing is sent."""
    with ledger._database._lock:
        rejected = ledger.claim(claimant(), timeout=0.05)
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)
    assert isinstance(ledger.claim(claimant()), KeyHistory)
