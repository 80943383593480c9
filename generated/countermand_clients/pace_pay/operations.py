# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The operations of PACE Pay, cancelling a pre-authorised payment, with the facts that its specification states about each."""

from typing import Final

from ..operation import (
    Money,
    Operation,
    Repeat,
    ReplyEvidence,
    Sign,
)

API: Final = "pace_pay"
"""The name of this API in Python."""

SERVERS: Final[tuple[str, ...]] = ("https://api.pace.cloud/pay/2024-1",)
"""The documented server URLs; what stands in braces is a variable that the caller fills in."""

CANCEL_TRANSACTION: Final = Operation(
    api=API,
    operation_id="cancelTransaction",
    method="POST",
    path="/transactions/{transactionId}/cancel",
    effect="cancel",
    repeat=Repeat("none", "same"),
    key=None,
    marker=None,
    read_back=("getTransaction",),
    responses={
        "204": (),
        "400": ("application/vnd.api+json",),
        "401": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "403": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "404": ("application/vnd.api+json",),
        "406": ("application/vnd.api+json",),
        "415": ("application/vnd.api+json",),
        "422": ("application/vnd.api+json",),
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

GET_TRANSACTION: Final = Operation(
    api=API,
    operation_id="getTransaction",
    method="GET",
    path="/transactions/{transactionId}",
    effect="read",
    repeat=Repeat("none", "same"),
    key=None,
    marker=None,
    read_back=(),
    responses={
        "200": ("application/vnd.api+json",),
        "401": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "403": (
            "application/vnd.api+json",
            "text/plain",
        ),
        "404": ("application/vnd.api+json",),
        "406": ("application/vnd.api+json",),
        "410": ("application/vnd.api+json",),
        "500": (
            "application/vnd.api+json",
            "text/plain",
        ),
    },
    evidence=ReplyEvidence(
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/title", pattern="[^ ]"),
            Sign(status="4XX", pointer="/errors/0/detail", pattern="[^ ]"),
            Sign(status="4XX", pointer="/errors/0/status", pattern="^4[0-9][0-9]$"),
            Sign(status="401", pointer="", pattern="^(Unauthorized|user token is invalid)"),
            Sign(status="403", pointer="", pattern="requires scope"),
        ),
    ),
)
