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

from countermand.errors import Declined, InvalidCancellation, ManualCancellationRequired
from countermand.provider import (
    BaseCancellation,
    Done,
    Headers,
    Provider,
    Refused,
    TokenSource,
    Verdict,
    credential_fingerprint,
    derive_provider_key,
    json_object,
    maybe_executed,
    parse_typed,
    printable,
    provider_id,
    status_phrase,
    unexpected_success,
    validate_base_url,
    validate_id,
    validate_minor_units,
    validate_secret,
    verdict_from_status,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

__all__ = ["Account", "Cancellation"]

CANCELLATION_ID_IN_FRAGMENT: Final = re.compile(rb'"cancellationId"\s*:\s*"([!#-\[\]-~]+)"')
CANCEL_MANUALLY: Final = "cancel-manually"
NOT_IMPLEMENTED: Final = 501


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
    app_key: str = field(repr=False, validator=validate_secret)
    app_token: str = field(repr=False, validator=validate_secret)
    provider_headers: bool = field(default=False, kw_only=True)

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


def interpret(reply: RawResponse, cancellation: Cancellation, key: str) -> Verdict:
    """A `cancellationId` is success under any status; null means not cancelled."""
    document = json_object(reply)
    if document is None or reply.is_redirect or not _matches_request(document, cancellation, key):
        return _broken_success(reply) if reply.is_success else interpret_error(reply)
    reference = provider_id(document.get("cancellationId"))
    if reference:
        return Done(
            outcome=Outcome.CANCELLED,
            reference=reference,
            response=parse_typed(build_request(cancellation, key), reply.status, document),
        )
    if _is_null(document):
        return _not_cancelled(reply, document)
    return unexpected_success(reply) if reply.is_success else interpret_error(reply)


def _broken_success(reply: RawResponse) -> Verdict:
    """The verdict on an unusable 2xx, with the `cancellationId` if a fragment of the body shows it.

    A repeat must return the same id; the receipt reports an id that differs.
    """
    found = CANCELLATION_ID_IN_FRAGMENT.search(reply.body)
    reference = found.group(1).decode("ascii") if found else None
    return evolve(unexpected_success(reply), reference=reference)


def _is_null(document: Mapping[str, Any]) -> bool:
    """Whether `cancellationId` is null; a missing one is not."""
    return "cancellationId" in document and document["cancellationId"] is None


def _not_cancelled(reply: RawResponse, document: Mapping[str, Any]) -> Verdict:
    """A null is a refusal in a 2xx, a 501, or with `cancel-manually`; else the status decides.

    Only `cancel-manually` is also evidence about an earlier request: such a provider cannot cancel.
    Any other null may come from a provider that does not store its answers, as VTEX's samples do
    not, and that executed the earlier request.
    """
    code, message = printable(document.get("code")), printable(document.get("message"))
    said = ": ".join(part for part in (code, message) if part) or "no reason given"
    facts = {"code": code, "reason": message}
    if code == CANCEL_MANUALLY:
        return Refused(
            error=ManualCancellationRequired, message=said, error_fields=facts, about_payment=True
        )
    if reply.is_success or reply.status == NOT_IMPLEMENTED:
        return Refused(error=Declined, message=f"declined: {said}", error_fields=facts)
    if reply.is_server_error:
        return maybe_executed(reply, f"{status_phrase(reply.status)}: {said}")
    return interpret_error(reply)


def find_rejection(reply: RawResponse) -> Verdict | None:
    """The refusal that a 2xx body reports, or None."""
    document = json_object(reply)
    return _not_cancelled(reply, document) if document and _is_null(document) else None


def interpret_error(reply: RawResponse) -> Verdict:
    """The verdict on a reply that is no success."""
    document = json_object(reply) or {}
    message = printable(document.get("message"))
    return verdict_from_status(reply, message, code=printable(document.get("code")), reason=message)


def _matches_request(document: Mapping[str, Any], cancellation: Cancellation, key: str) -> bool:
    """Whether the reply names no other payment and no other request than these."""
    asked = {"paymentId": cancellation.payment_id, "requestId": request_id(key)}
    return all(document.get(name, value) == value for name, value in asked.items())


PROVIDER: Final = Provider(
    api=API,
    name="VTEX payment provider",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_error=interpret_error,
    find_rejection=find_rejection,
)
