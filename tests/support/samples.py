"""Sample cancellations and replies, and a short name for every verdict."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypothesis import settings

from countermand import FULL, RawResponse, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.provider._verdicts import (
    Done,
    LinkRequired,
    MaybeExecuted,
    NotSent,
    Refused,
    Throttled,
    TokenRejected,
    Verdict,
)

if TYPE_CHECKING:
    from countermand.provider._cancellations import BaseCancellation
    from countermand.provider._provider import Provider

EXAMPLES: Final = Path(__file__).parents[1] / "specs" / "source_examples"
KEY: Final = "order-42"
STATION: Final = "a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1"
TRANSACTION: Final = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
BENTO_IDS: Final = ("or_01H84B0452F9X02H3YSZ03RFRG", "tx_01H84D1GN7AGCBFACSDYC1D4AF")
VTEX_PAYMENT: Final = "B2F246B3CE46469FBDD23039868E95D0"

LAW: Final = settings(derandomize=True, database=None, deadline=None)
"""Laws are explored anew from the same start each time, and no clock decides."""

PROVIDERS: Final[dict[str, Provider[Any]]] = {
    module.PROVIDER.api: module.PROVIDER for module in (pace_pay, pace_fueling, bento, unzer, vtex)
}
CANCELLATIONS: Final[dict[str, BaseCancellation]] = {
    "pace_pay": pace_pay.Cancellation(TRANSACTION),
    "pace_fueling": pace_fueling.Cancellation(STATION, TRANSACTION),
    "bento": bento.Cancellation(*BENTO_IDS, refund_amount=500),
    "unzer": unzer.Cancellation("s-pay-1", amount=Decimal("10.00")),
    "vtex": vtex.Cancellation(VTEX_PAYMENT),
}
UNZER_FULL: Final = unzer.Cancellation("s-pay-1", amount=FULL)

SUCCESS: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "bento": (202, {"data": {"state": "AuthVoided", "orderId": BENTO_IDS[0]}}),
    "unzer": (200, {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}),
    "vtex": (
        200,
        {
            "paymentId": VTEX_PAYMENT,
            "requestId": vtex.request_id(KEY),
            "cancellationId": "C1",
            "code": None,
        },
    ),
}
"""A body that says cancelled, for the three providers whose success has a body."""


def reply(
    status: int,
    body: bytes | object = b"",
    content_type: str | None = "application/json",
    *,
    problem: str | None = None,
    **headers: str,
) -> RawResponse:
    """A reply; a body that is not bytes is written as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        named["content-type"] = content_type
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawResponse(status=status, headers=tuple(named.items()), body=content, problem=problem)


def example(name: str) -> bytes:
    """An example as a provider's page prints it."""
    return (EXAMPLES / name).read_bytes()


def interpreted(
    api: str, answer: RawResponse, cancellation: BaseCancellation | None = None
) -> Verdict:
    """The provider's verdict on a reply to its sample cancellation."""
    provider, sample = PROVIDERS[api], cancellation or CANCELLATIONS[api]
    return provider.interpret(answer, provider.build_request(sample, KEY), sample)


def short(verdict: Verdict) -> str:
    """The short name of a verdict, as the tables write it."""
    match verdict:
        case Done(outcome=outcome):
            return f"done: {outcome}"
        case Refused(error=error):
            return f"refused: {error.__name__}"
        case MaybeExecuted(transient=transient):
            return "maybe executed: transient" if transient else "maybe executed"
        case Throttled():
            return "throttled"
        case TokenRejected():
            return "token rejected"
        case LinkRequired():
            return "link required"
        case NotSent():
            return "not sent"
