"""Bento: 202 is not completion, and a decline may come inside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from countermand_clients.bento.models.transaction_state import TransactionState

from countermand import FULL, bento
from countermand.provider._verdicts import Done, Refused
from tests.support.samples import BENTO_IDS, example, interpreted, reply, short

FAILED: Final = {"code": "PG0051", "description": "Insufficient", "outcome": "failedRetryable"}
GONE: Final = {"code": "PG2013", "outcome": "failedNonRetryable"}
OK: Final = {"code": "PG0000", "description": "Approved", "outcome": "succeeded"}


def transaction(**fields: Any) -> dict[str, Any]:
    """The answer's envelope around a transaction."""
    return {"data": {"orderId": BENTO_IDS[0], "transactionId": BENTO_IDS[1], **fields}}


def test_the_printed_answer_is_an_acceptance_and_not_a_completion() -> None:
    """The source's own example shows a state from before the refund."""
    printed = example("bento.cancelTransaction.202.captured.json")
    verdict = interpreted("bento", reply(202, printed))
    assert isinstance(verdict, Done)
    assert short(verdict) == "done: accepted"
    assert verdict.response.data.state == "CaptureSucceeded"
    assert verdict.amount == 500


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"state": "AuthVoided"}, "done: cancelled"),
        ({"state": "Refunded", "status": OK}, "done: accepted"),
        ({"state": "Refunding"}, "done: accepted"),
        ({"state": "AuthSucceeded"}, "done: accepted"),
        ({"state": "BrandNew", "status": {"outcome": "brandNew"}}, "done: accepted"),
        ({}, "done: accepted"),
        ({"state": None, "status": None}, "done: accepted"),
        ({"state": []}, "done: accepted"),
        ({"state": {"a": 1}}, "done: accepted"),
        ({"state": 7, "status": 7}, "done: accepted"),
        ({"status": {"outcome": ["failedRetryable"]}}, "done: accepted"),
        ({"status": FAILED}, "refused: Declined"),
        ({"status": GONE}, "refused: Declined"),
        ({"status": {"outcome": "failed"}}, "refused: Declined"),
        ({"state": "RefundFailed"}, "maybe executed"),
        ({"state": "RefundFailed", "status": OK}, "maybe executed"),
        ({"state": "AuthVoided", "status": FAILED}, "maybe executed"),
        ({"orderId": "or_other"}, "maybe executed"),
        ({"transactionId": "tx_other"}, "maybe executed"),
        ({"transactionId": None}, "done: accepted"),
        ({"transactionId": ""}, "done: accepted"),
        ({"state": "Refunded", "status": FAILED}, "maybe executed"),
        ({"state": "Refunding", "status": FAILED}, "maybe executed"),
        ({"state": "RefundFailed", "status": FAILED}, "refused: Declined"),
        ({"state": "CaptureSucceeded", "status": {"outcome": "FAILED"}}, "refused: Declined"),
        ({"orderId": [BENTO_IDS[0]]}, "maybe executed"),
    ],
    ids=str,
)
def test_a_202_is_interpreted_by_state_status_and_ids(fields: dict[str, Any], verdict: str) -> None:
    """States of any type are tolerated; another transaction's answer is not accepted."""
    assert short(interpreted("bento", reply(202, transaction(**fields)))) == verdict


@pytest.mark.parametrize(
    "document",
    [
        {"data": None},
        {"data": []},
        {"data": "x"},
        {"data": {}},
        {"data": {"brandNew": 1}},
        {"state": "AuthVoided"},
        {"errors": []},
    ],
    ids=str,
)
def test_a_202_without_a_transaction_is_maybe_executed(document: object) -> None:
    """The transaction is the answer; without it there is none."""
    assert short(interpreted("bento", reply(202, document))) == "maybe executed"


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": {}}, {"data": []}], ids=str)
def test_a_failed_status_needs_no_transaction(status: int, data: dict[str, Any]) -> None:
    """An older text has refusals come in a 2xx, to be read from the top-level status."""
    verdict = interpreted("bento", reply(status, {**data, "status": FAILED}))
    assert isinstance(verdict, Refused)
    assert short(verdict) == "refused: Declined"
    assert verdict.error_fields == {"code": "PG0051", "reason": "Insufficient"}
    assert short(interpreted("bento", reply(status, {**data, "status": OK}))) == "maybe executed"


