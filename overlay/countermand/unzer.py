"""Unzer: cancel (reverse) an authorization, wholly or in part.

A resent partial cancel is a second cancel, and without an amount Unzer cancels everything. So a
request that may have been executed is not resent within a call, and later only after the payment
was read, or a person has said that nothing was executed. A partial amount is always sent. No HTTP
status alone says "cancelled" or "refused".
Source: Unzer's page "Cancel authorize" and its official SDKs; see specs/unzer.yaml.
"""

from __future__ import annotations

import re
from base64 import b64encode
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import evolve, field, frozen
from countermand_clients.unzer.api.payments import (
    cancel_authorization,
    cancel_payment,
)
from countermand_clients.unzer.models.cancellation_request import CancellationRequest
from countermand_clients.unzer.operations import API, SERVERS
from countermand_clients.unzer.types import UNSET

from countermand._unzer import find_cancel, find_failed_cancel
from countermand.errors import AlreadyCaptured, Declined, Forbidden, NotCancelled, NotFound
from countermand.provider import (
    FULL,
    Absent,
    BaseCancellation,
    Done,
    Full,
    Headers,
    Proof,
    Provider,
    ReadBack,
    Refused,
    TokenRejected,
    TokenSource,
    Verdict,
    credential_fingerprint,
    derive_provider_key,
    format_amount,
    hide_arguments,
    is_refusal,
    is_undecided,
    json_object,
    masked,
    maybe_executed,
    object_list,
    object_member,
    printable,
    prove,
    proves_nothing,
    provider_id,
    require_https,
    typed_later,
    validate_base_url,
    validate_decimal_amount,
    validate_id,
    validate_secret,
    verdict_from_reply,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


__all__ = ["Account", "Cancellation"]

ALREADY_CANCELLED: Final = "API.340.100.014"
PUBLIC_KEY: Final = re.compile(r"[sp]-pub-", re.IGNORECASE)
MAX_AMOUNT: Final = Decimal(10) ** 15
REFUSALS: Final[Mapping[str, type[NotCancelled]]] = {
    "API.340.100.018": AlreadyCaptured,
    "API.310.100.003": NotFound,
    "API.320.200.145": Forbidden,
    "API.710.000.005": Forbidden,
}
FLAGS: Final = ("isSuccess", "isPending", "isResumed", "isError")
UNSET_FLAGS: Final = frozenset({"", "false", "0", "null"})
SUCCESSFUL: Final = "COR.000."
"""So the code in the message of a success begins."""
KEY_REFUSED: Final = frozenset({"API.710.000.002", "API.710.000.007"})


@hide_arguments
@frozen
class Account:
    """An Unzer merchant.

    Args:
        private_key: The private key (`s-priv-...` or `p-priv-...`), sent as the user name of basic
            authentication with an empty password.
        base_url: The server URL, version included; sandbox keys belong to the sandbox's host.
    """

    private_key: str = field(repr=False, converter=masked, validator=validate_secret)
    base_url: str = field(default=SERVERS[0], validator=[validate_base_url, require_https(SERVERS)])

    def __attrs_post_init__(self) -> None:
        if PUBLIC_KEY.match(self.private_key):
            raise ValueError(
                "private_key is a public key (s-pub- or p-pub-), which cannot cancel; "
                "pass the private key, s-priv-... or p-priv-..."
            )
        if ":" in self.private_key:
            raise ValueError("private_key must have no colon; countermand adds the empty password")

    @property
    def endpoint(self) -> str:
        """The server URL without the slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def provider(self) -> Provider[Cancellation]:
        """The definition of Unzer."""
        return PROVIDER

    @property
    def token_source(self) -> TokenSource | None:
        """None: the key is fixed."""
        return None

    @property
    def principal(self) -> str:
        """A fingerprint of the key: payment ids repeat among merchants."""
        return credential_fingerprint(self.private_key)

    def auth_headers(self, token: str | None) -> Headers:
        """The Authorization header (RFC 7617)."""
        del token
        return (("Authorization", f"Basic {self._encoded()}"),)

    def secrets(self, token: str | None) -> tuple[str, ...]:
        """The key, in plain and in encoded form."""
        del token
        return (self.private_key, self._encoded())

    def _encoded(self) -> str:
        return b64encode(f"{self.private_key}:".encode()).decode()


def _amount(_instance: object, attribute: Any, value: Any) -> None:
    validate_decimal_amount(attribute.name, value)


@frozen
class Cancellation(BaseCancellation):
    """Cancel the rest of an authorization, or a part of it.

    Args:
        payment_id: The payment's id (`s-pay-...`), or the merchant's order id.
        authorization_id: The authorization (`s-aut-...`). If it is left out, Unzer chooses one;
            some of Unzer's pages permit that for pay-later methods alone.
        amount: The amount in the payment's currency, with at most four decimals, or FULL.

    Raises:
        InvalidCancellation: when an id cannot stand in a path, or the amount is neither FULL nor a
            positive Decimal or int.
    """

    api: ClassVar[str] = API
    payment_id: str
    authorization_id: str | None = None
    amount: Decimal | int | Full = field(kw_only=True, validator=_amount)

    def __attrs_post_init__(self) -> None:
        validate_id("payment_id", self.payment_id)
        if self.authorization_id is not None:
            validate_id("authorization_id", self.authorization_id)

    @property
    def payment_key(self) -> tuple[str, ...]:
        """The payment's id: each of its authorizations belongs to the same payment."""
        return (self.payment_id,)


def payment_reference(key: str) -> str:
    """The `paymentReference` of a cancel: Unzer stores it, and a read finds the cancel by it."""
    return derive_provider_key("unzer/paymentReference", key)


def build_request(cancellation: Cancellation, key: str) -> Call[Any]:
    """POST the reference, and the amount unless it is FULL."""
    amount = cancellation.amount
    body = CancellationRequest(
        amount=UNSET if isinstance(amount, Full) else format_amount(Decimal(amount)),
        payment_reference=payment_reference(key),
    )
    if cancellation.authorization_id is None:
        return cancel_payment.call(cancellation.payment_id, body=body)
    return cancel_authorization.call(
        cancellation.payment_id, cancellation.authorization_id, body=body
    )


def interpret(reply: RawResponse, call: Call[Any], cancellation: Cancellation) -> Verdict:
    """Success is a documented 2xx without `errors` and with `isSuccess`; pending is accepted.

    "Already cancelled" is a success where everything was to be cancelled.
    """
    verdict = interpret_reply(reply, call)
    if isinstance(verdict, Done):
        document = json_object(reply) or {}
        return evolve(verdict, amount=_number(document.get("amount"), cancellation.amount))
    # Not under a redirect: there the body is no refusal of Unzer's.
    refused = isinstance(verdict, Refused) and verdict.about_payment
    if refused and cancellation.amount is FULL and _codes(reply) == {ALREADY_CANCELLED}:
        return Done(outcome=Outcome.ALREADY_CANCELLED)
    return verdict


def interpret_reply(reply: RawResponse, call: Call[Any]) -> Verdict:
    """The verdict on a reply of Unzer.

    Beside the table: of the flags exactly one is true, so a success with an error or with two flags
    proves nothing, and neither does a success with a code that decides nothing.
    """
    document = json_object(reply) or {}
    proof = prove(reply, call)
    if proof is Proof.EXECUTED and _is_undecided(reply, document, call):
        return maybe_executed(reply, f"Unzer does not know the outcome: {_said(document)}")
    success = _flags(document) & {"isSuccess", "isPending", "isResumed"}
    match proof:
        case Proof.EXECUTED if document.get("errors"):
            # A read has no sign of success but its status, which comes with errors as well.
            read = call.operation.effect == "read" and not success
            refused = read and is_refusal(document, reply.status, call.operation.evidence)
            return _refused(reply, document, call) if refused else proves_nothing(reply)
        case Proof.EXECUTED if call.operation.effect == "cancel":
            sure = len(_flags(document)) == 1
            return _executed(reply, document, call) if sure else proves_nothing(reply)
        case Proof.REFUSED if not success:
            return _refused(reply, document, call)
        case Proof.REFUSED:
            return proves_nothing(reply)
        case _:
            return verdict_from_reply(reply, call, _reason(document))


def read_back(cancellation: Cancellation, key: str) -> ReadBack:
    """Find the cancel with this key's `paymentReference`."""
    call = build_request(cancellation, key)

    def interpret_cancel(reply: RawResponse) -> Verdict:
        return interpret(reply, call, cancellation)

    asked = cancellation.amount
    amount = None if isinstance(asked, Full) else Decimal(asked)
    return find_cancel(cancellation.payment_id, payment_reference(key), amount, interpret_cancel)


def read_accepted(cancellation: Cancellation, key: str, reference: str | None) -> ReadBack:
    """Find the cancel with this key's `paymentReference`, be it finished, pending or failed.

    A failed one counts only if it is the one that was accepted: an older attempt may have failed.
    """
    finding = yield from read_back(cancellation, key)
    if not isinstance(finding, Absent) or reference is None:
        return finding
    call = build_request(cancellation, key)

    def interpret_cancel(reply: RawResponse) -> Verdict:
        return interpret(reply, call, cancellation)

    return (yield from find_failed_cancel(cancellation.payment_id, reference, interpret_cancel))


def _executed(reply: RawResponse, document: Mapping[str, Any], call: Call[Any]) -> Done:
    pending = _flags(document) == {"isPending"}
    return Done(
        outcome=Outcome.ACCEPTED if pending else Outcome.CANCELLED,
        reference=provider_id(document.get("id")),
        response=typed_later(call, reply),
    )


def _refused(reply: RawResponse, document: Mapping[str, Any], call: Call[Any]) -> Verdict:
    code, reason = _code(document), _reason(document)
    said = _said(document)
    if code in KEY_REFUSED:
        return TokenRejected(message=said)
    about_payment = code in call.operation.evidence.state
    facts = {"code": code, "reason": reason}
    if error := REFUSALS.get(code or ""):
        return Refused(error=error, message=said, about_payment=about_payment)
    if reply.is_success or about_payment:
        return Refused(
            error=Declined,
            message=f"declined: {said}",
            error_fields=facts,
            about_payment=about_payment,
        )
    return verdict_from_reply(reply, call, said, **facts)


def _is_undecided(reply: RawResponse, document: Mapping[str, Any], call: Call[Any]) -> bool:
    """Whether an error beside a success, or its message, says that Unzer does not know."""
    message = object_member(document, "message") or {}
    successful = str(message.get("code")).strip().upper().startswith(SUCCESSFUL)
    said = {"errors": document.get("errors"), "message": {} if successful else message}
    return is_undecided(said, reply.status, call.operation.evidence)


def _codes(reply: RawResponse) -> set[str | None]:
    errors = object_list(json_object(reply) or {}, "errors")
    return {printable(error.get("code")) for error in errors}


def _code(document: Mapping[str, Any]) -> str | None:
    """The code of the first error, or of the message."""
    message = object_member(document, "message") or {}
    return next(
        (code for entry in (*_errors(document), message) if (code := printable(entry.get("code")))),
        None,
    )


def _reason(document: Mapping[str, Any]) -> str | None:
    """What the first error says to the merchant, or to the customer; else the message."""
    message = object_member(document, "message") or {}
    names = ("merchantMessage", "customerMessage", "merchant", "customer")
    texts = (
        printable(entry.get(name)) for entry in (*_errors(document), message) for name in names
    )
    return next((text for text in texts if text), None)


def _errors(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return object_list(document, "errors")[:1]


def _said(document: Mapping[str, Any]) -> str:
    parts = (_code(document), _reason(document))
    return ": ".join(part for part in parts if part) or "no reason given"


def _flags(document: Mapping[str, Any]) -> set[str]:
    """The flags that are set; Unzer's table types them as texts, its example as booleans."""
    return {name for name in FLAGS if _is_set(document.get(name))}


def _is_set(flag: object) -> bool:
    return flag.strip().lower() not in UNSET_FLAGS if isinstance(flag, str) else bool(flag)


def _number(value: object, asked: Decimal | int | Full) -> Decimal | int | Full:
    """The amount in Unzer's answer: a text with four decimals, on newer pages a number."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return asked
    return amount if amount.is_finite() and 0 < amount < MAX_AMOUNT else asked


PROVIDER: Final = Provider(
    api=API,
    name="Unzer",
    cancellation=Cancellation,
    build_request=build_request,
    interpret=interpret,
    interpret_reply=interpret_reply,
    read_back=read_back,
    read_accepted=read_accepted,
)
