"""Bento: void an authorised transaction, or refund a captured one.

202 is not completion. There is no idempotency key and no reference, so the transaction is read
before the cancel and compared with itself after a lost answer. A cancel that may have been executed
is not resent. Source: Bento Payment Gateway, "Cancel a Transaction", "Get Transaction",
and its pages on transaction history and error handling; the specification is specs/bento.yaml.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import evolve, field, frozen
from attrs.validators import instance_of
from countermand_clients.bento.api.transactions import cancel_transaction, get_transaction
from countermand_clients.bento.models.cancel_request import CancelRequest
from countermand_clients.bento.models.transaction_state import TransactionState
from countermand_clients.bento.operations import API, CANCEL_TRANSACTION
from countermand_clients.bento.types import UNSET

from countermand import _bento
from countermand.errors import Declined
from countermand.provider import (
    BaseCancellation,
    BearerAccount,
    Comparison,
    Done,
    Full,
    Provider,
    Refused,
    Verdict,
    hide_arguments,
    json_object,
    object_member,
    printable,
    proves_nothing,
    validate_id,
    validate_minor_units,
    verdict_from_reply,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse
    from countermand.provider import ReadBack, Snapshot, SnapshotRead

__all__ = ["Account", "Cancellation"]

VERSION_PATH: Final = "/payments/v1"
MEANINGFUL_MEMBERS: Final = frozenset({"orderId", "transactionId", "state", "status"})
"""A transaction without any of these proves nothing."""


UNREAD_CANCEL: Final = evolve(CANCEL_TRANSACTION, read_back=())


class StateKind(Enum):
    """What the state in a 202 says of the cancel, if anything."""

    OPEN = auto()
    """Nothing: it may be older than the request."""
    VOIDED = auto()
    """The authorization is voided: by this request or before it."""
    REFUNDING = auto()
    """All or a part is on its way back, perhaps by an earlier request."""
    REFUNDED = auto()
    """All or a part is refunded, perhaps by an earlier request."""
    FAILED = auto()
    """A refund failed, perhaps an earlier one."""


STATES: Final[Mapping[TransactionState, StateKind]] = {
    TransactionState.AUTHORIZING: StateKind.OPEN,
    TransactionState.AUTHFAILED: StateKind.OPEN,
    TransactionState.AUTHSUCCEEDED: StateKind.OPEN,
    TransactionState.AUTHEXPIRED: StateKind.OPEN,
    TransactionState.AUTHVOIDED: StateKind.VOIDED,
    TransactionState.CAPTURING: StateKind.OPEN,
    TransactionState.CAPTUREFAILED: StateKind.OPEN,
    TransactionState.CAPTURESUCCEEDED: StateKind.OPEN,
    TransactionState.REFUNDING: StateKind.REFUNDING,
    TransactionState.REFUNDED: StateKind.REFUNDED,
    TransactionState.REFUNDFAILED: StateKind.FAILED,
}

KINDS: Final = {state.value: kind for state, kind in STATES.items()}


@hide_arguments
@frozen
class Account(BearerAccount):
    """A Bento account.

    Args:
        token: A bearer token (a JWT), or a function that fetches one.
        base_url: The gateway's address; `/payments/v1` is added where it is missing.
        read: Whether to read the transaction before each cancel. Then the outcome can be read after
            a lost answer, but nothing is sent if the read fails. Without it a person has to find
            out.
    """

    read: bool = field(default=True, kw_only=True, validator=instance_of(bool))

    @property
    def endpoint(self) -> str:
        """The server URL with its version path.

        Bento's page prints the version path as part of the operation and names no host, so its
        readers may give an address with or without it.
        """
        url = self.base_url.rstrip("/")
        return url if url.endswith(VERSION_PATH) else url + VERSION_PATH

    @property
    def provider(self) -> Provider[Cancellation]:
        """The definition of Bento, with the reads or without them."""
        return PROVIDER if self.read else UNREAD_PROVIDER


def _amount(_instance: object, attribute: Any, value: Any) -> None:
    validate_minor_units(attribute.name, value)


@frozen
class Cancellation(BaseCancellation):
    """Void or refund one transaction.

    Args:
        order_id: The order that the transaction belongs to.
        transaction_id: The transaction.
        refund_amount: The amount to refund, in minor units, or FULL. The provider ignores it before
            the capture, and voids the whole authorization.

    Raises:
        InvalidCancellation: when an id cannot stand in a path, or the amount is neither a positive
            int nor FULL.
    """

    api: ClassVar[str] = API
    order_id: str
    transaction_id: str
    refund_amount: int | Full = field(kw_only=True, validator=_amount)

    def __attrs_post_init__(self) -> None:
        validate_id("order_id", self.order_id)
        validate_id("transaction_id", self.transaction_id)

    @property
    def payment_key(self) -> tuple[str, ...]:
        """The order and the transaction: Bento's path names a transaction by both."""
        return (self.order_id, self.transaction_id)


