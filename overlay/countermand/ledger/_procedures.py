"""The rules of the ledger for one key: claim it, record attempts and outcomes, resolve it. Pure.

Every transaction may run twice, because the confirmation of a commit can be lost. So each
procedure recognises what it has written before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand._core.idempotency import KeyState, Purpose
from countermand.errors import InvalidCancellation, NotCancelled
from countermand.ledger import _statements as statements
from countermand.ledger._clock import (
    answered_for,
    read_log,
    since_first_attempt,
    since_last_attempt,
    unchanged_for,
)
from countermand.ledger._encoding import decode_references, decode_result
from countermand.ledger._states import (
    RUNNING,
    UNENDED,
    UNKNOWN_KEY,
    State,
    is_maybe_executed,
    key_state,
)
from countermand.ledger._tasks import Procedure, Row, Statement, Task, ask, only, transact
from countermand.provider._provider import recorded_provider
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from countermand._core.idempotency import KeyClaim
    from countermand.errors import CountermandError
    from countermand.ledger._clock import HostTime
    from countermand.provider import Snapshot

Claimed = KeyHistory | AlreadyFinished | Rejected

PAYMENT_LEASED: Final = "a call with another key is running for the same payment"
ENDED_MEANWHILE: Final = "the key has an outcome, or is free: there is nothing to look at"
PURGED: Final = "the provider refused because of the payment's state; the details were purged"


def claim_key(
    claim: KeyClaim, lease: float, clock: Callable[[], HostTime], *, first_attempt: bool
) -> Task[Claimed]:
    """Lease the key for `lease` seconds, unless it has a result or is locked.

    With `first_attempt`, that attempt is recorded, too, unless an earlier one may be executed.
    The first transaction only reads, so a result is returned while others write.
    """
    while True:
        known = yield from transact(lambda: find_obstacle(claim), read_only=True)
        if isinstance(known, (AlreadyFinished, Rejected)):
            return known
        if not known and claim.purpose is not Purpose.CANCEL:
            return Rejected(InvalidCancellation(UNKNOWN_KEY, key=claim.key))
        if not known and (
            yield from transact(
                lambda: only(statements.insert(claim, lease, clock(), first_attempt=first_attempt))
            )
        ):
            return KeyHistory(attempt_recorded=first_attempt)
        claimed = yield from transact(
            lambda: claim_known(claim, lease, clock(), first_attempt=first_attempt),
            lock=lock_number(claim),
        )
        # The row was purged in between, or only an expired lease had the payment.
        if claimed is not None:
            return claimed


def lock_number(claim: KeyClaim) -> int | None:
    """The number of the payment's lock."""
    return None if claim.payment_lock is None else int(claim.payment_lock[:15], 16)


def find_obstacle(claim: KeyClaim) -> Procedure[AlreadyFinished | Rejected | bool]:
    """Return what prevents the claim, or whether the key is known."""
    rows = yield from only(statements.find(claim.key))
    return _obstacle(claim, rows, leased=False) or bool(rows)


def claim_known(
    claim: KeyClaim, lease: float, host: HostTime, *, first_attempt: bool
) -> Procedure[Claimed | None]:
    """Lease a key that has a row; None if it has none, and the payment is free."""
    asked = [statements.find(claim.key, lock=True)]
    if claim.payment_lock is not None:
        asked += [statements.end_expired(claim), statements.is_payment_leased(claim)]
    rows, *others = yield from ask(*asked)
    obstacle = _obstacle(claim, rows, leased=any(others))
    if obstacle is not None or not rows:
        return obstacle
    (row,) = rows
    history = _history(claim, row, host, first_attempt=first_attempt)
    same = row["destination"] == claim.destination
    yield from ask(
        statements.claim_row(
            claim,
            {
                # A key that is free may go to another account or server.
                "destination": claim.destination,
                "payment_lock": row["payment_lock"] if same else claim.payment_lock,
                "user_name": row["user_name"] if same else claim.user,
            },
            _claimed_state(history).value,
            lease,
            host if history.attempt_recorded else None,
        ),
        last=True,
    )
    return history


def _claimed_state(history: KeyHistory) -> State:
    if history.accepted is not None:
        return State.ACCEPTED
    maybe_executed = history.maybe_executed or history.attempt_recorded
    return State.MAYBE_EXECUTED if maybe_executed else State.CLAIMED


def record_attempt(
    claim: KeyClaim,
    number: int,
    lease: float,
    clock: Callable[[], HostTime],
    snapshot: Snapshot | None = None,
) -> Task[bool]:
    """Record that an attempt is about to be sent, and renew the lease; False if it was lost."""
    rows = yield from transact(
        lambda: only(statements.record_attempt(claim, number, lease, clock(), snapshot))
    )
    return bool(rows)


def record_outcome(
    claim: KeyClaim, columns: Mapping[str, Any], clock: Callable[[], HostTime]
) -> Task[bool]:
    """Record the result of a call and release its key; False if the lease was lost."""
    rows = yield from transact(lambda: only(statements.record_outcome(claim, columns, clock())))
    return bool(rows)


