"""Unzer: reverse an authorisation, and read payments, authorisations and cancels."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qsl

import attrs
from starlette.responses import JSONResponse, Response

from countermand import specs
from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.requests import violation
from countermand.sandbox._state.state import PaymentState
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY
from countermand.sandbox.payments import UnzerPayment
from countermand.sandbox.simulators._simulator import ProviderRefusal, Simulator, account_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import SandboxState


Status = Literal["success", "pending", "resumed", "error"]

_MESSAGES: Final[dict[str, dict[str, str]]] = {
    "success": {"code": "COR.000.100.112", "customer": "Request successfully processed"},
    "pending": {"code": "COR.000.200.000", "customer": "Transaction pending"},
    "resumed": {"code": "COR.000.200.000", "customer": "Transaction resumed"},
    "error": {"code": "API.340.000.004", "customer": "The cancel is not allowed"},
}
_PROCESSING: Final = {"uniqueId": "31HA07BC81AB33BC5F44A2659D5E80FC", "shortId": "4017.5320.1722"}


@attrs.define
class CancelRecord:
    """One cancel with any result. `parent` is the path of the request.

    `cancel_id` is unique only under its parent: each of the two routes has its own numbers.
    """

    cancel_id: str
    parent: str
    operation_id: str
    amount: Decimal
    reference: str
    status: Status
    date: str


class UnzerPaymentState(PaymentState[UnzerPayment]):
    """The payment's money, in the currency's major unit."""

    def __init__(self, payment: UnzerPayment) -> None:
        super().__init__(payment)
        self.authorized = Decimal(payment.amount)
        self.charged = Decimal(0)
        self.attempts: list[CancelRecord] = []
        self.date = _now()

    @property
    def total(self) -> Decimal:
        """The authorised amount less the reversed amount."""
        return self.authorized - self._sum("success")

    @property
    def reversible(self) -> Decimal:
        """The amount that can still be reversed."""
        return self.total - self.charged - self._sum("pending") - self._sum("resumed")

    def state(self) -> dict[str, object]:
        """Return the amounts, as the provider writes them."""
        return self._amounts()

    def capture(self) -> None:
        """Charge the rest; raises `ValueError` if there is none."""
        if self.reversible <= 0:
            raise ValueError(f"{self.payment.handle} has nothing left to charge")
        self.charged += self.reversible

    def finish_pending(self) -> tuple[Execution, ...]:
        """Execute every pending cancel, and return the executions."""
        waiting = [item for item in self.attempts if item.status in {"pending", "resumed"}]
        for item in waiting:
            item.status = "success"
        return tuple(self.execution(item) for item in waiting)

    def attempt(
        self, parent: str, operation_id: str, amount: Decimal, reference: str, status: Status
    ) -> CancelRecord:
        """List a cancel, with the next id under its parent."""
        number = sum(item.parent == parent for item in self.attempts) + 1
        made = CancelRecord(
            f"s-cnl-{number}", parent, operation_id, amount, reference, status, _now()
        )
        self.attempts.append(made)
        return made

    def execution(self, attempt: CancelRecord) -> Execution:
        """Return the execution of a cancel."""
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

    def show_attempt(self, attempt: CancelRecord) -> dict[str, object]:
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


def _path(attempt: CancelRecord) -> str:
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


def not_found(request: ProviderRequest) -> Response:
    """Answer a request for an unknown path, or with a wrong method."""
    # A path without a placeholder is listed before a pattern that also matches it.
    allowed = next((method for method, path in _PATHS if path.fullmatch(request.path)), "")
    if allowed:
        answer = _error(request, 405, "API.000.000.999", "Method not allowed").response
        # RFC 9110 requires the header.
        answer.headers["allow"] = allowed
        return answer
    return _error(request, 404, "API.310.100.003", "Resource not found").response


def get_payment(state: SandboxState, request: ProviderRequest) -> Response:
    """Return a payment, found by its id or by the merchant's order id."""
    payment_state = _enter(state, request)
    origin = payment_state.payment.url_origin or request.origin
    return JSONResponse(payment_state.show(lambda path: f"{origin}{_BASE_PATH}{path}"))


def get_authorization(state: SandboxState, request: ProviderRequest) -> Response:
    """Return the payment's authorisation."""
    return JSONResponse(_enter(state, request).show_authorization())


def get_cancel(state: SandboxState, request: ProviderRequest) -> Response:
    """Return one cancel, only under the parent of its request."""
    payment_state = _enter(state, request)
    parent, wanted = _parent(payment_state, request), request.ids["cancellationId"]
    for attempt in payment_state.attempts:
        if (attempt.parent, attempt.cancel_id) == (parent, wanted):
            return JSONResponse(payment_state.show_attempt(attempt))
    raise _error(request, 404, "API.310.100.003", "No such cancel", payment_state)


