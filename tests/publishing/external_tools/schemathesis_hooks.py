"""Hooks for Schemathesis, loaded by its command line: what no specification can tell a generator.

Every other well-formed request is about a payment that exists, so that successes are checked too,
and not only the many ways of not being found.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httpx
import schemathesis

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext, HookContext, Response

SANDBOX: Final = "CHECKED_SANDBOX"
"""The environment variable with the sandbox's origin."""
API: Final = "CHECKED_API"
"""The environment variable with the API."""

QUIRKS: Final[dict[str, tuple[dict[str, object], ...]]] = {
    "pace_pay": ({}, {"read_when_cancelled": 404}),
    "pace_fueling": ({}, {"kind": "unattended", "repeat_at_fueling": 403}),
    "bento": ({}, {"captured": True}, {"decline": "in-202"}, {"decline": "in-4xx"}),
    "unzer": ({}, {"flags": "pending"}, {"success_status": 201}, {"errors_in_200": True}),
    "vtex": ({}, {"manual_status": 501}, {"manual_status": 200}),
}
"""The habits of the payments, taken in turn."""

STATE: Final = {"pace_pay": 410, "bento": 422, "unzer": 400}
"""The status by which a well-formed request is refused because of the payment's state.

Schemathesis accepts it by a setting, and `refused_for_its_state` checks the reason in its place.
"""

_turns: Final = itertools.count()


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Make the ids of a request agree, and put the payment into the sandbox for every other one."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # They come percent-encoded.
    path = {name: unquote(str(value)) for name, value in case.path_parameters.items()}
    body = case.body
    # "The id in the path and the one in the body must agree": JSON Schema has no words for it.
    if os.environ[API] == "vtex" and isinstance(body, dict) and "paymentId" in body:
        body["paymentId"] = path["paymentId"]
    turn = next(_turns)
    if turn % 2:
        _create(os.environ[API], path, turn // 2)


@schemathesis.check
def refused_for_its_state(
    _context: CheckContext, response: Response, case: Case[Any]
) -> bool | None:
    """A well-formed request is refused for the state of the payment, and never for its form."""
    api = os.environ[API]
    formed = case.meta is not None and case.meta.generation.mode.is_positive
    if not formed or response.status_code != STATE.get(api):
        return True
    body = response.json()
    if api == "unzer":
        code = body["errors"][0]["code"]
        assert code.startswith("API.340."), f"{code} is no matter of state"
    if api == "bento":
        words = " ".join(cause["message"] for cause in body["causes"])
        state = words.startswith("the transaction is") or "that are left" in words
        assert state or "status" in body, f"{words!r} is no matter of state"
    return None


def _create(api: str, path: dict[str, str], turn: int) -> None:
    names = {
        "gasStationId": "gas_station_id",
        "transactionId": "transaction_id",
        "orderId": "order_id",
        "paymentId": "payment_id",
        "authorizationId": "authorization_id",
    }
    ids = {names[name]: value for name, value in path.items() if name in names}
    quirks = QUIRKS.get(api, ({},))
    settings = {"api": api, **ids, **quirks[turn % len(quirks)]}
    # Where it exists already, that is just as well.
    httpx.post(f"{os.environ[SANDBOX]}/_sandbox/payments", json=settings, trust_env=False)
