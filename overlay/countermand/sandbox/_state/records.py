"""Records of the sandbox: received requests and executed cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CREDENTIAL_HEADERS: Final = frozenset(
    {
        "authorization",
        "cookie",
        "x-vtex-api-appkey",
        "x-vtex-api-apptoken",
        "x-provider-api-appkey",
        "x-provider-api-apptoken",
    }
)
"""Headers whose values are masked."""

Headers = tuple[tuple[str, str], ...]
"""Header fields in the received order; names in lower case."""


@attrs.frozen(kw_only=True)
class Execution:
    """One executed cancel. Safety tests compare results with it.

    `sequence` counts from 1 over all providers. `payment` is the handle of the payment, the same
    for PACE Pay and PACE Fueling, and `identifiers` are its ids. `amount` is the released amount in
    the provider's notation, or None if a cancel has no amount. `key` is the provider key of the
    request (VTEX `requestId`, Unzer `paymentReference`), and `reference` is the provider's id of
    the cancel.
    """

    sequence: int
    api: str
    operation_id: str
    payment: str
    identifiers: Mapping[str, str]
    amount: str | None = None
    key: str | None = None
    reference: str | None = None


@attrs.frozen(kw_only=True)
class ReceivedRequest:
    """One received request, with masked credentials.

    `path` and `query` are percent-encoded, as they were received.
    """

    sequence: int
    api: str
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


def masked(fields: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return header fields as text, with `***` in place of credentials.

    The authentication scheme is kept (`Bearer ***`), because tests check it.
    """
    return tuple(_masked(name.decode("latin-1").lower(), value) for name, value in fields)


def _masked(name: str, raw: bytes) -> tuple[str, str]:
    value = raw.decode("latin-1")
    if name not in CREDENTIAL_HEADERS:
        return name, value
    scheme, space, _ = value.partition(" ")
    return name, f"{scheme} ***" if space else "***"