def cancel(state: SandboxState, request: ProviderRequest) -> Response:
    """Reverse an amount, or the rest if none is given."""
    payment_state = _enter(state, request)
    order = _order(request)
    given = order.get("amount", order.get("amountGross"))
    amount = payment_state.reversible if given is None else Decimal(str(given))
    attempt = payment_state.attempt(
        _parent(payment_state, request),
        "cancelAuthorization" if "authorizationId" in request.ids else "cancelPayment",
        amount,
        order.get("paymentReference", ""),
        "error",
    )
    # A refused cancel is listed as a failed attempt, so it is recorded before it is checked.
    _check_amount(payment_state, request, amount)
    return _book(state, payment_state, attempt)


def _book(state: SandboxState, payment_state: UnzerPaymentState, attempt: CancelRecord) -> Response:
    attempt.status = payment_state.payment.flags
    if attempt.status == "success":
        state.executed(payment_state.execution(attempt))
    return JSONResponse(payment_state.show_attempt(attempt), payment_state.payment.success_status)


def _check_amount(
    payment_state: UnzerPaymentState, request: ProviderRequest, amount: Decimal
) -> None:
    if payment_state.charged:
        code, text = "API.340.100.018", "The authorization is charged already"
    elif not payment_state.reversible:
        code, text = "API.340.100.014", "The authorization is cancelled already"
    elif amount <= 0:
        code, text = "API.340.000.004", "The amount is not positive"
    elif amount > payment_state.reversible:
        code, text = "API.340.100.017", "The amount is greater than what is left"
    else:
        return
    raise _error(request, 400, code, text, payment_state)


def _enter(state: SandboxState, request: ProviderRequest) -> UnzerPaymentState:
    _authenticate(request)
    if found := violation(request):
        status = 415 if found.where == "content-type" else 400
        raise _error(request, status, "API.500.300.999", found.text)
    wanted = request.ids["paymentId"]
    by_id = state.find(f"unzer:{wanted}")
    for payment_state in (by_id,) if by_id else state.payment_states():
        if isinstance(payment_state, UnzerPaymentState) and wanted in {
            payment_state.payment.payment_id,
            payment_state.payment.order_id,
        }:
            return _with_authorization(payment_state, request)
    raise _error(request, 404, "API.310.100.003", "No such payment")


def _with_authorization(
    payment_state: UnzerPaymentState, request: ProviderRequest
) -> UnzerPaymentState:
    known = payment_state.payment.authorization_id
    if request.ids.get("authorizationId", known) != known:
        raise _error(request, 404, "API.310.100.003", "No such authorization", payment_state)
    return payment_state


def _parent(payment_state: UnzerPaymentState, request: ProviderRequest) -> str:
    through = "authorizationId" in request.ids
    return payment_state.authorization_path if through else payment_state.payment_path


def _order(request: ProviderRequest) -> dict[str, Any]:
    if request.header("content-type").startswith("application/x-www-form-urlencoded"):
        return _form(request)
    # An amount may be a number; a float would change its digits.
    order: dict[str, Any] = json.loads(request.body or b"{}", parse_float=Decimal)
    return order


def _form(request: ProviderRequest) -> dict[str, Any]:
    # openapi-core ignores unknown fields. A misspelt amount would reverse the whole payment.
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if unknown := fields.keys() - _FORM_FIELDS:
        text = f"unknown fields: {', '.join(sorted(unknown))}"
        raise _error(request, 400, "API.500.300.999", text)
    return fields


def _authenticate(request: ProviderRequest) -> None:
    scheme, _, value = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        raise _error(request, 401, "API.710.000.007", "Wrong authentication method")
    try:
        given = base64.b64decode(value, validate=True)
    except binascii.Error:
        given = b""
    if given != f"{UNZER_PRIVATE_KEY}:".encode():
        raise _error(request, 401, "API.710.000.002", "The key is unknown or invalid")


def _error(
    request: ProviderRequest,
    status: int,
    code: str,
    text: str,
    payment_state: UnzerPaymentState | None = None,
) -> ProviderRefusal:
    body = {
        "id": "s-err-1",
        "isSuccess": False,
        "isPending": False,
        "isError": True,
        "url": f"{request.origin}{_BASE_PATH}{request.path}",
        "timestamp": "2024-11-26 10:13:30",
        "traceId": "178045d5b0ee8ae9e53e2d473ac348cd",
        "errors": [{"code": code, "merchantMessage": text, "customerMessage": "Request failed"}],
    }
    disguised = payment_state is not None and payment_state.payment.errors_in_200
    return ProviderRefusal(JSONResponse(body, 200 if disguised else status))


def _identifiers(number: int) -> dict[str, object]:
    return {"payment_id": f"s-pay-{number}", "order_id": f"o-{number}"}


def _account(base_url: str, _token: TokenSource) -> Account:
    return account_class("unzer")(UNZER_PRIVATE_KEY, base_url)


SIMULATOR: Final = Simulator(
    api="unzer",
    base_path=_BASE_PATH,
    payment=UnzerPayment,
    identifiers=_identifiers,
    payment_state=UnzerPaymentState,
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