def build_request(cancellation: Cancellation, _key: str) -> Call[Any]:
    """PUT, with a body only for a partial amount: without an amount, Bento refunds everything."""
    amount = cancellation.refund_amount
    body = UNSET if isinstance(amount, Full) else CancelRequest(refund_amount=amount)
    return cancel_transaction.call(cancellation.order_id, cancellation.transaction_id, body=body)


def _build_unread(cancellation: Cancellation, key: str) -> Call[Any]:
    return evolve(build_request(cancellation, key), operation=UNREAD_CANCEL)


def interpret(reply: RawResponse, call: Call[Any], cancellation: Cancellation) -> Verdict:
    """202 with a transaction means accepted, or cancelled where the state says voided."""
    verdict = interpret_reply(reply, call)
    if isinstance(verdict, Done):
        amount = cancellation.refund_amount
        return Done(outcome=verdict.outcome, amount=amount, response=verdict.body)
    return verdict


def interpret_reply(reply: RawResponse, call: Call[Any]) -> Verdict:
    """The verdict on a reply of Bento.

    Beside the table: the state in a 202 may be older than this request, and only the status
    describes the request. So a voided authorization is cancelled, since nothing else voids it;
    `Refunded` may be an earlier refund, of all or of a part, so it is accepted. A failed status in
    a state of money that moves or has moved, a failed state without a status, and a transaction
    that says nothing prove nothing.
    """
    document = json_object(reply) or {}
    transaction = object_member(document, "data") or {}
    message = printable(document.get("message"))
    verdict = verdict_from_reply(reply, call, message, reason=message)
    if call.operation.effect == "read":
        return verdict
    declined = _declined(transaction) or _declined(document)
    match verdict:
        case Refused() if declined and reply.is_client_error:
            return evolve(declined, about_payment=verdict.about_payment)
        case Refused() | Done() if reply.is_success:
            return _interpret_transaction(reply, verdict, transaction, declined)
        case _:
            return verdict


def _interpret_transaction(
    reply: RawResponse,
    verdict: Done | Refused,
    transaction: Mapping[str, Any],
    declined: Refused | None,
) -> Verdict:
    state = transaction.get("state")
    kind = KINDS.get(state) if isinstance(state, str) else None
    moved = kind in {StateKind.VOIDED, StateKind.REFUNDING, StateKind.REFUNDED}
    doubtful = moved if declined else kind is StateKind.FAILED
    if declined and not doubtful:
        return declined
    if doubtful or isinstance(verdict, Refused) or not transaction.keys() & MEANINGFUL_MEMBERS:
        return proves_nothing(reply)
    outcome = Outcome.CANCELLED if kind is StateKind.VOIDED else Outcome.ACCEPTED
    return Done(outcome=outcome, response=verdict.body)


def _declined(holder: Mapping[str, Any]) -> Refused | None:
    """The refusal in a `status` object, of a 2xx (older pages) or a 4xx (newer pages)."""
    status = object_member(holder, "status") or {}
    outcome = status.get("outcome")
    failed = isinstance(outcome, str) and outcome.lower().startswith("failed")
    if not failed:
        return None
    code, message = printable(status.get("code")), printable(status.get("description"))
    return Refused(
        error=Declined,
        message=f"declined: {message or code or 'no reason given'}",
        error_fields={"code": code, "reason": message},
    )


def _before(cancellation: Cancellation) -> SnapshotRead:
    return _bento.before(_read(cancellation), cancellation.refund_amount)


def _after(cancellation: Cancellation, snapshot: Snapshot | None) -> ReadBack:
    return _bento.after(_read(cancellation), cancellation.refund_amount, snapshot)


def _read(cancellation: Cancellation) -> Call[Any]:
    return get_transaction.call(cancellation.order_id, cancellation.transaction_id)


PROVIDER: Final = Provider(
    api=API,
    name="Bento",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_reply=interpret_reply,
    comparison=Comparison(
        before=_before, after=_after, instead="bento.Account(read=False) cancels without this read"
    ),
)

UNREAD_PROVIDER: Final = evolve(PROVIDER, build_request=_build_unread, comparison=None)
"""Bento without the reads, so that nothing advises them either."""
