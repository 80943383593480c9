"""Bento: the transaction before the cancel and after it, read and compared.

Source: Bento Payment Gateway, "Get Transaction" and its page on transaction history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand_clients.bento.models.transaction_state import TransactionState

from countermand.errors import Declined
from countermand.provider import (
    Absent,
    Changed,
    Changing,
    Done,
    Finding,
    Found,
    Full,
    NotKnown,
    Proof,
    ReadBack,
    Refused,
    Refuted,
    Snapshot,
    SnapshotRead,
    Taken,
    json_object,
    object_list,
    object_member,
    printable,
    prove,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

COMPARED: Final = ("state", "refundedAmount", "capturedAmount", "history", "updated")
"""The members of a transaction that a snapshot keeps."""
SETTLED: Final = frozenset(state.value for state in TransactionState) - {
    TransactionState.REFUNDING.value,
    TransactionState.CAPTURING.value,
    TransactionState.AUTHORIZING.value,
}
"""The states in which nothing is under way."""
REFUND: Final = "Refund"
SUCCESS: Final = "Success"
FAILURE: Final = "Failure"


def before(call: Call[Any], amount: int | Full) -> SnapshotRead:
    """Read the transaction before a cancel of this amount."""
    snapshot = _snapshot((yield call), call)
    if snapshot is None:
        return NotKnown("the transaction could not be read")
    state, refunded = snapshot["state"], snapshot["refundedAmount"]
    everything = isinstance(amount, Full)
    whole = everything and refunded > 0 and refunded == snapshot["capturedAmount"]
    if state == TransactionState.REFUNDING.value:
        return Changing("a refund of the transaction is under way")
    if state == TransactionState.AUTHVOIDED.value or whole:
        return Found(Done(outcome=Outcome.ALREADY_CANCELLED, amount=amount))
    return Taken(snapshot)


def after(call: Call[Any], amount: int | Full, snapshot: Snapshot | None) -> ReadBack:
    """Read the transaction and compare it with the snapshot from before the cancel.

    Only a comparison can tell: no entry of the history names its request. So a refund of the same
    amount by somebody else at the same moment is taken for this one.
    """
    shown = _snapshot((yield call), call)
    if shown is None:
        return NotKnown("the transaction could not be read")
    if shown["state"] == TransactionState.AUTHVOIDED.value:
        return Found(Done(outcome=Outcome.CANCELLED, amount=amount))
    if snapshot is None:
        return NotKnown(
            "the transaction was not read before the cancel, so nothing can be compared"
        )
    return _compare(snapshot, shown, amount)


def _compare(before: Snapshot, after: Snapshot, amount: int | Full) -> Finding:
    state = after["state"]
    if before == after:
        if state in SETTLED:
            return Absent("the transaction is as it was before the cancel")
        return NotKnown(f"the transaction is as it was before the cancel, in the state {state}")
    known = len(before["history"])
    new = after["history"][known:]
    refunds = [entry for entry in new if entry.get("action") == REFUND]
    results = [refund.get("result") for refund in refunds]
    expected = after["capturedAmount"] if isinstance(amount, Full) else _sum(before, amount)
    if before["history"] != after["history"][:known]:
        return Changed("the transaction's history is another one than before the cancel")
    same_money = before["refundedAmount"] == after["refundedAmount"]
    grown = not same_money and after["refundedAmount"] == expected
    if grown and results == [SUCCESS] and state == TransactionState.REFUNDED.value:
        return Found(Done(outcome=Outcome.CANCELLED, amount=amount))
    if same_money and results == [FAILURE] and state == TransactionState.REFUNDFAILED.value:
        return Refuted(_failed(refunds[0]))
    if same_money and SUCCESS not in results and state != TransactionState.REFUNDING.value:
        return NotKnown("the transaction has changed since the cancel, but no refund is seen")
    return Changed("the transaction has changed since the cancel, by it or by another request")


def _failed(refund: Mapping[str, Any]) -> Refused:
    status = object_member(refund, "status") or {}
    code, reason = printable(status.get("code")), printable(status.get("description"))
    return Refused(
        error=Declined,
        message=f"the refund failed: {reason or code or 'no reason given'}",
        error_fields={"code": code, "reason": reason},
        about_payment=True,
    )


def _sum(before: Snapshot, amount: int) -> int:
    refunded: int = before["refundedAmount"]
    return refunded + amount


def _snapshot(reply: RawResponse | None, call: Call[Any]) -> Snapshot | None:
    """What is compared of the transaction in a reply; None if a part of that is missing."""
    if reply is None or prove(reply, call) is not Proof.EXECUTED:
        return None
    transaction = object_member(json_object(reply) or {}, "data") or {}
    snapshot = {name: transaction.get(name) for name in COMPARED}
    history = object_list(transaction, "history")
    texts = isinstance(snapshot["state"], str) and isinstance(snapshot["updated"], str)
    amounts = _is_amount(snapshot["refundedAmount"])
    whole = snapshot["history"] == history
    return snapshot if texts and amounts and whole else None


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
