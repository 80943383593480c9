"""Cancel a payment at PACE Pay, PACE Fueling, Bento, Unzer or a VTEX provider: once, never twice.

    from decimal import Decimal
    from countermand import FULL, Client, unzer

    cancellation = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
    with Client(unzer.Account(private_key="s-priv-...")) as client:
        receipt = client.cancel(cancellation, key="order-42")

Each provider is a module with the public names `Account` and `Cancellation`. `countermand.errors`
shows the tree of errors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from countermand._amounts import FULL
from countermand.attempts import Attempt, RawResponse, Sent
from countermand.batch import CancelRequest, CancelResult
from countermand.client import AsyncClient, Client
from countermand.errors import (
    Advice,
    AlreadyCaptured,
    CancellationInProgress,
    CountermandError,
    Declined,
    Forbidden,
    InvalidCancellation,
    KeyConflict,
    LedgerUnavailable,
    ManualCancellationRequired,
    Misdirected,
    MissingLinkedIdentity,
    NotCancelled,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unreachable,
)
from countermand.identity import LinkChallenge, LinkHandler
from countermand.policy import Backoff, Budget, FollowUp, Policy
from countermand.receipt import Evidence, Outcome, Receipt, Response

if TYPE_CHECKING:
    from countermand import bento, pace_fueling, pace_pay, unzer, vtex
    from countermand.ledger import Change as Change
    from countermand.ledger import Ledger as Ledger
    from countermand.ledger import Reconciliation as Reconciliation
    from countermand.ledger import Unresolved as Unresolved

    __version__: str

_PROVIDERS = ("bento", "pace_fueling", "pace_pay", "unzer", "vtex")
_OF_THE_LEDGER = ("Change", "Ledger", "Reconciliation", "Unresolved")
"""Not in `__all__`: `from countermand import *` must not require the ledger's extra."""

__all__ = [
    "FULL",
    "Advice",
    "AlreadyCaptured",
    "AsyncClient",
    "Attempt",
    "Backoff",
    "Budget",
    "CancelRequest",
    "CancelResult",
    "CancellationInProgress",
    "Client",
    "CountermandError",
    "Declined",
    "Evidence",
    "FollowUp",
    "Forbidden",
    "InvalidCancellation",
    "KeyConflict",
    "LedgerUnavailable",
    "LinkChallenge",
    "LinkHandler",
    "ManualCancellationRequired",
    "Misdirected",
    "MissingLinkedIdentity",
    "NotCancelled",
    "NotFound",
    "Outcome",
    "OutcomeUnknown",
    "Policy",
    "RateLimited",
    "RawResponse",
    "Receipt",
    "Response",
    "Sent",
    "Unauthenticated",
    "Unreachable",
    "bento",
    "pace_fueling",
    "pace_pay",
    "unzer",
    "vtex",
]


def __getattr__(name: str) -> Any:
    """Import a provider's module, the ledger or the version on first access."""
    if name in _PROVIDERS:
        return import_module(f"countermand.{name}")
    if name in _OF_THE_LEDGER:
        return getattr(import_module("countermand.ledger"), name)
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - costly, and rarely used

        return version("countermand")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PROVIDERS, *_OF_THE_LEDGER, "__version__"])
