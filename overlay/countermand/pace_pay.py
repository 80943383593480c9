"""PACE Pay: cancel a pre-authorised transaction and revoke its payment token.

A repeat answers 204 again, so a request may be resent at any time. Source: PACE Pay API 2024-1,
"Cancel PreAuth payment"; the specification is specs/pace-pay.yaml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import field, frozen
from countermand_clients.pace_pay.api.transactions import cancel_transaction
from countermand_clients.pace_pay.operations import API, SERVERS

from countermand._pace import interpret_reply
from countermand.provider import (
    BaseCancellation,
    BearerAccount,
    Provider,
    Verdict,
    hide_arguments,
    require_https,
    validate_base_url,
    validate_uuid,
)

if TYPE_CHECKING:
    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

__all__ = ["Account", "Cancellation"]


@hide_arguments
@frozen
class Account(BearerAccount):
    """A PACE Pay account.

    Args:
        token: A bearer token with the scope `pay:transactions:cancel`, or a function of the user
            that fetches one.
        base_url: The server URL, version included.
    """

    base_url: str = field(default=SERVERS[0], validator=[validate_base_url, require_https(SERVERS)])

    @property
    def provider(self) -> Provider[Cancellation]:
        """The definition of PACE Pay."""
        return PROVIDER


@frozen
class Cancellation(BaseCancellation):
    """Cancel a whole open transaction.

    Args:
        transaction_id: The transaction's UUID.

    Raises:
        InvalidCancellation: when the id is not a UUID.
    """

    api: ClassVar[str] = API
    transaction_id: str

    def __attrs_post_init__(self) -> None:
        validate_uuid("transaction_id", self.transaction_id)

    @property
    def payment_key(self) -> tuple[str, ...]:
        """The transaction's UUID, in lower case: UUIDs ignore case (RFC 9562)."""
        return (self.transaction_id.lower(),)


def build_request(cancellation: Cancellation, _key: str) -> Call[Any]:
    """POST without a body: PACE Pay takes no idempotency key."""
    return cancel_transaction.call(cancellation.transaction_id)


def interpret(reply: RawResponse, call: Call[Any], _cancellation: Cancellation) -> Verdict:
    """204 is success, for a repeat as well; no other 2xx is documented."""
    return interpret_reply(reply, call)


PROVIDER: Final = Provider(
    api=API,
    name="PACE Pay",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_reply=interpret_reply,
)
