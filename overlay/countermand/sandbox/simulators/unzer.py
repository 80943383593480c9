"""How things stand with an Unzer payment: one authorisation, and every attempt to cancel it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import parse_qsl

import attrs
from starlette.responses import JSONResponse, Response

from countermand import specs
from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.requests import violation
from countermand.sandbox._state.state import Standing
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY
from countermand.sandbox.payments import UnzerPayment
from countermand.sandbox.simulators._simulator import RefusedError, Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand import unzer
    from countermand.provider._accounts import Account, TokenSource
    from countermand.sandbox._state.requests import Incoming

    pass
    from countermand.sandbox._state.state import World


Status = Literal["success", "pending", "resumed", "error"]

_MESSAGES: Final[dict[str, dict[str, str]]] = {
    "success": {"code": "COR.000.100.112", "customer": "Request successfully processed"},
    "pending": {"code": "COR.000.200.000", "customer": "Transaction pending"},
    "resumed": {"code": "COR.000.200.000", "customer": "Transaction resumed"},
    "error": {"code": "API.000.000.999", "customer": "The transaction failed"},
}
_PROCESSING: Final = {"uniqueId": "31HA07BC81AB33BC5F44A2659D5E80FC", "shortId": "4017.5320.1722"}


@attrs.define
class Attempt:
    """One cancel, whatever came of it. `parent` is the path it was made through.

    `cancel_id` is unique under that parent only: the two routes each count for themselves.
    """

    cancel_id: str
    parent: str
    operation_id: str
    amount: Decimal
    reference: str
    status: Status
    date: str


class UnzerStanding(Standing[UnzerPayment]):
    """The payment's money, in the currency's major unit."""

    def __init__(self, payment: UnzerPayment) -> None:
        super().__init__(payment)
        self.authorized = Decimal(payment.amount)
        self.charged = Decimal(0)
        self.attempts: list[Attempt] = []
        self.date = _now()

    @property
    def total(self) -> Decimal:
        """What was authorised, without what was reversed."""
        return self.authorized - self._sum("success")

    @property
    def left(self) -> Decimal:
        """What a cancel may still reverse."""
        return self.total - self.charged - self._sum("pending") - self._sum("resumed")

    def state(self) -> dict[str, object]:
        """Return the amounts, as the provider writes them."""
        return self._amounts()

    def capture(self) -> None:
        """Charge all that is held; raises `ValueError` where nothing is."""
        if self.left <= 0:
            raise ValueError(f"{self.payment.handle} holds nothing to charge")
        self.charged += self.left

    def settle(self) -> tuple[Execution, ...]:
        """Book every pending cancel; returns what that reversed."""
        waiting = [item for item in self.attempts if item.status in {"pending", "resumed"}]
        for item in waiting:
            item.status = "success"
        return tuple(self.execution(item) for item in waiting)

    def attempt(
        self, parent: str, operation_id: str, amount: Decimal, reference: str, status: Status
    ) -> Attempt:
        """List a cancel, with the next id under its parent."""
        number = sum(item.parent == parent for item in self.attempts) + 1
        made = Attempt(f"s-cnl-{number}", parent, operation_id, amount, reference, status, _now())
        self.attempts.append(made)
        return made

    def execution(self, attempt: Attempt) -> Execution:
        """Return the record of a cancel that was booked."""
        return Execution(
            sequence=0,
            api="unzer",
            operation_id=attempt.operation_id,
            payment=self.payment.handle,
            identifiers=self.payment.identifiers,
            amount=_decimals(attempt.amount),
            key=attempt.reference or None,
            reference=attempt.cancel_id,
        )

    def show(self, url: Callable[[str], str]) -> dict[str, object]:
        """Return the payment as a read shows it; `url` turns a path into an address."""
        return {
            "id": self.payment.payment_id,
            "state": self._state(),
            "amount": self._amounts(),
            "currency": self.payment.currency,
            "orderId": self.payment.order_id,
            "invoiceId": "",
            "resources": self._resources(),
            "transactions": [
                _line("authorize", "success", url(self.authorization_path), self.authorized)
                | {"date": self.date},
                *(
                    _line("cancel-authorize", item.status, url(_path(item)), item.amount)
                    | {"date": item.date}
                    for item in self.attempts
                ),
            ],
        }

    def show_authorization(self) -> dict[str, object]:
        """Return the authorisation; partial cancels lower its amount."""
        return self._transaction(self.payment.authorization_id, "success", self.total, self.date)

    def show_attempt(self, attempt: Attempt) -> dict[str, object]:
        """Return one cancel, with the reference that the list of the payment leaves out."""
        shown = self._transaction(attempt.cancel_id, attempt.status, attempt.amount, attempt.date)
        return shown | {"paymentReference": attempt.reference}

    @property
    def payment_path(self) -> str:
        """The parent of cancels made through the payment."""
        return f"/payments/{self.payment.payment_id}/authorize"

    @property
    def authorization_path(self) -> str:
        """The parent of cancels made through the authorisation."""
        return f"{self.payment_path}/{self.payment.authorization_id}"

    def _sum(self, status: Status) -> Decimal:
        return sum((item.amount for item in self.attempts if item.status == status), Decimal(0))

    def _amounts(self) -> dict[str, object]:
        return {
            "total": _decimals(self.total),
            "charged": _decimals(self.charged),
            # Counts refunds only: a reversal never shows here.
            "canceled": "0.0000",
            "remaining": _decimals(self.total - self.charged),
        }

    def _state(self) -> dict[str, object]:
        if self.charged:
            return {"id": 1, "name": "completed"}
        return {"id": 0, "name": "pending"} if self.total else {"id": 2, "name": "canceled"}

    def _resources(self) -> dict[str, str]:
        resources = {"customerId": "s-cst-1", "paymentId": self.payment.payment_id}
        return {**resources, "basketId": "", "metadataId": "", "typeId": "s-crd-1"}

    def _transaction(
        self, transaction_id: str, status: Status, amount: Decimal, date: str
    ) -> dict[str, object]:
        return {
            "id": transaction_id,
            "isSuccess": status == "success",
            "isPending": status == "pending",
            "isResumed": status == "resumed",
            "isError": status == "error",
            "message": _MESSAGES[status],
            "amount": _decimals(amount),
            "currency": self.payment.currency,
            "returnUrl": "",
            "date": date,
            "resources": self._resources(),
            "orderId": self.payment.order_id,
            "paymentReference": "",
            "processing": _PROCESSING,
        }


def _line(kind: str, status: str, url: str, amount: Decimal) -> dict[str, object]:
    return {"type": kind, "status": status, "url": url, "amount": _decimals(amount)}


def _path(attempt: Attempt) -> str:
    return f"{attempt.parent}/cancels/{attempt.cancel_id}"


def _decimals(amount: Decimal) -> str:
    return f"{amount:.4f}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


_BASE_PATH: Final = "/unzer/v1"
_PAYMENT: Final = "/payments/{paymentId}"
_AUTHORIZATION: Final = "/payments/{paymentId}/authorize/{authorizationId}"
_FORM_FIELDS: Final = frozenset(
    specs.load("unzer")["components"]["schemas"]["CancellationForm"]["properties"]
)


def not_found(incoming: Incoming) -> Response:
    """Answer for a path that Unzer does not have, or for a method that is not for this path."""
    # A path without a placeholder stands before the one that it would also fit.
    allowed = next((method for method, path in _PATHS if path.fullmatch(incoming.path)), "")
    if allowed:
        answer = _error(incoming, 405, "API.000.000.999", "Method not allowed").response
        # RFC 9110 demands the header.
        answer.headers["allow"] = allowed
        return answer
    return _error(incoming, 404, "API.310.100.003", "Resource not found").response


def get_payment(world: World, incoming: Incoming) -> Response:
    """Show a payment, found by its own id or by the merchant's order id."""
    standing = _enter(world, incoming)
    origin = standing.payment.url_origin or incoming.origin
    return JSONResponse(standing.show(lambda path: f"{origin}{_BASE_PATH}{path}"))


