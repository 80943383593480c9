"""Unexpected rows and texts, and transactions of other processes in between."""

from __future__ import annotations

import json
import sqlite3
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

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
from tests.support.claims import (
    age,
    another,
    before_transactions,
    claimant,
    receipt,
    rows,
    run_sql,
)
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger._tasks import Transaction
    from tests.support.flavours import Flavour

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))


def test_a_busy_file_keeps_a_new_process_no_longer_than_its_deadline(sqlite: str) -> None:
    """The migration at first use is bounded as every other transaction is."""
    list(Ledger(sqlite).unresolved())
    writer = sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    known = call("sync", Ledger(sqlite), "cancel", CANCEL, deadline=1.0)
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


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("amount", "12x"),
        ("amount", "sNaN"),
        ("error", "ErrorOfALaterVersion"),
        ("error", "annotations"),
        ("earlier_references", "[" * 3000),
    ],
)
def test_a_result_that_cannot_be_decoded_is_a_typed_error(
    ledger: Ledger, member: str, value: str
) -> None:
    """Another version or program has written it."""
    assert isinstance(call("sync", ledger, "cancel", CANCEL, key="order-42"), Receipt)
    (row,) = [row for row in rows(ledger) if row.get("key") == "order-42"]
    stored = json.dumps({**json.loads(row["result"]), member: value})
    # Not by json: this text is nested too deeply for it.
    text = stored.replace(f'"{value}"', value) if value.startswith("[") else stored
    run_sql(ledger, f"UPDATE countermand_cancellations SET result = '{text}'")
    known = call("sync", ledger, "cancel", CANCEL, key="order-42")
    assert isinstance(known, LedgerUnavailable)
    assert "cannot be decoded" in known.message


@pytest.mark.parametrize("character", ["\\ud800", "\\u0000"])
def test_an_id_that_no_database_stores_is_stored_all_the_same(
    ledger: Ledger, flavour: Flavour, character: str
) -> None:
    """The cancel is executed, so the key has to end."""
    body = f'{{"id": "s-cnl-{character}", "isSuccess": true, "amount": "10.00"}}'
    answer = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    transport = Recorder(lambda _: answer)
    for _ in range(2):
        known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=transport)
        assert isinstance(known, Receipt)
        assert known.reference == "s-cnl-\ufffd"
    assert transport.cancels == 1


def test_a_key_that_is_purged_during_a_claim_is_inserted_again(
    ledgers: Callable[..., Ledger],
) -> None:
    """Between the read that found it and the transaction that locks it."""
    ledger, other = ledgers(), ledgers()
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), Unreachable("gone", key="order-42"))
    age(ledger, 300_000)
    count: list[int] = []

    def purge(transaction: Transaction[Any]) -> None:
        if not transaction.read_only:
            count.append(other.purge(older_than=200_000))

    before_transactions(ledger, purge)
    assert isinstance(ledger.claim(another()), KeyHistory)
    assert count == [1, 0]


def test_a_key_that_is_made_during_a_claim_is_seen(ledgers: Callable[..., Ledger]) -> None:
    """Between the read that did not find it and the insert."""
    ledger, other = ledgers(), ledgers()
    claims: list[object] = []

    def claim_first(transaction: Transaction[Any]) -> None:
        if not transaction.read_only and not claims:
            claims.append(other.claim(claimant()))

    before_transactions(ledger, claim_first)
    assert isinstance(ledger.claim(another()), Rejected)
    assert claims == [KeyHistory()]


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
    assert len(list(ledger.unresolved())) == 1
