"""VTEX Payment Provider Protocol: cancel a payment at a provider, in the role of VTEX's gateway.

The same `requestId` may be resent; the provider answers as it did the first time. Success is a
`cancellationId` that is not null, whatever the status. Source: VTEX's page "Cancel payment" and its
published OpenAPI schema; the specification is specs/vtex.yaml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import evolve, field, frozen
from countermand_clients.vtex.api.payments import cancel_payment
from countermand_clients.vtex.models.cancel_payment_request import CancelPaymentRequest
from countermand_clients.vtex.operations import API
from countermand_clients.vtex.types import UNSET

from countermand.errors import (
    Declined,
    InvalidCancellation,
    ManualCancellationRequired,
    Misdirected,
)
from countermand.provider import (
    BaseCancellation,
    Done,
    Headers,
    MaybeExecuted,
    Proof,
    Provider,
    Refused,
    TokenSource,
    Verdict,
    credential_fingerprint,
    derive_provider_key,
    hide_arguments,
    json_object,
    masked,
    printable,
    prove,
    provider_id,
    validate_base_url,
    validate_id,
    validate_minor_units,
    validate_secret,
    verdict_from_reply,
)

if TYPE_CHECKING:
    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

__all__ = ["Account", "Cancellation"]

CANCELLATION_ID_IN_FRAGMENT: Final = re.compile(rb'"cancellationId"\s*:\s*"([!#-\[\]-~]+)"')
CANCEL_MANUALLY: Final = "cancel-manually"


def _flag(_instance: object, attribute: Any, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{attribute.name} must be True or False, not {type(value).__name__}")


@hide_arguments
@frozen
class Account:
    """A payment provider that implements VTEX's protocol.

    Args:
        base_url: The provider's endpoint.
        app_key: The application key that the provider issued to VTEX.
        app_token: The application token that belongs to it.
        provider_headers: Whether the headers are named X-PROVIDER-API-* (the provider's manifest
            says `usesProviderHeadersName`) instead of X-VTEX-API-*.
    """

    base_url: str = field(validator=validate_base_url)
    app_key: str = field(repr=False, converter=masked, validator=validate_secret)
    app_token: str = field(repr=False, converter=masked, validator=validate_secret)
    provider_headers: bool = field(default=False, kw_only=True, validator=_flag)

    @property
    def endpoint(self) -> str:
        """The server URL without the slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def provider(self) -> Provider[Cancellation]:
        """The definition of the protocol."""
        return PROVIDER

    @property
    def token_source(self) -> TokenSource | None:
        """None: the keys are fixed."""
        return None

    @property
    def principal(self) -> str:
        """A fingerprint of the key, which identifies the account at the provider."""
        return credential_fingerprint(self.app_key)

    def auth_headers(self, token: str | None) -> Headers:
        """The two header fields of the protocol."""
        del token
        prefix = "X-PROVIDER-API" if self.provider_headers else "X-VTEX-API"
        return ((f"{prefix}-AppKey", self.app_key), (f"{prefix}-AppToken", self.app_token))

    def secrets(self, token: str | None) -> tuple[str, ...]:
        """The key and the token."""
        del token
        return (self.app_key, self.app_token)


