"""What is described and never seen, and why nobody can see it at the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specs.publishing.drift.described import Description

Seen = frozenset[tuple[str, str, str]]

_NO_FAILURE: Final = "the sandbox does not fail by itself; failures are the fault proxy's"
_ALL_RIGHTS: Final = "the sandbox knows one kind of credential, which may do everything"
_NOTHING_TO_REFUSE: Final = "a read without a body or a query has nothing in it to refuse"

CANNOT_BE_SEEN: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("pace_pay", "cancelTransaction"): {"500": _NO_FAILURE, "502": _NO_FAILURE},
    ("pace_pay", "getTransaction"): {"500": _NO_FAILURE},
    ("pace_fueling", "cancelTransaction"): {"500": _NO_FAILURE, "502": _NO_FAILURE},
    ("bento", "cancelTransaction"): {
        "403": _ALL_RIGHTS,
        **dict.fromkeys(("500", "502", "503", "504"), _NO_FAILURE),
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
"""By API and operation: each status with the reason. Everything else must be seen."""


def unseen(descriptions: Mapping[str, Description], seen: Seen) -> list[tuple[str, str, str]]:
    """The described responses that were not seen, in the order of the specifications."""
    return [
        (api, operation.name, status)
        for api, description in descriptions.items()
        for operation in description.operations
        for status in operation.responses
        if (api, operation.name, status) not in seen
    ]


def reason(response: tuple[str, str, str]) -> str:
    """Why a response cannot be seen, empty where it should have been."""
    api, operation, status = response
    return CANNOT_BE_SEEN.get((api, operation), {}).get(status, "")


def stale(seen: Seen) -> list[tuple[str, str, str]]:
    """The responses of which it is said that they cannot be seen, and which were."""
    return sorted(response for response in seen if reason(response))
