"""What PACE Pay and PACE Fueling have in common: transactions, tokens and JSON:API errors.

The forms of the errors are those of the operations' pages and of the provider's published server
framework, whose authentication layer answers in plain text unless JSON:API is asked for exactly.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final, Literal

from starlette.responses import JSONResponse, PlainTextResponse, Response

from countermand.sandbox._state.records import Execution
from countermand.sandbox._state.state import Standing, World
from countermand.sandbox.payments import PacePayment
from countermand.sandbox.simulators._simulator import RefusedError, bearer

if TYPE_CHECKING:
    from countermand.sandbox._state.requests import Incoming

MEDIA_TYPE: Final = "application/vnd.api+json"
"""JSON:API, the media type of every PACE error."""

PROBLEM_ID: Final = "cbgmhslmp1o9or9kh1p0"
"""The request id that the provider's own example prints."""

MISSING_LINKED_IDENTITY: Final = {
    "errors": [
        {
            "id": PROBLEM_ID,
            "title": "Missing linked identity for authorized access",
            "detail": (
                "Linked identity is needed to access this resource, "
                "please check why the user does not have a linked identity"
            ),
            "status": "401",
            "code": "missing-linked-identity",
        }
    ]
}
"""The body of the special 401, word for word as both operations' pages print it."""


class PaceStanding(Standing[PacePayment]):
    """How things stand with a transaction; `phase` moves only forward."""

    def __init__(self, payment: PacePayment) -> None:
        super().__init__(payment)
        self.phase: Literal["open", "fueling", "captured", "cancelled"] = "open"
        self.token_revoked = False

    def state(self) -> dict[str, object]:
        """Return the phase, and whether the payment token was revoked."""
        return {"phase": self.phase, "token_revoked": self.token_revoked}

    def capture(self) -> None:
        """Complete the transaction; raises `ValueError` if it is cancelled."""
        self._advance("captured")

    def start_fueling(self) -> None:
        """Use the payment token at the pump; raises `ValueError` if it is cancelled."""
        self._advance("fueling")

    def _advance(self, phase: Literal["fueling", "captured"]) -> None:
        if self.phase == "cancelled":
            raise ValueError(f"{self.payment.handle} is cancelled")
        self.phase = phase


def identifiers(number: int) -> dict[str, object]:
    """Make up the ids of a transaction; all are at one gas station."""
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"countermand-sandbox/{number}")
    station = uuid.uuid5(uuid.NAMESPACE_URL, "countermand-sandbox/gas-station")
    return {"transaction_id": str(unique), "gas_station_id": str(station)}


def problem(status: int, title: str, detail: str, *, parameter: str = "") -> RefusedError:
    """Return a refusal with one JSON:API error object."""
    error: dict[str, object] = {"id": PROBLEM_ID, "title": title, "detail": detail}
    error["status"] = str(status)
    if parameter:
        error["source"] = {"parameter": parameter}
    return RefusedError(JSONResponse({"errors": [error]}, status, media_type=MEDIA_TYPE))


def not_found(_incoming: Incoming) -> Response:
    """Answer for a path that PACE does not have."""
    return problem(404, "Resource not found", "there is nothing here").response


def authorize(world: World, incoming: Incoming, scope: str) -> None:
    """Check token, linked identity and scope, in this order; raises `RefusedError`."""
    identities = world.identities
    value = bearer(incoming.header("authorization"))
    token = identities.find(value)
    json = incoming.header("accept") == MEDIA_TYPE and not (token and token.plain_errors)
    if not value:
        raise _refused(401, "Unauthorized", "Unauthorized", json=json)
    if token is None or not identities.valid(value):
        raise _refused(401, "Unauthorized", "user token is invalid", json=json)
    if not identities.linked(token.user):
        raise RefusedError(JSONResponse(MISSING_LINKED_IDENTITY, 401, media_type=MEDIA_TYPE))
    if scope not in token.scopes:
        text = f'Forbidden - requires scope "{scope}"'
        raise _refused(403, "Forbidden", text, json=json)


def transaction(world: World, incoming: Incoming) -> PaceStanding:
    """Return the transaction that the path names; raises `RefusedError` with 404."""
    # Textual comparison would tell two spellings of one UUID apart; the provider does not.
    found = world.find(f"pace:{incoming.ids['transactionId'].lower()}")
    if not isinstance(found, PaceStanding):
        raise problem(404, "Resource not found", "no such transaction")
    return found


def cancel(world: World, standing: PaceStanding, api: str) -> Response:
    """Cancel an open transaction, and count it."""
    standing.phase = "cancelled"
    payment = standing.payment
    world.executed(
        Execution(
            sequence=0,
            api=api,
            operation_id="cancelTransaction",
            payment=payment.handle,
            identifiers=payment.identifiers,
        )
    )
    return Response(status_code=204)


def _refused(status: int, title: str, text: str, *, json: bool) -> RefusedError:
    if json:
        return problem(status, title, text)
    return RefusedError(PlainTextResponse(text, status))
