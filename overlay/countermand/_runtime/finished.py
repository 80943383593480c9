"""Finished keys in little memory: a client remembers ten thousand of them."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from countermand._core.idempotency import KeyState
from countermand.attempts import Attempt, RawResponse, Sent, TypedBody
from countermand.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from countermand._amounts import Full
    from countermand.provider import BaseCancellation
    from countermand.receipt import Evidence, Outcome


@frozen(weakref_slot=False)
class FinishedKey:
    """What a key store keeps of a key that has a receipt."""

    cancellation: BaseCancellation
    destination: str
    outcome: Outcome
    reference: str | None
    amount: Decimal | int | Full | None
    evidence: Evidence
    earlier_references: tuple[str, ...]
    body: Any
    """The typed body where it was parsed at once."""
    read: Callable[[RawResponse], Any] | None
    """What parses it otherwise."""
    packed: bytes
    """Attempts and reply: many small objects as one."""

    owner = None
    state = KeyState.FINISHED
    maybe_executed = False

    def receipt(self, key: str) -> Receipt:
        """The receipt, equal to the one that was recorded."""
        attempts, reply = marshal.loads(self.packed)  # noqa: S302 - packed below, in this process
        raw = _unpack(reply) if reply else None
        return Receipt(
            outcome=self.outcome,
            key=key,
            reference=self.reference,
            amount=self.amount,
            evidence=self.evidence,
            earlier_references=self.earlier_references,
            attempts=tuple(_attempt(*each) for each in attempts),
            response=TypedBody(raw, self.read) if raw and self.read else self.body,
            raw=raw,
        )


def finished_key(receipt: Receipt, cancellation: BaseCancellation, destination: str) -> FinishedKey:
    """What is kept of a receipt."""
    # Not `response`, which would be parsed only to be remembered.
    body = receipt._response  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    raw = receipt.raw
    is_unread = isinstance(body, TypedBody)
    attempts = tuple(_pack_attempt(each) for each in receipt.attempts)
    return FinishedKey(
        cancellation,
        destination,
        receipt.outcome,
        receipt.reference,
        receipt.amount,
        receipt.evidence,
        receipt.earlier_references,
        None if is_unread else body,
        body.read if is_unread else None,
        marshal.dumps((attempts, _pack(raw) if raw else None)),
    )


def _pack_attempt(attempt: Attempt) -> tuple[Any, ...]:
    # A caller's clock and transport may give subclasses of float and int.
    status = None if attempt.status is None else int(attempt.status)
    return attempt.sent.value, status, attempt.problem, float(attempt.at)


def _pack(raw: RawResponse) -> tuple[Any, ...]:
    return int(raw.status), raw.headers, raw.body, raw.problem, raw.url, raw.sent_again


def _unpack(packed: tuple[Any, ...]) -> RawResponse:
    status, headers, body, problem, url, sent_again = packed
    return RawResponse(
        status=status, headers=headers, body=body, problem=problem, url=url, sent_again=sent_again
    )


def _attempt(sent: str, status: int | None, problem: str | None, at: float) -> Attempt:
    return Attempt(sent=Sent(sent), status=status, problem=problem, at=at)