def get_authorization(world: World, incoming: Incoming) -> Response:
    """Show the payment's authorisation."""
    return JSONResponse(_enter(world, incoming).show_authorization())


def get_cancel(world: World, incoming: Incoming) -> Response:
    """Show one cancel, under the parent it was made through and no other."""
    standing = _enter(world, incoming)
    parent, wanted = _parent(standing, incoming), incoming.ids["cancellationId"]
    for attempt in standing.attempts:
        if (attempt.parent, attempt.cancel_id) == (parent, wanted):
            return JSONResponse(standing.show_attempt(attempt))
    raise _error(incoming, 404, "API.310.100.003", "No such cancel", standing)


def cancel(world: World, incoming: Incoming) -> Response:
    """Reverse an amount, or all that is left where none is given."""
    standing = _enter(world, incoming)
    order = _order(incoming)
    text = order.get("amount") or order.get("amountGross")
    amount = standing.left if text is None else Decimal(text)
    attempt = standing.attempt(
        _parent(standing, incoming),
        "cancelAuthorization" if "authorizationId" in incoming.ids else "cancelPayment",
        amount,
        order.get("paymentReference", ""),
        "error",
    )
    # Refusals are listed too, as attempts that failed; so the attempt is made before it is judged.
    _judge(standing, incoming, amount)
    return _book(world, standing, attempt)


