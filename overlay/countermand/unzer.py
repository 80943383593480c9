"""Unzer: cancel (reverse) an authorization, wholly or in part.

A resent partial cancel is a second cancel, and without an amount Unzer cancels everything. So a
request that may have been executed is not resent within a call, and later only after the payment
was read back. A partial amount is always sent. The HTTP status
alone decides nothing.
Source: Unzer's page "Cancel authorize" and its official SDKs; see specs/unzer.yaml.
"""

from __future__ import annotations

import re
from base64 import b64encode
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast
from urllib.parse import unquote, urlsplit

from attrs import field, frozen
from countermand_clients.unzer.api.payments import (
    cancel_authorization,
    cancel_payment,
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)
from countermand_clients.unzer.models.cancellation_request import CancellationRequest
from countermand_clients.unzer.operations import API, CANCEL_PAYMENT, SERVERS
from countermand_clients.unzer.types import UNSET

from countermand.errors import AlreadyCaptured, Declined, Forbidden, NotCancelled, NotFound
from countermand.provider import (
    FULL,
    Absent,
    BaseCancellation,
    Done,
    Found,
    Full,
    Headers,
    NotKnown,
    Provider,
    ReadBack,
    Refused,
    TokenRejected,
    TokenSource,
    Verdict,
    credential_fingerprint,
    derive_provider_key,
    format_amount,
    json_object,
    object_list,
    object_member,
    parse_typed,
    printable,
    provider_id,
    unexpected_success,
    validate_base_url,
    validate_decimal_amount,
    validate_id,
    validate_secret,
    verdict_from_status,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


__all__ = ["Account", "Cancellation"]

GENERAL_ERROR: Final = "API.000.000.999"
ALREADY_CANCELLED: Final = "API.340.100.014"
MAX_AMOUNT: Final = Decimal(10) ** 15
REFUSALS: Final[Mapping[str, type[NotCancelled]]] = {
    "API.340.100.018": AlreadyCaptured,
    "API.310.100.003": NotFound,
    "API.320.200.145": Forbidden,
    "API.710.000.005": Forbidden,
}
KEY_REFUSED: Final = frozenset({"API.710.000.002", "API.710.000.007"})


@frozen
class Account:
    """An Unzer merchant.

    Args:
        private_key: The private key (`s-priv-...` or `p-priv-...`), sent as the user name of basic
            authentication with an empty password.
        base_url: The server URL, version included; sandbox keys belong to the sandbox's host.
    """

    private_key: str = field(repr=False, validator=validate_secret)
    base_url: str = field(default=SERVERS[0], validator=validate_base_url)

    def __attrs_post_init__(self) -> None:
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
        authorization_id: The authorization (`s-aut-...`). With None, Unzer chooses it, which some
            of its pages reserve for pay-later methods.
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


def interpret(reply: RawResponse, cancellation: Cancellation, key: str) -> Verdict:
    """Success is a documented 2xx without `errors` and with `isSuccess`; pending is accepted."""
    document = json_object(reply)
    codes = {printable(error.get("code")) for error in object_list(document or {}, "errors")}
    if (
        codes == {ALREADY_CANCELLED}
        and cancellation.amount is FULL
        and not (reply.is_redirect or reply.is_server_error)
    ):
        return Done(outcome=Outcome.ALREADY_CANCELLED)
    if not reply.is_success:
        return interpret_error(reply)
    if document is None or CANCEL_PAYMENT.media_types(reply.status) is None:
        return unexpected_success(reply)
    if document.get("errors"):
        return _with_errors(reply, document)
    return _by_flags(reply, document, cancellation, key)


def _with_errors(reply: RawResponse, document: dict[str, Any]) -> Verdict:
    """A 2xx with `errors` is a refusal if it has a code and no flag of success."""
    code = printable(_error(document).get("code"))
    if _true(document.get("isSuccess")) or _true(document.get("isPending")):
        return unexpected_success(reply)
    return unexpected_success(reply) if code in {None, GENERAL_ERROR} else interpret_error(reply)


def _by_flags(
    reply: RawResponse, document: dict[str, Any], cancellation: Cancellation, key: str
) -> Verdict:
    """Exactly one of the three flags is true; Unzer's table has texts, its example booleans."""
    reference = printable(document.get("paymentReference"))
    if reference not in {None, payment_reference(key)}:
        return unexpected_success(reply)
    flags = {name for name in ("isSuccess", "isPending", "isError") if _true(document.get(name))}
    if flags == {"isError"}:
        return _declined(_message(document))
    if flags not in ({"isSuccess"}, {"isPending"}):
        return unexpected_success(reply)
    return Done(
        outcome=Outcome.CANCELLED if flags == {"isSuccess"} else Outcome.ACCEPTED,
        reference=provider_id(document.get("id")),
        amount=_number(document.get("amount"), cancellation.amount),
        response=parse_typed(build_request(cancellation, key), reply.status, document),
    )


def find_rejection(reply: RawResponse) -> Verdict | None:
    """The refusal that a 2xx body reports, or None."""
    document = json_object(reply) or {}
    if document.get("errors"):
        return _with_errors(reply, document)
    return _declined(_message(document)) if _true(document.get("isError")) else None


def read_back(cancellation: Cancellation, key: str) -> ReadBack:
    """Find the cancel with this key's `paymentReference`."""

    def interpret_cancel(reply: RawResponse) -> Verdict:
        return interpret(reply, cancellation, key)

    asked = cancellation.amount
    amount = None if isinstance(asked, Full) else Decimal(asked)
    return find_cancel(cancellation.payment_id, payment_reference(key), amount, interpret_cancel)


def interpret_error(reply: RawResponse) -> Verdict:
    """The verdict on an Unzer error body, under any status, or on a reply that is no success."""
    error = _error(json_object(reply) or {})
    code, message = printable(error.get("code")), printable(error.get("merchantMessage"))
    if reply.is_redirect or reply.is_server_error or not code:
        return verdict_from_status(reply, message, code=code, reason=message)
    if code in KEY_REFUSED:
        return TokenRejected(message=f"{code}: {message or 'the key is refused'}")
    if refused := REFUSALS.get(code):
        return Refused(error=refused, message=f"{code}: {message or 'refused'}", about_payment=True)
    if reply.is_success:
        return _declined(error)
    return verdict_from_status(
        reply, f"{code}: {message}" if message else code, code=code, reason=message
    )


def _declined(error: Mapping[str, Any]) -> Refused:
    code = printable(error.get("code"))
    message = printable(error.get("merchantMessage")) or printable(error.get("customerMessage"))
    said = ": ".join(part for part in (code, message) if part) or "no reason given"
    return Refused(
        error=Declined,
        message=f"declined: {said}",
        error_fields={"code": code, "reason": message},
        about_payment=True,
    )


def _message(document: Mapping[str, Any]) -> dict[str, Any]:
    message = object_member(document, "message") or {}
    return {
        "code": message.get("code"),
        "merchantMessage": message.get("merchant") or message.get("customer"),
    }


def _error(document: Mapping[str, Any]) -> Mapping[str, Any]:
    errors: list[dict[str, Any]] = [*object_list(document, "errors"), {}]
    return errors[0]


def _true(flag: object) -> bool:
    return flag is True or (isinstance(flag, str) and flag.lower() == "true")


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
    interpret_error=interpret_error,
    find_rejection=find_rejection,
    read_back=read_back,
)

