"""What `Client.reconcile` reports: each change of a key, and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from countermand.ledger._states import State
    from countermand.provider import BaseCancellation


@frozen(kw_only=True)
class Change:
    """A key that has another state than before a look, or waits for a person now.

    Attributes:
        key: The idempotency key.
        cancellation: The cancellation that was requested with it.
        before: Its state before the look.
        after: Its state since then.
        waiting_for: `person` if somebody has to find out what became of the payment, `login` if a
            user has to link an identity, or None.
        at: When that was seen, by the database's clock.
    """

    key: str
    cancellation: BaseCancellation
    before: State
    after: State
    waiting_for: str | None
    at: datetime


@frozen(kw_only=True)
class Reconciliation:
    """What one call of `Client.reconcile` has done, in numbers of keys.

    Attributes:
        looked: Those that were looked at; the next four say what came of it.
        cancelled: Proven to be cancelled.
        refused: Proven not to be cancelled; the key has a refusal, or is free again.
        still_open: Still accepted or unknown.
        needs_person: Those among the open ones that wait for a person.
        skipped: Due, at an account that this client does not have.
    """

    looked: int = 0
    cancelled: int = 0
    refused: int = 0
    still_open: int = 0
    needs_person: int = 0
    skipped: int = 0
