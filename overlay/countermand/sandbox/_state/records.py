"""What the sandbox remembers: requests that arrived, and money that moved."""

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
"""Headers whose values are never kept."""

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order in which they arrived; names in lower case."""


@attrs.frozen(kw_only=True)
class Execution:
    """One real change of the money at a provider: the judge in every test of safety.

    `sequence` counts from 1 over all providers. `payment` is the handle of the payment, the same
    for PACE Pay and PACE Fueling, and `identifiers` are the ids it is known by. `amount` is what
    was released, in the provider's own notation, and None where a cancel has no amount. `key` is
    the mark that the client put on the request (VTEX `requestId`, Unzer `paymentReference`), and
    `reference` is the id the provider gave to the cancel.
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
    """One request as it arrived, with its credentials masked.

    `path` is still percent-encoded, exactly as it stood on the wire; so is `query`.
    """

    sequence: int
    api: str
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


def masked(fields: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return header fields as text, with `***` in the place of every credential.

    The authentication scheme stays readable (`Bearer ***`), because tests ask for it.
    """
    return tuple(_masked(name.decode("latin-1").lower(), value) for name, value in fields)


def _masked(name: str, raw: bytes) -> tuple[str, str]:
    value = raw.decode("latin-1")
    if name not in CREDENTIAL_HEADERS:
        return name, value
    scheme, space, _ = value.partition(" ")
    return name, f"{scheme} ***" if space else "***"