@frozen
class Cancellation(BaseCancellation):
    """Cancel one payment that is not settled.

    Args:
        payment_id: VTEX's id of the payment.
        authorization_id: The authorization's id; the page calls it mandatory and leaves it out of
            two of its three examples, so it is sent where it is known.
        transaction_id: VTEX's id of the transaction.
        tid: The provider's id of the transaction.
        nsu: The acquirer's sequence number.
        value: The amount in cents, in VTEX's schema since 2025.
        sandbox_mode: Whether this is a test; the page says text, VTEX's schema boolean, and it is
            sent as given.

    Raises:
        InvalidCancellation: when an id cannot stand in a path, or a field has the wrong type.
    """

    api: ClassVar[str] = API
    payment_id: str
    authorization_id: str | None = None
    transaction_id: str | None = field(default=None, kw_only=True)
    tid: str | None = field(default=None, kw_only=True)
    nsu: str | None = field(default=None, kw_only=True)
    value: int | None = field(default=None, kw_only=True)
    sandbox_mode: bool | str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        validate_id("payment_id", self.payment_id)
        for name in ("authorization_id", "transaction_id", "tid", "nsu"):
            value = getattr(self, name)
            if value is not None:
                validate_id(name, value)
        if self.value is not None and not isinstance(
            validate_minor_units("value", self.value), int
        ):
            raise InvalidCancellation("value must be an int in cents or None")
        if self.sandbox_mode is not None and not isinstance(self.sandbox_mode, bool):
            validate_id("sandbox_mode", self.sandbox_mode)

    @property
    def payment_key(self) -> tuple[str, ...]:
        """The payment's id: the other ids describe the same payment."""
        return (self.payment_id,)


def request_id(key: str) -> str:
    """The `requestId` of the cancel; the provider stores its answer under it."""
    return derive_provider_key("vtex/requestId", key)


def build_request(cancellation: Cancellation, key: str) -> Call[Any]:
    """POST the ids, without those that are None."""
    optional = {
        "authorization_id": cancellation.authorization_id,
        "transaction_id": cancellation.transaction_id,
        "tid": cancellation.tid,
        "nsu": cancellation.nsu,
        "value": cancellation.value,
        "sandbox_mode": cancellation.sandbox_mode,
    }
    known: dict[str, Any] = {
        name: UNSET if value is None else value for name, value in optional.items()
    }
    body = CancelPaymentRequest(
        payment_id=cancellation.payment_id, request_id=request_id(key), **known
    )
    return cancel_payment.call(cancellation.payment_id, body=body)


def interpret(reply: RawResponse, call: Call[Any], _cancellation: Cancellation) -> Verdict:
    """A `cancellationId` is success under any status, where the reply names our ids."""
    return interpret_reply(reply, call)


def interpret_reply(reply: RawResponse, call: Call[Any]) -> Verdict:
    """The verdict on a reply of the provider.

    Beside the table: only `cancel-manually` is also evidence about an earlier request, since such a
    provider cannot cancel. Any other null may come from a provider that does not store its answers,
    as VTEX's samples do not, and that executed the earlier request. A 409 with our ids says that
    another copy of the request is at work.
    """
    document = json_object(reply) or {}
    code, message = provider_id(document.get("code")), printable(document.get("message"))
    code = printable(code)
    said = ": ".join(part for part in (code, message) if part)
    facts = {"code": code, "reason": message}
    verdict = verdict_from_reply(reply, call, said or None)
    match verdict:
        case Done():
            return evolve(verdict, reference=provider_id(document.get("cancellationId")))
        case MaybeExecuted() if prove(reply, call) is Proof.UNDECIDED:
            return evolve(verdict, in_progress=True)
        case MaybeExecuted() if reply.is_success:
            return evolve(verdict, reference=_reference_in_fragment(reply))
        case Refused(error=error) if error is Misdirected:
            return verdict
        case Refused() if code == CANCEL_MANUALLY:
            return Refused(
                error=ManualCancellationRequired,
                message=said,
                error_fields=facts,
                about_payment=True,
            )
        case Refused():
            said = said or "no reason given"
            return Refused(error=Declined, message=f"declined: {said}", error_fields=facts)
        case _:
            return verdict


def _reference_in_fragment(reply: RawResponse) -> str | None:
    """The `cancellationId` that a fragment of an unusable 2xx shows.

    A repeat must return the same id; the receipt reports an id that differs.
    """
    found = CANCELLATION_ID_IN_FRAGMENT.search(reply.body)
    return found.group(1).decode("ascii") if found else None


PROVIDER: Final = Provider(
    api=API,
    name="VTEX payment provider",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_reply=interpret_reply,
)