def _book(world: World, standing: UnzerStanding, attempt: Attempt) -> Response:
    attempt.status = standing.payment.flags
    if attempt.status == "success":
        world.executed(standing.execution(attempt))
    return JSONResponse(standing.show_attempt(attempt), standing.payment.success_status)


def _judge(standing: UnzerStanding, incoming: Incoming, amount: Decimal) -> None:
    if standing.charged:
        code, text = "API.340.100.018", "The authorization is charged already"
    elif not standing.left:
        code, text = "API.340.100.014", "The authorization is cancelled already"
    elif not 0 < amount <= standing.left:
        code, text = "API.340.000.004", "The amount is not within what is left"
    else:
        return
    raise _error(incoming, 400, code, text, standing)


def _enter(world: World, incoming: Incoming) -> UnzerStanding:
    _authenticate(incoming)
    if found := violation(incoming):
        status = 415 if found.where == "content-type" else 400
        raise _error(incoming, status, "API.500.300.999", found.text)
    wanted = incoming.ids["paymentId"]
    for standing in world.standings():
        if isinstance(standing, UnzerStanding) and wanted in {
            standing.payment.payment_id,
            standing.payment.order_id,
        }:
            return _with_authorization(standing, incoming)
    raise _error(incoming, 404, "API.310.100.003", "No such payment")


def _with_authorization(standing: UnzerStanding, incoming: Incoming) -> UnzerStanding:
    known = standing.payment.authorization_id
    if incoming.ids.get("authorizationId", known) != known:
        raise _error(incoming, 404, "API.310.100.003", "No such authorization", standing)
    return standing


def _parent(standing: UnzerStanding, incoming: Incoming) -> str:
    through = "authorizationId" in incoming.ids
    return standing.authorization_path if through else standing.payment_path


def _order(incoming: Incoming) -> dict[str, str]:
    if incoming.header("content-type").startswith("application/x-www-form-urlencoded"):
        return _form(incoming)
    order: dict[str, str] = json.loads(incoming.body or b"{}")
    return order


def _form(incoming: Incoming) -> dict[str, str]:
    # The checking library looks at the described fields only. Without any, all would be cancelled.
    fields = dict(parse_qsl(incoming.body.decode(), keep_blank_values=True))
    if unknown := fields.keys() - _FORM_FIELDS:
        text = f"unknown fields: {', '.join(sorted(unknown))}"
        raise _error(incoming, 400, "API.500.300.999", text)
    return fields


def _authenticate(incoming: Incoming) -> None:
    scheme, _, value = incoming.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        raise _error(incoming, 401, "API.710.000.007", "Wrong authentication method")
    try:
        given = base64.b64decode(value, validate=True)
    except binascii.Error:
        given = b""
    if given != f"{UNZER_PRIVATE_KEY}:".encode():
        raise _error(incoming, 401, "API.710.000.002", "The key is unknown or invalid")


def _error(
    incoming: Incoming, status: int, code: str, text: str, standing: UnzerStanding | None = None
) -> RefusedError:
    body = {
        "id": "s-err-1",
        "isSuccess": False,
        "isPending": False,
        "isError": True,
        "url": f"{incoming.origin}{_BASE_PATH}{incoming.path}",
        "timestamp": "2024-11-26 10:13:30",
        "traceId": "178045d5b0ee8ae9e53e2d473ac348cd",
        "errors": [{"code": code, "merchantMessage": text, "customerMessage": "Request failed"}],
    }
    disguised = standing is not None and standing.payment.errors_in_200
    return RefusedError(JSONResponse(body, 200 if disguised else status))


def _identifiers(number: int) -> dict[str, object]:
    return {"payment_id": f"s-pay-{number}", "order_id": f"o-{number}"}


def _account(kind: type[unzer.Account], base_url: str, _token: TokenSource) -> Account:
    return kind(UNZER_PRIVATE_KEY, base_url)


SIMULATOR: Final = Simulator(
    api="unzer",
    base_path=_BASE_PATH,
    payment=UnzerPayment,
    identifiers=_identifiers,
    standing=UnzerStanding,
    operations=(
        ("POST", f"{_PAYMENT}/authorize/cancels", cancel),
        ("GET", f"{_PAYMENT}/authorize/cancels/{{cancellationId}}", get_cancel),
        ("POST", f"{_AUTHORIZATION}/cancels", cancel),
        ("GET", f"{_AUTHORIZATION}/cancels/{{cancellationId}}", get_cancel),
        ("GET", _AUTHORIZATION, get_authorization),
        ("GET", _PAYMENT, get_payment),
    ),
    not_found=not_found,
    account=_account,
)
_PATHS: Final = [
    (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)))
    for method, path, _ in SIMULATOR.operations
]
