"""Unzer: cancelling an authorisation, as often as there is money left, and reading what happened.

Error bodies and codes are those of the provider's official SDKs. Nothing is deduplicated, by
content or by reference: the same request again is a second cancel.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from countermand import specs
from countermand.sandbox.identity import UNZER_PRIVATE_KEY
from countermand.sandbox.incoming import violation
from countermand.sandbox.payments import UnzerPayment
from countermand.sandbox.refusal import RefusedError
from countermand.sandbox.simulator import Simulator
from countermand.sandbox.unzer_state import UnzerStanding

if TYPE_CHECKING:
    from countermand import unzer
    from countermand._accounts import Account, TokenSource
    from countermand.sandbox.incoming import Incoming
    from countermand.sandbox.unzer_state import Attempt
    from countermand.sandbox.world import World

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
