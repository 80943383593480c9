"""Which verdicts the documents of the providers allow. Pure."""

from typing import Literal

from tests.conformance.cases import RECEIPT, UNKNOWN

Kind = Literal["lost", "unbelievable"]

REPEATABLE = ("pace_pay", "pace_fueling", "vtex")
"""Where an identical second request does no harm."""


def at_once(api: str, kind: Kind, *, executed: bool) -> frozenset[str]:
    """One exchange fails, and later ones pass.

    Bento has no read and no harmless repeat. Unzer's records show what was executed, and can not
    show that nothing will be. An answer by PACE Fueling that cannot be believed is looked up at
    PACE Pay, where an open transaction is as unknown as a cancelled one may be.
    """
    if api == "bento":
        return UNKNOWN
    if api == "unzer" or (api == "pace_fueling" and kind == "unbelievable"):
        return RECEIPT if executed else UNKNOWN
    return RECEIPT


def afterwards(api: str) -> frozenset[str]:
    """Later exchanges pass, and a late request would have arrived."""
    return UNKNOWN if api == "bento" else RECEIPT


def unanswered(api: str) -> frozenset[str]:
    """While nothing is answered, and requests leave."""
    del api
    return UNKNOWN
