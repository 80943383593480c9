"""Bento: cancelling a transaction, by a void or by an asynchronous refund."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from countermand.sandbox.bento_state import REFUNDABLE, BentoStanding
from countermand.sandbox.incoming import violation
from countermand.sandbox.payments import BentoPayment
from countermand.sandbox.records import Execution
from countermand.sandbox.refusal import RefusedError, bearer
from countermand.sandbox.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox.incoming import Incoming
    from countermand.sandbox.world import World


def not_found(_incoming: Incoming) -> Response:
    """Answer for a path that Bento does not have."""
    return _error(404, "Resource Not Found").response


def cancel(world: World, incoming: Incoming) -> Response:
    """Void what is authorised, refund what is captured: 202, not yet done where it is a refund."""
    if not world.identities.valid(bearer(incoming.header("authorization"))):
        raise _error(401, "Invalid Authentication Credentials")
    if found := violation(incoming):
        # The page documents no 400; 422 is its status for whatever cannot be done.
        raise _error(422, "Action Cannot Be Performed", found.text)
    standing = _find(world, incoming.ids)
    _limit(standing)
    if standing.payment.decline != "never" and standing.phase in {"AuthSucceeded", *REFUNDABLE}:
        return _declined(standing)
    amount = _move(standing, json.loads(incoming.body or b"{}").get("refundAmount"))
    world.executed(
        Execution(
            sequence=0,
            api="bento",
            operation_id="cancelTransaction",
            payment=standing.payment.handle,
            identifiers=standing.payment.identifiers,
            amount=str(amount),
        )
    )
    return _accepted(standing)


def _find(world: World, ids: Mapping[str, str]) -> BentoStanding:
    found = world.find(f"bento:{ids['orderId']}:{ids['transactionId']}")
    if not isinstance(found, BentoStanding):
        raise _error(404, "Resource Not Found", "no such transaction of this order")
    return found


def _limit(standing: BentoStanding) -> None:
    if standing.busy:
        standing.busy -= 1
        refusal = _error(429, "Too Many Requests")
        if standing.payment.retry_after:
            refusal.response.headers["retry-after"] = standing.payment.retry_after
        raise refusal


def _move(standing: BentoStanding, wanted: int | None) -> int:
    if standing.phase == "AuthSucceeded":
        standing.void()
        return standing.payment.amount
    if standing.phase not in REFUNDABLE:
        raise _error(422, "Action Cannot Be Performed", f"the transaction is {standing.phase}")
    amount = standing.left if wanted is None else wanted
    if not 0 < amount <= standing.left:
        text = f"{amount} is not within the {standing.left} that are left"
        raise _error(422, "Action Cannot Be Performed", text)
    standing.refund(amount)
    return amount


def _declined(standing: BentoStanding) -> Response:
    standing.decline()
    if standing.payment.decline == "in-202":
        return _accepted(standing)
    body: dict[str, object] = {"message": "Declined", "causes": [], "status": standing.status}
    return JSONResponse(body, 422)


def _accepted(standing: BentoStanding) -> Response:
    return JSONResponse({"data": standing.transaction()}, 202)


def _error(status: int, message: str, cause: str = "") -> RefusedError:
    causes: list[object] = [{"message": cause, "metadata": {}}] if cause else []
    return RefusedError(JSONResponse({"message": message, "causes": causes}, status))


def _identifiers(number: int) -> dict[str, object]:
    ulid = f"01SANDB0X{number:017d}"
    return {"order_id": f"or_{ulid}", "transaction_id": f"tx_{ulid}"}


SIMULATOR: Final = Simulator(
    api="bento",
    base_path="/bento/payments/v1",
    payment=BentoPayment,
    identifiers=_identifiers,
    standing=BentoStanding,
    operations=(("PUT", "/orders/{orderId}/transactions/{transactionId}/_cancel", cancel),),
    not_found=not_found,
)
