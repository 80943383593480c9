"""Bento's transaction before a cancel and after it: what is sent, and what a comparison proves."""

from __future__ import annotations

from typing import Any

import pytest
from countermand_clients.bento.api.transactions import get_transaction
from countermand_clients.bento.models.transaction_state import TransactionState

from countermand import FULL, Outcome, RawResponse, bento
from countermand.errors import Declined
from countermand.provider import (
    Absent,
    Changed,
    Changing,
    Done,
    Finding,
    Found,
    NotKnown,
    Refuted,
    Taken,
)
from tests.support.read_backs import run_read_back
from tests.support.samples import BENTO_IDS, reply

PATH = f"/orders/{BENTO_IDS[0]}/transactions/{BENTO_IDS[1]}"
PART = bento.Cancellation(*BENTO_IDS, refund_amount=500)
WHOLE = bento.Cancellation(*BENTO_IDS, refund_amount=FULL)
CAPTURE = {"amount": 2000, "result": "Success", "action": "Capture"}
REFUND = {"amount": 1500, "result": "Success", "action": "Refund"}
FAILED = {
    "result": "Failure",
    "action": "Refund",
    "status": {"code": "PG2003", "description": "Refused", "outcome": "failedNonRetryable"},
}
POLL = {"result": "Success", "action": "Poll"}


def shown(state: str, refunded: int = 0, *entries: object, **facts: object) -> dict[str, Any]:
    """What is compared of a captured transaction."""
    return {
        "state": state,
        "refundedAmount": refunded,
        "capturedAmount": 2000,
        "history": [CAPTURE, *entries],
        "updated": "2026-11-29T08:00:00.000Z" if not entries else "2026-11-29T08:01:00.000Z",
        **facts,
    }


def answer(transaction: object, status: int = 200) -> RawResponse:
    """A reply with a transaction."""
    return reply(status, {"data": transaction})


BEFORE = shown("CaptureSucceeded")


def take(cancellation: bento.Cancellation, read: RawResponse | None) -> object:
    """What the read before the cancel says."""
    comparison = bento.PROVIDER.comparison
    assert comparison is not None
    found, asked = run_read_back(comparison.before(cancellation), {PATH: read})
    assert asked == [PATH]
    return found


def compare(cancellation: bento.Cancellation, before: Any, read: RawResponse | None) -> Finding:
    """What the read after the cancel says beside the snapshot."""
    comparison = bento.PROVIDER.comparison
    assert comparison is not None
    found, asked = run_read_back(comparison.after(cancellation, before), {PATH: read})
    assert asked == [PATH]
    return found


@pytest.mark.parametrize("state", sorted({*TransactionState} - {"Refunding", "AuthVoided"}))
def test_a_snapshot_keeps_what_is_compared(state: str) -> None:
    """And nothing else, such as the customer's data."""
    read = answer({**shown(state), "description": "a gift", "orderId": BENTO_IDS[0]})
    assert take(PART, read) == Taken(shown(state))


@pytest.mark.parametrize(
    ("cancellation", "transaction"),
    [
        (PART, shown("AuthVoided", capturedAmount=0)),
        (WHOLE, shown("AuthVoided", capturedAmount=None)),
        (WHOLE, shown("Refunded", 2000)),
        (WHOLE, shown("Refunded", 1, capturedAmount=1)),
    ],
)
def test_what_is_voided_or_refunded_whole_is_already_cancelled(
    cancellation: bento.Cancellation, transaction: dict[str, Any]
) -> None:
    """Nothing is left to cancel."""
    found = take(cancellation, answer(transaction))
    assert isinstance(found, Found)
    assert found.done.outcome is Outcome.ALREADY_CANCELLED
    assert found.done.amount == cancellation.refund_amount


