# Generated from specs/pace-fueling.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The operations of PACE Fueling, cancelling an authorised transaction, with the facts that its specification states about each."""

from typing import Final

from ..operation import (
    Money,
    Operation,
    Repeat,
    ReplyEvidence,
    Sign,
)

API: Final = "pace_fueling"
"""The name of this API in Python."""

SERVERS: Final[tuple[str, ...]] = ("https://api.pace.cloud/fueling/2024-4",)
"""The documented server URLs; what stands in braces is a variable that the caller fills in."""

CANCEL_TRANSACTION: Final = Operation(
    api=API,
    operation_id="cancelTransaction",
    method="DELETE",
    path="/gas-stations/{gasStationId}/transactions/{transactionId}",
    effect="cancel",
    repeat=Repeat("unknown", "unknown"),
    key=None,
    marker=None,
    read_back=("pace-pay#getTransaction",),
    responses={
        "204": (),
        "401": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "403": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "404": ("application/vnd.api+json",),
        "500": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "502": (
            "application/vnd.api+json",
            "text/plain",
        ),
    },
    evidence=ReplyEvidence(
        executed=(Sign(status="204"),),
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/title", pattern="[^ ]"),
            Sign(status="4XX", pointer="/errors/0/detail", pattern="[^ ]"),
            Sign(status="4XX", pointer="/errors/0/status", pattern="^4[0-9][0-9]$"),
            Sign(status="401", pointer="", pattern="^(Unauthorized|user token is invalid)"),
            Sign(status="403", pointer="", pattern="requires scope"),
        ),
        state=frozenset(["403", "404"]),
    ),
    money=Money(None, None, "none"),
)
