# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The operations of Bento Payment Gateway, cancelling a transaction, with the facts that its specification states about each."""

from typing import Final

from ..operation import (
    Echo,
    Money,
    Operation,
    Place,
    Repeat,
    ReplyEvidence,
    Sign,
    Words,
)

API: Final = "bento"
"""The name of this API in Python."""

SERVERS: Final[tuple[str, ...]] = ("https://{host}/payments/v1",)
"""The documented server URLs; what stands in braces is a variable that the caller fills in."""

CANCEL_TRANSACTION: Final = Operation(
    api=API,
    operation_id="cancelTransaction",
    method="PUT",
    path="/orders/{orderId}/transactions/{transactionId}/_cancel",
    effect="cancel",
    repeat=Repeat("unknown", "unknown"),
    key=None,
    marker=None,
    read_back=("getTransaction",),
    responses={
        "202": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "422": ("application/json",),
        "429": ("application/json",),
        "500": ("application/json",),
        "502": ("application/json",),
        "503": ("application/json",),
        "504": ("application/json",),
    },
    evidence=ReplyEvidence(
        executed=(Sign(status="202", pointer="/data", type="object"),),
        not_executed=(
            Sign(status="4XX", pointer="/causes", type="array"),
            Sign(status="4XX", pointer="/status/outcome", pattern="^[Ff][Aa][Ii][Ll][Ee][Dd]"),
            Sign(status="2XX", pointer="/data/status/outcome", pattern="^[Ff][Aa][Ii][Ll][Ee][Dd]"),
            Sign(status="2XX", pointer="/status/outcome", pattern="^[Ff][Aa][Ii][Ll][Ee][Dd]"),
        ),
        undecided=(Words(pointer="/data/state", values=("AuthVoided", "Refunded", "Refunding")),),
        echoes=(
            Echo("/data/orderId", Place("path", "orderId")),
            Echo("/data/transactionId", Place("path", "transactionId")),
        ),
        state=frozenset(["404", "422"]),
    ),
    money=Money("/refundAmount", "minor", "everything"),
)

GET_TRANSACTION: Final = Operation(
    api=API,
    operation_id="getTransaction",
    method="GET",
    path="/orders/{orderId}/transactions/{transactionId}",
    effect="read",
    repeat=Repeat("none", "unknown"),
    key=None,
    marker=None,
    read_back=(),
    responses={
        "200": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "429": ("application/json",),
        "500": ("application/json",),
        "502": ("application/json",),
        "503": ("application/json",),
        "504": ("application/json",),
    },
    evidence=ReplyEvidence(
        executed=(Sign(status="200", pointer="/data", type="object"),),
        not_executed=(Sign(status="4XX", pointer="/causes", type="array"),),
        echoes=(
            Echo("/data/orderId", Place("path", "orderId")),
            Echo("/data/transactionId", Place("path", "transactionId")),
        ),
    ),
)
