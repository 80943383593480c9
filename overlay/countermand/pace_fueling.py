"""PACE Fueling: cancel a pre-authorised or unattended fuelling transaction.

No source says what a repeat does, so a request that may have been executed is not resent: the
transaction is read at PACE Pay. A 404 to the cancel means captured or unknown, and never
"cancelled". Source: PACE Fueling API 2024-4, "Cancel an authorized transaction"; see
specs/pace-fueling.yaml.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import evolve, field, frozen
from countermand_clients.pace_fueling.api.transactions import cancel_transaction
from countermand_clients.pace_fueling.operations import API, SERVERS
from countermand_clients.pace_pay.api.transactions import get_transaction

from countermand import _pace
from countermand.errors import AlreadyCaptured, Forbidden, NotFound
from countermand.provider import (
    BaseCancellation,
    BearerAccount,
    Done,
    Found,
    NotKnown,
    Proof,
    Provider,
    Refused,
    Refuted,
    Verdict,
    hide_arguments,
    json_object,
    object_member,
    prove,
    require_https,
    status_phrase,
    validate_base_url,
    validate_uuid,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse
    from countermand.provider import ReadBack

__all__ = ["Account", "Cancellation"]

_STATUS_MEANING: Final = {
    NotFound: "already captured, or no such transaction",
    Forbidden: "fuelling has started, or a scope is missing",
}


@hide_arguments
@frozen
class Account(BearerAccount):
    """A PACE Fueling account.

    Args:
        token: A bearer token with the scope `fueling:transactions:delete`, or a function of the
            user that fetches one.
        base_url: The server URL, version included.
    """

    base_url: str = field(default=SERVERS[0], validator=[validate_base_url, require_https(SERVERS)])

    @property
    def provider(self) -> Provider[Cancellation]:
        """The definition of PACE Fueling."""
        return PROVIDER


@frozen
class Cancellation(BaseCancellation):
    """Cancel a whole transaction at a gas station.

    Args:
        gas_station_id: The gas station's UUID.
        transaction_id: The transaction's UUID.

    Raises:
        InvalidCancellation: when an id is not a UUID.
    """

    api: ClassVar[str] = API
    gas_station_id: str
    transaction_id: str

    def __attrs_post_init__(self) -> None:
        validate_uuid("gas_station_id", self.gas_station_id)
        validate_uuid("transaction_id", self.transaction_id)

    @property
    def payment_key(self) -> tuple[str, ...]:
        """The transaction's UUID, in lower case: PACE Pay reads it without the gas station."""
        return (self.transaction_id.lower(),)


def build_request(cancellation: Cancellation, _key: str) -> Call[Any]:
    """DELETE without a body: PACE Fueling takes no idempotency key."""
    return cancel_transaction.call(cancellation.gas_station_id, cancellation.transaction_id)


def interpret(reply: RawResponse, call: Call[Any], _cancellation: Cancellation) -> Verdict:
    """204 is success; the messages of 403 and 404 name their documented meanings."""
    verdict = _pace.interpret_reply(reply, call)
    if isinstance(verdict, Refused) and verdict.error in _STATUS_MEANING:
        return evolve(verdict, message=f"{verdict.message}; {_STATUS_MEANING[verdict.error]}")
    return verdict


def read_back(cancellation: Cancellation, _key: str) -> ReadBack:
    """Read the transaction at PACE Pay: 200 means captured, 410 cancelled; 404 proves nothing.

    A 410 counts only with an empty body or PACE's error document: a gateway that retired an API
    answers 410, too.
    Source: PACE's sample apps, which read 410 as cancelled and 404 as not complete yet; the prose
    of the operation documents 404 for a cancelled one.
    """
    read = get_transaction.call(cancellation.transaction_id)
    reply = yield read
    if reply is None:
        return NotKnown("PACE Pay returned no usable reply about the transaction")
    empty = not reply.body and not reply.problem
    if reply.status == HTTPStatus.GONE and (empty or prove(reply, read) is Proof.REFUSED):
        return Found(Done(outcome=Outcome.CANCELLED))
    if reply.status == HTTPStatus.OK and _completed(reply, cancellation):
        message = "the transaction is completed at PACE Pay, so the money was captured"
        return Refuted(Refused(error=AlreadyCaptured, message=message, about_payment=True))
    return NotKnown(f"{status_phrase(reply.status)} at PACE Pay proves nothing about a cancel")


def _completed(reply: RawResponse, cancellation: Cancellation) -> bool:
    """Whether the reply is a document about this transaction."""
    data = object_member(json_object(reply) or {}, "data") or {}
    return str(data.get("id")).lower() == cancellation.transaction_id.lower()


PROVIDER: Final = Provider(
    api=API,
    name="PACE Fueling",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_reply=_pace.interpret_reply,
    read_back=read_back,
)
