"""Which verdicts the documents of the providers allow. Pure."""

from typing import Literal

from tests.conformance.cases import RECEIPT, UNKNOWN

Kind = Literal["lost", "page"]
"""No status, a cut body or a 5xx; or a whole page that proves nothing, and comes again as it is."""

REPEATABLE = ("pace_pay", "vtex")
"""Where an identical second request does no harm."""
READABLE = ("pace_fueling", "unzer")
"""Where a read shows what was executed: PACE Fueling's at PACE Pay."""
ABOUT_THE_PAYMENT = {
    "pace_pay": (403, 404),
    "pace_fueling": (403, 404),
    "bento": (404, 422),
    "unzer": (404, 409),
    "vtex": (),
}
"""The statuses under which a provider's own refusal speaks of the payment's state."""


def at_once(api: str, kind: Kind, *, executed: bool) -> frozenset[str]:
    """One exchange fails, and later ones pass."""
    if kind == "page" and api in REPEATABLE:
        return UNKNOWN
    return asked_again(api, executed=executed)


def asked_again(api: str, *, executed: bool) -> frozenset[str]:
    """The same key while a late request may still arrive.

    Bento has no read and no harmless repeat. A read shows what was executed, and cannot show that
    nothing will be.
    """
    if api in REPEATABLE:
        return RECEIPT
    return RECEIPT if executed and api in READABLE else UNKNOWN


def afterwards(api: str, *, executed: bool) -> frozenset[str]:
    """The same key when a late request would have arrived.

    Unzer's records are complete, so what they lack is sent again. PACE Pay shows an open
    transaction like an unknown one.
    """
    return RECEIPT if api == "unzer" else asked_again(api, executed=executed)


def throttled(api: str) -> frozenset[str]:
    """A gateway's 429, and later exchanges pass.

    Gateways repeat PUT and DELETE on their own, so where that does harm, a read comes first: PACE
    Fueling has one, Bento has none.
    """
    return frozenset({"RateLimited"}) if api == "bento" else RECEIPT


def redirected(status: int) -> frozenset[str]:
    """A redirect to another path; HTTP says only of 307 and 308 that nothing was processed."""
    return frozenset({"Misdirected"}) if status in {307, 308} else UNKNOWN


def refused(api: str, status: int) -> str:
    """The verdict on the provider's own refusal; a null of VTEX is one, whatever the status."""
    names = {403: "Forbidden", 404: "NotFound", 409: "AlreadyCaptured"}
    return "Declined" if api == "vtex" else names.get(status, "Declined")