@pytest.mark.parametrize(
    ("cancellation", "transaction"),
    [
        (PART, shown("Refunded", 2000)),
        (WHOLE, shown("Refunded", 1999)),
        (WHOLE, shown("AuthSucceeded", 0, capturedAmount=0)),
        (WHOLE, shown("a new state", 0, capturedAmount=None)),
    ],
)
def test_anything_else_is_for_the_provider_to_judge(
    cancellation: bento.Cancellation, transaction: dict[str, Any]
) -> None:
    """A part of a transaction without a rest is refused there."""
    assert take(cancellation, answer(transaction)) == Taken(transaction)


@pytest.mark.parametrize("cancellation", [PART, WHOLE])
def test_a_refund_under_way_forbids_another(cancellation: bento.Cancellation) -> None:
    """How it ends is not known."""
    under_way = Changing("a refund of the transaction is under way")
    assert take(cancellation, answer(shown("Refunding"))) == under_way


@pytest.mark.parametrize(
    "read",
    [
        None,
        reply(404, {"message": "unknown", "causes": []}),
        reply(200, b"<html>", "text/html"),
        answer([]),
        answer(BEFORE, 201),
        answer({**BEFORE, "orderId": "another"}),
        answer({**BEFORE, "state": 1}),
        answer({**BEFORE, "updated": None}),
        answer({**BEFORE, "refundedAmount": "0"}),
        answer({**BEFORE, "refundedAmount": True}),
        answer({**BEFORE, "refundedAmount": -1}),
        answer({**BEFORE, "history": None}),
        answer({**BEFORE, "history": ["Capture"]}),
    ],
)
def test_a_reply_that_lacks_a_part_is_no_snapshot(read: RawResponse | None) -> None:
    """Neither before nor after; no member is promised."""
    unread = NotKnown("the transaction could not be read")
    assert take(PART, read) == unread
    assert compare(PART, BEFORE, read) == unread


@pytest.mark.parametrize("before", [None, shown("AuthSucceeded")])
def test_a_void_is_found_even_without_a_snapshot(before: dict[str, Any] | None) -> None:
    """Nothing but a void ends so."""
    found = compare(WHOLE, before, answer(shown("AuthVoided", 0, {"action": "Void"})))
    assert isinstance(found, Found)
    assert (found.done.outcome, found.done.amount) == (Outcome.CANCELLED, FULL)


def test_without_a_snapshot_nothing_else_is_known() -> None:
    """The refund may be an earlier one."""
    assert compare(PART, None, answer(shown("Refunded", 500, REFUND))) == NotKnown(
        "the transaction was not read before the cancel, so nothing can be compared"
    )


@pytest.mark.parametrize(
    ("cancellation", "before", "after"),
    [
        (PART, BEFORE, shown("Refunded", 500, REFUND)),
        (PART, BEFORE, shown("Refunded", 500, REFUND, POLL)),
        (PART, shown("Refunded", 100, REFUND), shown("Refunded", 600, REFUND, REFUND)),
        (WHOLE, BEFORE, shown("Refunded", 2000, REFUND)),
        (WHOLE, shown("Refunded", 100, REFUND), shown("Refunded", 2000, REFUND, REFUND)),
    ],
)
def test_one_new_refund_of_our_amount_is_ours(
    cancellation: bento.Cancellation, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """With FULL it is the rest of what was captured."""
    found = compare(cancellation, before, answer(after))
    assert isinstance(found, Found)
    expected = (Outcome.CANCELLED, cancellation.refund_amount)
    assert (found.done.outcome, found.done.amount) == expected


def test_one_new_refund_that_failed_is_a_refusal() -> None:
    """With the reason in the history's entry."""
    found = compare(PART, BEFORE, answer(shown("RefundFailed", 0, FAILED)))
    assert isinstance(found, Refuted)
    assert found.refused.error is Declined
    assert found.refused.error_fields == {"code": "PG2003", "reason": "Refused"}
    assert found.refused.about_payment


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (None, "no reason given"),
        ({"code": "PG2003"}, "PG2003"),
        ({"description": "Refused"}, "Refused"),
        ({"code": "PG2003", "description": "Refused"}, "Refused"),
    ],
)
def test_the_message_gives_the_reason_of_a_failed_refund(status: object, told: str) -> None:
    """Its description, else its code."""
    bare = compare(PART, BEFORE, answer(shown("RefundFailed", 0, {**FAILED, "status": status})))
    assert isinstance(bare, Refuted)
    assert bare.refused.message == f"the refund failed: {told}"