@pytest.mark.parametrize(
    "data",
    [
        {"orderId": BENTO_IDS[0]},
        {"transactionId": BENTO_IDS[1]},
        {"state": "Refunding"},
        {"status": OK},
    ],
    ids=str,
)
def test_a_202_with_any_part_of_a_transaction_is_an_acceptance(data: object) -> None:
    """The page marks none of them as required."""
    assert short(interpreted("bento", reply(202, {"data": data}))) == "done: accepted"


@pytest.mark.parametrize("state", ["AuthVoided", "Refunded", "Refunding"])
@pytest.mark.parametrize("status", [200, 202, 402, 422])
def test_a_failed_status_beside_money_that_moves_proves_nothing(state: str, status: int) -> None:
    """Wherever the status stands; a look tells more."""
    for document in (
        {"data": {"state": state, "status": FAILED}},
        {"data": {"state": state}, "status": FAILED},
        {"data": {"state": state}, "status": FAILED, "causes": []},
    ):
        assert short(interpreted("bento", reply(status, document))) == "maybe executed", document


@pytest.mark.parametrize("status", [402, 403, 404, 422])
def test_a_newer_decline_is_a_4xx_with_a_status(status: int) -> None:
    """Two pages disagree on where declines stand; both are read."""
    verdict = interpreted("bento", reply(status, {"message": "declined", "status": FAILED}))
    assert isinstance(verdict, Refused)
    assert short(verdict) == "refused: Declined"
    assert verdict.error_fields == {"code": "PG0051", "reason": "Insufficient"}


@pytest.mark.parametrize("state", [[], {}, ["RefundFailed"]], ids=str)
def test_a_4xx_with_a_state_of_another_type_is_interpreted_by_its_status(state: object) -> None:
    """What cannot be a state is none."""
    verdict = interpreted("bento", reply(404, {"message": "no", "state": state, "causes": []}))
    assert short(verdict) == "refused: NotFound"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (401, "token rejected"),
        (403, "refused: Forbidden"),
        (404, "refused: NotFound"),
        (422, "refused: Declined"),
        (429, "throttled"),
        (500, "maybe executed: transient"),
        (502, "maybe executed: transient"),
        (503, "maybe executed: transient"),
        (504, "maybe executed: transient"),
    ],
)
def test_each_documented_error_has_its_meaning(status: int, verdict: str) -> None:
    """The error body is the same for all, its message is passed on."""
    body = {"message": "Action cannot be performed", "causes": [{"message": "x", "metadata": 1}]}
    found = interpreted("bento", reply(status, body))
    assert short(found) == verdict
    assert "Action cannot be performed" in getattr(found, "message", "")


@pytest.mark.parametrize("amount", [1, 10**15 - 1, FULL], ids=str)
def test_the_receipt_s_amount_is_what_was_asked(amount: Any) -> None:
    """The answer shows totals, never the amount of this one request."""
    asked = bento.Cancellation(*BENTO_IDS, refund_amount=amount)
    verdict = interpreted("bento", reply(202, transaction(refundedAmount=7)), asked)
    assert isinstance(verdict, Done)
    assert verdict.amount is amount or verdict.amount == amount
    assert not isinstance(verdict.amount, Decimal)


@pytest.mark.parametrize(
    ("status", "about"), [(404, True), (422, True), (403, False), (400, False), (409, False)]
)
def test_a_refusal_speaks_of_the_payment_by_its_status(status: int, *, about: bool) -> None:
    """404 and 422 are about the transaction; a wrong token is not."""
    verdict = interpreted("bento", reply(status, {"message": "no", "causes": []}))
    assert isinstance(verdict, Refused)
    assert verdict.about_payment is about


@pytest.mark.parametrize(
    "document",
    [
        {"message": "Forbidden"},
        {"message": "no", "causes": None},
        {"message": "no", "causes": ""},
        {"message": "no", "status": {"outcome": "succeeded"}},
        {"message": "no", "status": "failed"},
    ],
    ids=str,
)
def test_what_lacks_causes_and_a_failed_outcome_is_nobody_s(document: object) -> None:
    """A message alone is any gateway's."""
    assert short(interpreted("bento", reply(403, document))) == "maybe executed"


def test_every_documented_state_is_classified() -> None:
    """A state that the specification adds fails here until it is."""
    assert set(bento.STATES) == set(TransactionState)
