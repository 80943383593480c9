# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The operations of Unzer, cancelling an authorization, with the facts that its specification states about each."""

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

API: Final = "unzer"
"""The name of this API in Python."""

SERVERS: Final[tuple[str, ...]] = (
    "https://api.unzer.com/v1",
    "https://sbx-api.unzer.com/v1",
)
"""The documented server URLs; what stands in braces is a variable that the caller fills in."""

GET_PAYMENT: Final = Operation(
    api=API,
    operation_id="getPayment",
    method="GET",
    path="/payments/{paymentId}",
    effect="read",
    repeat=Repeat("none", "same"),
    key=None,
    marker=None,
    read_back=(),
    responses={
        "200": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "405": ("application/json",),
        "500": ("application/json",),
    },
    evidence=ReplyEvidence(
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/isError", equals=True),
        ),
        undecided=(
            Words(
                pointer="/errors/*/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(status="2XX", pointer="/errors/*", pattern="[^ ]"),
            Words(status="2XX", pointer="/errors", pattern="[^ ]"),
            Words(pointer="/errors/*/status", pattern="pending|processing|resumed|success"),
            Words(pointer="/errors/*/status/*", pattern="^(?!(false|0|null)$)[^ ]"),
        ),
    ),
)

GET_AUTHORIZATION: Final = Operation(
    api=API,
    operation_id="getAuthorization",
    method="GET",
    path="/payments/{paymentId}/authorize/{authorizationId}",
    effect="read",
    repeat=Repeat("none", "same"),
    key=None,
    marker=None,
    read_back=(),
    responses={
        "200": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "405": ("application/json",),
        "500": ("application/json",),
    },
    evidence=ReplyEvidence(
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/isError", equals=True),
        ),
        undecided=(
            Words(
                pointer="/errors/*/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(status="2XX", pointer="/errors/*", pattern="[^ ]"),
            Words(status="2XX", pointer="/errors", pattern="[^ ]"),
            Words(pointer="/errors/*/status", pattern="pending|processing|resumed|success"),
            Words(pointer="/errors/*/status/*", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(
                pointer="/message/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(pointer="/message", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"),
            Words(pointer="/isSuccess", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isPending", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isResumed", pattern="^(?!(false|0|null)$)[^ ]"),
        ),
    ),
)

CANCEL_PAYMENT: Final = Operation(
    api=API,
    operation_id="cancelPayment",
    method="POST",
    path="/payments/{paymentId}/authorize/cancels",
    effect="cancel",
    repeat=Repeat("again", "unknown", full=Repeat("none", "unknown")),
    key=None,
    marker=Place("body", "paymentReference"),
    read_back=(
        "getPayment",
        "getPaymentCancellation",
    ),
    responses={
        "200": ("application/json",),
        "201": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "405": ("application/json",),
        "415": ("application/json",),
        "500": ("application/json",),
    },
    evidence=ReplyEvidence(
        executed=(
            Sign(status="200", pointer="/isSuccess", equals=True),
            Sign(status="201", pointer="/isSuccess", equals=True),
            Sign(status="200", pointer="/isPending", equals=True),
            Sign(status="201", pointer="/isPending", equals=True),
        ),
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/isError", equals=True),
        ),
        undecided=(
            Words(
                pointer="/errors/*/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(status="2XX", pointer="/errors/*", pattern="[^ ]"),
            Words(status="2XX", pointer="/errors", pattern="[^ ]"),
            Words(pointer="/errors/*/status", pattern="pending|processing|resumed|success"),
            Words(pointer="/errors/*/status/*", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(
                pointer="/message/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(pointer="/message", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"),
            Words(pointer="/isSuccess", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isPending", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isResumed", pattern="^(?!(false|0|null)$)[^ ]"),
        ),
        echoes=(Echo("/paymentReference", Place("body", "paymentReference")),),
        state=frozenset(
            [
                "API.310.100.003",
                "API.340.000.004",
                "API.340.100.014",
                "API.340.100.015",
                "API.340.100.017",
                "API.340.100.018",
            ]
        ),
    ),
    money=Money("/amount", "main", "everything"),
)

GET_PAYMENT_CANCELLATION: Final = Operation(
    api=API,
    operation_id="getPaymentCancellation",
    method="GET",
    path="/payments/{paymentId}/authorize/cancels/{cancellationId}",
    effect="read",
    repeat=Repeat("none", "same"),
    key=None,
    marker=None,
    read_back=(),
    responses={
        "200": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "405": ("application/json",),
        "500": ("application/json",),
    },
    evidence=ReplyEvidence(
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/isError", equals=True),
        ),
        undecided=(
            Words(
                pointer="/errors/*/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(status="2XX", pointer="/errors/*", pattern="[^ ]"),
            Words(status="2XX", pointer="/errors", pattern="[^ ]"),
            Words(pointer="/errors/*/status", pattern="pending|processing|resumed|success"),
            Words(pointer="/errors/*/status/*", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(
                pointer="/message/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(pointer="/message", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"),
            Words(pointer="/isSuccess", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isPending", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isResumed", pattern="^(?!(false|0|null)$)[^ ]"),
        ),
    ),
)

CANCEL_AUTHORIZATION: Final = Operation(
    api=API,
    operation_id="cancelAuthorization",
    method="POST",
    path="/payments/{paymentId}/authorize/{authorizationId}/cancels",
    effect="cancel",
    repeat=Repeat("again", "unknown", full=Repeat("none", "unknown")),
    key=None,
    marker=Place("body", "paymentReference"),
    read_back=(
        "getPayment",
        "getAuthorizationCancellation",
    ),
    responses={
        "200": ("application/json",),
        "201": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "405": ("application/json",),
        "415": ("application/json",),
        "500": ("application/json",),
    },
    evidence=ReplyEvidence(
        executed=(
            Sign(status="200", pointer="/isSuccess", equals=True),
            Sign(status="201", pointer="/isSuccess", equals=True),
            Sign(status="200", pointer="/isPending", equals=True),
            Sign(status="201", pointer="/isPending", equals=True),
        ),
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/isError", equals=True),
        ),
        undecided=(
            Words(
                pointer="/errors/*/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(status="2XX", pointer="/errors/*", pattern="[^ ]"),
            Words(status="2XX", pointer="/errors", pattern="[^ ]"),
            Words(pointer="/errors/*/status", pattern="pending|processing|resumed|success"),
            Words(pointer="/errors/*/status/*", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(
                pointer="/message/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(pointer="/message", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"),
            Words(pointer="/isSuccess", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isPending", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isResumed", pattern="^(?!(false|0|null)$)[^ ]"),
        ),
        echoes=(Echo("/paymentReference", Place("body", "paymentReference")),),
        state=frozenset(
            [
                "API.310.100.003",
                "API.340.000.004",
                "API.340.100.014",
                "API.340.100.015",
                "API.340.100.017",
                "API.340.100.018",
            ]
        ),
    ),
    money=Money("/amount", "main", "everything"),
)

GET_AUTHORIZATION_CANCELLATION: Final = Operation(
    api=API,
    operation_id="getAuthorizationCancellation",
    method="GET",
    path="/payments/{paymentId}/authorize/{authorizationId}/cancels/{cancellationId}",
    effect="read",
    repeat=Repeat("none", "same"),
    key=None,
    marker=None,
    read_back=(),
    responses={
        "200": ("application/json",),
        "400": ("application/json",),
        "401": ("application/json",),
        "403": ("application/json",),
        "404": ("application/json",),
        "405": ("application/json",),
        "500": ("application/json",),
    },
    evidence=ReplyEvidence(
        not_executed=(
            Sign(status="4XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/errors/0/code", pattern="^[A-Z]{3}(\\.[0-9]{3}){3}$"),
            Sign(status="2XX", pointer="/isError", equals=True),
        ),
        undecided=(
            Words(
                pointer="/errors/*/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(status="2XX", pointer="/errors/*", pattern="[^ ]"),
            Words(status="2XX", pointer="/errors", pattern="[^ ]"),
            Words(pointer="/errors/*/status", pattern="pending|processing|resumed|success"),
            Words(pointer="/errors/*/status/*", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(
                pointer="/message/*", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"
            ),
            Words(pointer="/message", pattern="COR\\.(000|900)\\.|API\\.(000\\.000\\.999|340\\.000\\.009)|^(true|1)$"),
            Words(pointer="/isSuccess", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isPending", pattern="^(?!(false|0|null)$)[^ ]"),
            Words(pointer="/isResumed", pattern="^(?!(false|0|null)$)[^ ]"),
        ),
    ),
)
