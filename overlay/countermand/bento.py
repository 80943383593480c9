"""Bento: void an authorised transaction, or refund a captured one.

202 is not completion. There is no idempotency key, no reference and no documented read, so a
request that may have been executed is not resent. Source: Bento Payment Gateway, "Cancel a
Transaction", and its pages on transaction history and error handling; the specification is
specs/bento.yaml.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import field, frozen
from countermand_clients.bento.api.transactions import cancel_transaction
from countermand_clients.bento.models.cancel_request import CancelRequest
from countermand_clients.bento.operations import API
from countermand_clients.bento.types import UNSET

from countermand.errors import Declined
from countermand.provider import (
    BaseCancellation,
    BearerAccount,
    Done,
    Full,
    Provider,
    Refused,
    Verdict,
    json_object,
    object_member,
    parse_typed,
    printable,
    unexpected_success,
    validate_id,
    validate_minor_units,
    verdict_from_status,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

__all__ = ["Account", "Cancellation"]

VERSION_PATH: Final = "/payments/v1"
MEANINGFUL_MEMBERS: Final = frozenset({"orderId", "transactionId", "state", "status"})
"""A transaction without any of these proves nothing."""
FINAL_STATES: Final = ("AuthVoided", "Refunded")
FAILED_STATES: Final = ("RefundFailed",)


@frozen
class Account(BearerAccount):
    """A Bento account.

    Args:
        token: A bearer token (a JWT), or a function that fetches one.
        base_url: The gateway's address; `/payments/v1` is added where it is missing.
    """

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
        """The definition of Bento."""
        return PROVIDER


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


def interpret(reply: RawResponse, cancellation: Cancellation, key: str) -> Verdict:
    """202 with a transaction means accepted, unless its status or state shows the result."""
    if not reply.is_success:
        return interpret_error(reply)
    document = json_object(reply) or {}
    transaction = object_member(document, "data")
    if (
        reply.status != HTTPStatus.ACCEPTED
        or transaction is None
        or not transaction.keys() & MEANINGFUL_MEMBERS
        or not _matches_request(transaction, cancellation)
    ):
        return unexpected_success(reply)
    final = transaction.get("state") in FINAL_STATES
    declined = _declined(transaction) or _declined(document)
    # The state may be older than this request; only the status describes the request.
    doubtful = final if declined else transaction.get("state") in FAILED_STATES
    if doubtful:
        return unexpected_success(reply)
    if declined:
        return declined
    return Done(
        outcome=Outcome.CANCELLED if final else Outcome.ACCEPTED,
        amount=cancellation.refund_amount,
        response=parse_typed(build_request(cancellation, key), reply.status, document),
    )


def find_rejection(reply: RawResponse) -> Verdict | None:
    """The refusal that a 2xx body reports, or None."""
    document = json_object(reply) or {}
    return _declined(object_member(document, "data") or {}) or _declined(document)


def interpret_error(reply: RawResponse) -> Verdict:
    """The verdict on a Bento reply that is no success; newer declines are 4xx with a `status`."""
    document = json_object(reply) or {}
    message = printable(document.get("message"))
    verdict = verdict_from_status(reply, message, reason=message)
    refused = isinstance(verdict, Refused) and reply.is_client_error
    return (refused and _declined(document)) or verdict


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
        about_payment=True,
    )


def _matches_request(transaction: Mapping[str, Any], cancellation: Cancellation) -> bool:
    """Whether the reply is about this transaction; the page marks neither id as required."""
    asked = {"orderId": cancellation.order_id, "transactionId": cancellation.transaction_id}
    return all(transaction.get(name, value) == value for name, value in asked.items())


PROVIDER: Final = Provider(
    api=API,
    name="Bento",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_error=interpret_error,
    find_rejection=find_rejection,
)