@pytest.mark.parametrize(
    ("cancellation", "after"),
    [
        (PART, shown("Refunding")),
        (PART, shown("Refunding", 500, REFUND)),
        (PART, shown("Refunded", 1000, REFUND, REFUND)),
        (PART, shown("Refunded", 501, REFUND)),
        (PART, shown("Refunded", 500)),
        (PART, shown("Refunded", 0, REFUND)),
        (PART, shown("Refunded", 500, REFUND, FAILED)),
        (PART, shown("RefundFailed", 500, FAILED)),
        (PART, shown("Refunded", 500, history=[])),
        (PART, shown("CaptureSucceeded", history=[])),
        (PART, shown("CaptureSucceeded", history=[POLL, CAPTURE])),
        (WHOLE, shown("Refunded", 1999, REFUND)),
        (WHOLE, shown("Refunded", 2000, REFUND, REFUND)),
    ],
)
def test_another_change_of_the_money_may_be_ours_or_another_s(
    cancellation: bento.Cancellation, after: dict[str, Any]
) -> None:
    """Two refunds, another amount, a shorter history, a refund that is under way."""
    history = after["history"]
    rewritten = history[:1] != [CAPTURE]
    assert compare(cancellation, BEFORE, answer(after)) == Changed(
        "the transaction's history is another one than before the cancel"
        if rewritten
        else "the transaction has changed since the cancel, by it or by another request"
    )


@pytest.mark.parametrize(
    "after",
    [
        shown("CaptureSucceeded", 0, FAILED),
        shown("RefundFailed", 0, FAILED, FAILED),
        shown("CaptureSucceeded", 0, POLL),
        shown("CaptureSucceeded", updated="2026-11-29T08:02:00.000Z"),
        shown("Capturing"),
    ],
)
def test_a_change_that_moves_no_money_proves_nothing(after: dict[str, Any]) -> None:
    """Neither that the cancel was executed nor that it was not."""
    assert compare(PART, BEFORE, answer(after)) == NotKnown(
        "the transaction has changed since the cancel, but no refund is seen"
    )


@pytest.mark.parametrize("state", sorted(TransactionState))
def test_only_a_settled_transaction_is_unchanged(state: str) -> None:
    """What is under way may end either way, and an unknown state says nothing."""
    before = shown(state)
    finding = compare(PART, before, answer(before))
    if state == "AuthVoided":
        assert isinstance(finding, Found)
    else:
        busy = state in {"Refunding", "Capturing", "Authorizing"}
        same = "the transaction is as it was before the cancel"
        assert finding == (NotKnown(f"{same}, in the state {state}") if busy else Absent(same))
    unheard = shown("a new state")
    assert isinstance(compare(PART, unheard, answer(unheard)), NotKnown)


def test_an_account_says_whether_the_transaction_is_read() -> None:
    """Without the reads nothing advises them."""
    account = bento.Account("token", "https://gateway.example")
    assert account.provider is bento.PROVIDER
    unread = bento.Account("token", "https://gateway.example", read=False).provider
    assert unread.comparison is None
    assert unread.build_request(PART, "key").operation.read_back == ()
    assert account.provider.build_request(PART, "key").operation.read_back == ("getTransaction",)
    wrong: Any = "no"
    with pytest.raises(TypeError, match="read"):
        bento.Account("token", "https://gateway.example", read=wrong)


def test_a_read_by_itself_shows_a_failed_transaction() -> None:
    """It is no refusal of the read."""
    call = get_transaction.call(*BENTO_IDS)
    verdict = bento.interpret_reply(answer({**BEFORE, "status": FAILED["status"]}), call)
    assert isinstance(verdict, Done)