def release_key(claim: KeyClaim) -> Task[None]:
    """Release a key whose claim was not answered. An attempt that it recorded was not sent."""
    yield from transact(lambda: _release(claim))


def _release(claim: KeyClaim) -> Procedure[None]:
    (rows,) = yield from ask(statements.find(claim.key, lock=True))
    for row in rows:
        if row["owner"] == claim.owner:
            yield from ask(_unsend_or_release(claim, row), last=True)


def _unsend_or_release(claim: KeyClaim, row: Row) -> Statement:
    if row["attempt_mark"] != statements.mark(claim, 1):
        return statements.release(claim)
    *before, _ = read_log(row)
    lines = row["attempt_log"].splitlines(keepends=True)
    parameters = {
        "key": claim.key,
        "log": "".join(lines[:-1]),
        "recorded_at": before[-1][2] if before else None,
    }
    return Statement(statements.UNSEND, parameters)


def _obstacle(
    claim: KeyClaim, rows: list[Row], *, leased: bool
) -> AlreadyFinished | Rejected | None:
    """What prevents the claim of a key with this row, if any; `leased` says of its payment."""
    for row in rows:
        if row["fingerprint"] != claim.cancellation.fingerprint:
            return claim.conflict()
        accepted = row["state"] == State.ACCEPTED
        is_leased = row["owner"] not in {None, claim.owner} and (
            (row["lease_until"] or 0.0) > row["now"]
        )
        if is_leased and (not accepted or claim.purpose is not Purpose.CANCEL):
            return claim.in_progress(RUNNING)
        if claim.purpose is Purpose.LOOK and row["state"] not in UNENDED:
            return Rejected(InvalidCancellation(ENDED_MEANWHILE, key=claim.key))
        if row["cancellation"] is None:
            return _elsewhere(claim, row) or AlreadyFinished(_purged_result(claim, row))
        maybe_executed = is_maybe_executed(row["state"], row["confirmed_absent_after"])
        state = key_state(row["state"], maybe_executed=maybe_executed)
        if conflict := claim.check_destination(row["destination"], state):
            return conflict
        finished = state in {KeyState.FINISHED, KeyState.REFUSED}
        looks = accepted and _is_look_due(claim, row, taken=is_leased or leased)
        if finished and row["destination"] == claim.destination and not looks:
            return AlreadyFinished(_stored_result(claim, row))
    return claim.in_progress(PAYMENT_LEASED) if leased else None


def _is_look_due(claim: KeyClaim, row: Row, *, taken: bool) -> bool:
    """Whether the call is to look at a cancel that was accepted.

    While another call has the key or its payment, a cancel has the stored receipt all the same.
    """
    due = row["next_look"] is not None and row["next_look"] <= row["now"]
    return claim.purpose is not Purpose.CANCEL or (due and not taken)


def _stored_result(claim: KeyClaim, row: Row) -> Receipt | CountermandError:
    provider = recorded_provider(row["api"])
    return decode_result(row["result"], claim.key, claim.cancellation, provider)


def _elsewhere(claim: KeyClaim, row: Row) -> Rejected | None:
    """Reject the claim if a purged key has its result at another destination."""
    if row["state"] == State.REFUSED and row["destination"] != claim.destination:
        # Too little is left of the key to send with it, and the refusal is another payment's.
        return claim.conflict()
    return claim.check_destination(row["destination"], KeyState.FINISHED)


def _purged_result(claim: KeyClaim, row: Row) -> Receipt | CountermandError:
    if row["state"] == State.REFUSED:
        return NotCancelled(
            PURGED, key=claim.key, cancellation=claim.cancellation, about_payment=True
        )
    return Receipt(
        outcome=Outcome.CANCELLED,
        key=claim.key,
        reference=row["reference"],
        evidence=Evidence.LEDGER,
    )


def _history(claim: KeyClaim, row: Row, host: HostTime, *, first_attempt: bool) -> KeyHistory:
    ours = row["owner"] == claim.owner and row["attempt_mark"] == statements.mark(claim, 1)
    accepted = _stored_result(claim, row) if row["state"] == State.ACCEPTED else None
    history = KeyHistory(
        accepted=accepted if isinstance(accepted, Receipt) else None,
        looks=row["looks"],
        answered_for=answered_for(row, claim.longest_gap),
        waits_for_person=row["waiting_for"] == "person",
        attempts=row["attempts"],
        maybe_executed=is_maybe_executed(row["state"], row["confirmed_absent_after"]),
        confirmed_absent_after=row["confirmed_absent_after"],
        since_last_attempt=since_last_attempt(row, host),
        since_first_attempt=since_first_attempt(row, host),
        references=decode_references(row["result"]),
        snapshot=None if row["snapshot"] is None else json.loads(row["snapshot"]),
        unchanged_for=unchanged_for(row, host),
    )
    if first_attempt and ours:
        # This claim has recorded it before the database's reply was lost.
        return evolve(
            history, attempts=history.attempts - 1, maybe_executed=False, attempt_recorded=True
        )
    unsent = not history.maybe_executed and history.accepted is None
    return evolve(history, attempt_recorded=first_attempt and unsent)
