# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The operations of VTEX Payment Provider Protocol, cancelling a payment, with the facts that its specification states about each."""

from typing import Final

from ..operation import (
    Echo,
    IdempotencyKey,
    Money,
    Operation,
    Place,
    Repeat,
    ReplyEvidence,
    Sign,
    Words,
)

API: Final = "vtex"
"""The name of this API in Python."""

SERVERS: Final[tuple[str, ...]] = ("https://{providerApiEndpoint}",)
"""The documented server URLs; what stands in braces is a variable that the caller fills in."""

CANCEL_PAYMENT: Final = Operation(
    api=API,
    operation_id="cancelPayment",
    method="POST",
    path="/payments/{paymentId}/cancellations",
    effect="cancel",
    repeat=Repeat("none", "same"),
    key=IdempotencyKey("body", "requestId", 86400),
    marker=None,
    read_back=(),
    responses={
        "200": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "500": ("application/json",),
        "501": ("application/json",),
    },
    evidence=ReplyEvidence(
        executed=(
            Sign(
                status="any",
                pointer="/cancellationId",
                pattern="^(?! *([Nn][Uu][Ll][Ll]|[Nn][Oo][Nn][Ee]|[Nn][Ii][Ll]|[Uu][Nn][Dd][Ee][Ff][Ii][Nn][Ee][Dd]|[Nn]/?[Aa]|[Nn][Aa][Nn]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|0+|-[0-9]+) *$)[^0-9A-Za-z]*[0-9A-Za-z]",
            ),
        ),
        not_executed=(
            Sign(status="2XX", pointer="/cancellationId", equals=None),
            Sign(status="4XX", pointer="/cancellationId", equals=None),
            Sign(status="501", pointer="/code", equals="cancel-manually"),
            Sign(status="200", pointer="/code", equals="cancel-manually"),
        ),
        undecided=(Words(status="409", pointer="/code", pattern="^(?!cancel-manually$)"),),
        echoes=(
            Echo("/paymentId", Place("body", "paymentId"), required=True),
            Echo("/requestId", Place("body", "requestId"), required=True),
        ),
    ),
    money=Money("/value", "minor", "everything"),
)