OTHER_TRANSACTION_TYPES: Final = frozenset(
    {
        "authorize",
        "cancel-charge",
        "charge",
        "chargeback",
        "payout",
        "preauthorize",
        "shipment",
        "strong_customer_authentication",
    }
)
"""Transactions other than the cancel of an authorization; `cancel-charge` is a refund."""
PAYMENT_ID: Final = re.compile(r"[ps]-pay-")
PATH: Final = re.compile(
    r"/payments/(?P<payment>[^/]+)/authorize(/(?P<authorization>[^/]+))?/cancels/(?P<cancel>[^/]+)$"
)


def find_cancel(
    payment_id: str, marker: str, amount: Decimal | None, interpret: Callable[[RawResponse], object]
) -> ReadBack:
    """Read the payment and its cancels, and find the one with a marker.

    Args:
        payment_id: The payment's id or order id, as in the cancellation.
        marker: The `paymentReference` to find.
        amount: The amount of the cancellation; None for FULL.
        interpret: Interprets a stored cancel, which has the form of a reply to a cancel request.
    """
    payment = _object((yield get_payment.call(payment_id)))
    lines = payment.get("transactions") if payment else None
    if payment is None or not isinstance(lines, list):
        return NotKnown("the payment could not be read")
    if _is_other_payment(payment, payment_id):
        return NotKnown("Unzer returned another payment")
    unread = len(cast("list[object]", lines)) - len(object_list(payment, "transactions"))
    for candidate in _candidates(payment):
        call = _read(candidate)
        reply = (yield call) if call else None
        cancel = _object(reply)
        if cancel is None or reply is None:
            unread += 1
        elif cancel.get("paymentReference") == marker:
            verdict = interpret(reply)
            if isinstance(verdict, Done):
                if amount not in {None, verdict.amount}:
                    return NotKnown("the cancel with our reference has another amount")
                return Found(verdict)
            # A refused cancel of ours counts as absent: another request may still arrive. Any other
            # cancel that is not a success counts as unread.
            unread += not isinstance(verdict, Refused)
    if unread:
        return NotKnown(f"{unread} of the payment's cancels could not be read")
    return Absent("none of the payment's cancels carries our reference")


def _is_other_payment(payment: Mapping[str, Any], asked: str) -> bool:
    """Whether the payment's id or order id differs from the requested one."""
    by_id = PAYMENT_ID.match(asked)
    return payment.get("id" if by_id else "orderId") not in (None, "", asked)


def _candidates(payment: Mapping[str, Any]) -> Iterator[str]:
    """The paths of all cancels that did not fail, without duplicates.

    A missing status may be a success, and an unknown type may be a cancel.
    """
    seen: set[str] = set()
    for line in object_list(payment, "transactions"):
        if str(line.get("type")) not in OTHER_TRANSACTION_TYPES and line.get("status") != "error":
            path = _path(line.get("url"))
            if path not in seen:
                seen.add(path)
                yield path


def _path(url: object) -> str:
    try:
        return urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        return ""


def _read(path: str) -> Call[Any] | None:
    """The request that reads a cancel by its path; None for an undocumented path."""
    found = PATH.search(path)
    if not found:
        return None
    ids = {name: unquote(part) for name, part in found.groupdict().items() if part}
    try:
        if "authorization" not in ids:
            return get_payment_cancellation.call(ids["payment"], ids["cancel"])
        return get_authorization_cancellation.call(
            ids["payment"], ids["authorization"], ids["cancel"]
        )
    except ValueError:
        return None


def _object(reply: RawResponse | None) -> dict[str, Any] | None:
    """The body of a 2xx without `errors`."""
    document = json_object(reply) if reply is not None and reply.is_success else None
    return None if document is None or document.get("errors") else document
