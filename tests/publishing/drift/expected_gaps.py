"""The documented responses that no request can provoke at the sandbox, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_FAILURE: Final = "the sandbox does not fail by itself; the fault proxy makes failures"
_ALL_RIGHTS: Final = "the sandbox has one kind of credential, which permits everything"
_NOTHING_TO_REFUSE: Final = "a read without a body or a query has nothing in it to refuse"

_GAPS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("pace_pay", "cancelTransaction"): {"500": _NO_FAILURE, "502": _NO_FAILURE},
    ("pace_pay", "getTransaction"): {"500": _NO_FAILURE},
    ("pace_fueling", "cancelTransaction"): {"500": _NO_FAILURE, "502": _NO_FAILURE},
    **{
        ("bento", operation): {
            "403": _ALL_RIGHTS,
            **dict.fromkeys(("500", "502", "503", "504"), _NO_FAILURE),
        }
        for operation in ("cancelTransaction", "getTransaction")
    },
    ("unzer", "cancelPayment"): {"403": _ALL_RIGHTS, "500": _NO_FAILURE},
    ("unzer", "cancelAuthorization"): {"403": _ALL_RIGHTS, "500": _NO_FAILURE},
    **{
        ("unzer", read): {"400": _NOTHING_TO_REFUSE, "403": _ALL_RIGHTS, "500": _NO_FAILURE}
        for read in (
            "getPayment",
            "getAuthorization",
            "getPaymentCancellation",
            "getAuthorizationCancellation",
        )
    },
    ("vtex", "cancelPayment"): {"500": _NO_FAILURE},
}

EXPECTED_GAPS: Final = {
    (api, operation, status): reason
    for (api, operation), reasons in _GAPS.items()
    for status, reason in reasons.items()
}
"""The reason by API, operationId and status."""
