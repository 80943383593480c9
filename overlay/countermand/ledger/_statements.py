"""The statements of the ledger, for both databases. Pure.

Words in braces differ between the databases (`_tasks.Dialect`). Parameters that a database cannot
give a type are cast.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from countermand.ledger._tasks import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand._core.idempotency import KeyClaim
    from countermand.ledger._clock import HostTime
    from countermand.provider import BaseCancellation, Snapshot

FIND: Final = """
SELECT *, {now} AS now FROM countermand_cancellations WHERE key = :key
"""
FIND_LOCKED: Final = FIND + "{row_lock}"
IS_PAYMENT_LEASED: Final = """
SELECT key FROM countermand_cancellations
WHERE payment_lock = :payment_lock AND owner IS NOT NULL AND key <> :key AND lease_until > {now}
LIMIT 1
"""
INSERT: Final = """
INSERT INTO countermand_cancellations
    (key, api, destination, payment_lock, payment, fingerprint, cancellation, user_name, state,
    attempts, attempt_log, attempt_mark, attempt_recorded_at, last_attempt_at,
    last_attempt_host_time, next_look, created_at, owner, lease_until)
SELECT CAST(:key AS text), CAST(:api AS text), CAST(:destination AS text),
    CAST(:payment_lock AS text), CAST(:payment AS text), CAST(:fingerprint AS text),
    CAST(:cancellation AS text), CAST(:user_name AS text), CAST(:state AS text),
    CAST(:attempts AS integer),
    CASE WHEN CAST(:attempts AS integer) = 0 THEN ''
        ELSE CAST(:log_head AS text) || clock.now || CAST(:log_tail AS text) END,
    CAST(:mark AS text), CASE WHEN CAST(:attempts AS integer) > 0 THEN clock.now END,
    CASE WHEN CAST(:attempts AS integer) > 0 THEN clock.now END,
    CASE WHEN CAST(:attempts AS integer) > 0 THEN CAST(:host_time AS text) END,
    CASE WHEN CAST(:attempts AS integer) > 0 THEN clock.now + :first_look END,
    clock.now, CAST(:owner AS text), clock.now + :lease
FROM (SELECT {now} AS now) AS clock
WHERE true
ON CONFLICT DO NOTHING
RETURNING key
"""
"""No row comes back if the key is known, or if another key has the payment: an index admits one
owner for each payment."""
END_EXPIRED: Final = """
UPDATE countermand_cancellations SET owner = NULL, lease_until = NULL
WHERE payment_lock = :payment_lock AND owner IS NOT NULL AND key <> :key AND lease_until <= {now}
"""
"""Makes way for another key of the payment. An expired lease is renewed if nobody came."""
ATTEMPT: Final = """
    attempts = attempts + CASE WHEN attempt_mark = :mark THEN 0 ELSE 1 END,
    attempt_log = CASE WHEN attempt_mark = :mark THEN attempt_log
        ELSE attempt_log || CAST(:log_head AS text) || {now} || CAST(:log_tail AS text) END,
    attempt_mark = :mark, attempt_recorded_at = {now}, last_attempt_at = {now},
    last_attempt_host_time = :host_time, confirmed_absent_after = NULL,
    snapshot = CAST(:snapshot AS text), unchanged_at = NULL, unchanged_host_time = NULL,
    reason = NULL, advice = NULL, next_look = {now} + :first_look,
    waiting_for = NULLIF(waiting_for, 'login')
"""
"""Records an attempt; a repeat with the same mark counts once. It ends a person's confirmation, and
what was read after an earlier attempt."""
CLAIM: Final = """
UPDATE countermand_cancellations SET
    state = :state, closed_at = NULL, owner = :owner,
    lease_until = {now} + :lease, destination = :destination, payment_lock = :payment_lock,
    user_name = :user_name
"""
WITHOUT_ATTEMPT: Final = """,
    next_look = CASE WHEN :state = 'MAYBE_EXECUTED'
        THEN COALESCE(next_look, {now} + :first_look) ELSE next_look END
"""
"""If the call dies, what may have been executed is looked at nevertheless."""
OF_THE_KEY: Final = " WHERE key = :key RETURNING key"
RECORD: Final = """
UPDATE countermand_cancellations SET
    state = 'MAYBE_EXECUTED', lease_until = {now} + :lease,
"""
OF_THE_LEASE: Final = " WHERE key = :key AND owner = :owner RETURNING key"
OUTCOME: Final = """
UPDATE countermand_cancellations SET
    state = :state, reference = :reference,
    waiting_for = CASE WHEN :planned OR NOT :unended THEN :waiting_for ELSE waiting_for END,
    result = CASE WHEN :kept THEN result ELSE :result END,
    reason = :reason, advice = :advice, owner = NULL, lease_until = NULL,
    events = CASE WHEN owner IS NULL AND result = :result THEN events
        ELSE COALESCE(events, '') || CAST(:event_head AS text) || {now}
        || CAST(:event_tail AS text) END,
    next_look = CASE WHEN :unended THEN CASE WHEN :planned
        THEN {now} + CAST(:next_look AS double precision) ELSE next_look END END,
    looks = CASE WHEN NOT :planned THEN looks WHEN :looked THEN looks + 1 ELSE 0 END,
    answered_for = CASE WHEN NOT :planned THEN answered_for WHEN NOT :looked THEN 0
        WHEN :answered AND {now} - answered_look_at > :longest_gap THEN answered_for + :longest_gap
        WHEN :answered AND answered_look_at IS NOT NULL THEN answered_for + {now} - answered_look_at
        ELSE answered_for END,
    answered_look_at = CASE WHEN NOT :planned THEN answered_look_at WHEN :answered THEN {now} END,
    closed_at = CASE WHEN :closed THEN {now} END,
    confirmed_absent_after = CASE WHEN :closed THEN NULL ELSE confirmed_absent_after END,
    last_attempt_at = CASE WHEN :sent THEN {now} ELSE last_attempt_at END,
    last_attempt_host_time =
        CASE WHEN :sent THEN CAST(:host_time AS text) ELSE last_attempt_host_time END,
    unchanged_at = CASE WHEN :changed THEN NULL
        WHEN :unchanged AND unchanged_at IS NULL THEN {now} ELSE unchanged_at END,
    unchanged_host_time = CASE WHEN :changed THEN NULL
        WHEN :unchanged AND unchanged_at IS NULL THEN CAST(:host_time AS text)
        ELSE unchanged_host_time END
WHERE key = :key AND (
    CASE WHEN :kept THEN owner = :owner AND state = 'ACCEPTED'
        WHEN :accepted THEN state NOT IN ('ACCEPTED', 'CANCELLED')
        WHEN :proof THEN state <> 'CANCELLED'
        ELSE owner = :owner AND (:refused OR state <> 'ACCEPTED') END
    OR (owner IS NULL AND state = :state AND result = :result AND NOT (:looked AND :unended)))
RETURNING key
"""
"""A new receipt is recorded even after the lease was lost: it is proof. One that the ledger had
before is none, nor is an error, and only a refusal ends what was accepted. The last condition
recognises a row that was written before the database's reply was lost."""
UNSEND: Final = """
UPDATE countermand_cancellations SET
    state = 'CLAIMED', owner = NULL, lease_until = NULL, attempts = attempts - 1,
    attempt_log = :log, attempt_mark = NULL, attempt_recorded_at = :recorded_at, next_look = NULL
WHERE key = :key
"""
"""Takes back an attempt that the claim has recorded and that was not sent."""
RELEASE: Final = """
UPDATE countermand_cancellations SET owner = NULL, lease_until = NULL
WHERE key = :key AND owner = :owner
"""
RESOLVE: Final = """
UPDATE countermand_cancellations SET
    state = :state, waiting_for = NULL, result = CASE WHEN :proof THEN :result ELSE result END,
    reference = CAST(:reference AS text), closed_at = {now}, owner = NULL, lease_until = NULL,
    reason = NULL, advice = NULL, next_look = NULL, looks = 0, answered_for = 0,
    answered_look_at = NULL,
    events = COALESCE(events, '') || CAST(:event_head AS text) || {now}
        || CAST(:event_tail AS text),
    confirmed_absent_after = CAST(:confirmed_absent_after AS double precision),
    resolved_at = {now}, resolved_by = :resolved_by, resolved_reason = :resolved_reason
WHERE key = :key
"""
RENEW: Final = """
UPDATE countermand_cancellations SET lease_until = {now} + :lease
WHERE key IN ({elements}(CAST(:keys AS {json}))) AND owner IN ({elements}(CAST(:owners AS {json})))
AND lease_until > {now}
RETURNING key
"""
"""An expired lease is not renewed: another key may have locked the payment meanwhile."""
PAGE: Final = """
SELECT key, api, cancellation, user_name, destination, state, waiting_for, reason, advice, attempts,
    attempt_recorded_at, next_look, owner, lease_until, created_at, {now} AS now
FROM countermand_cancellations
WHERE (state IN ('CLAIMED', 'MAYBE_EXECUTED', 'ACCEPTED') OR waiting_for = 'login')
AND (CAST(:state AS text) IS NULL OR state = CAST(:state AS text))
AND (CAST(:api AS text) IS NULL OR api = CAST(:api AS text))
AND (created_at, key) > (CAST(:created_at AS double precision), CAST(:key AS text))
ORDER BY created_at, key LIMIT :limit
"""
COUNT_UNRESOLVED: Final = """
SELECT api, state, waiting_for, count(*) AS count, {now} - min(created_at) AS age
FROM countermand_cancellations
WHERE (state IN ('CLAIMED', 'MAYBE_EXECUTED', 'ACCEPTED') OR waiting_for = 'login')
GROUP BY api, state, waiting_for
"""
"""Its condition is that of the index, so that it reads no key that has ended."""
STRIP: Final = """
UPDATE countermand_cancellations SET
    api = NULL, payment_lock = NULL, payment = NULL, cancellation = NULL, user_name = NULL,
    reason = NULL, advice = NULL, events = NULL,
    attempts = 0, attempt_log = NULL, attempt_mark = NULL, attempt_recorded_at = NULL,
    last_attempt_at = NULL, last_attempt_host_time = NULL, snapshot = NULL,
    unchanged_at = NULL, unchanged_host_time = NULL, result = NULL,
    confirmed_absent_after = NULL, resolved_at = NULL, resolved_by = NULL, resolved_reason = NULL
WHERE key IN (
    SELECT key FROM countermand_cancellations
    WHERE cancellation IS NOT NULL AND state IN ('CANCELLED', 'REFUSED')
    AND report_due IS NULL AND closed_at < {now} - :age
    ORDER BY closed_at LIMIT :limit {free_rows})
RETURNING key
"""
DELETE_FREE: Final = """
DELETE FROM countermand_cancellations WHERE key IN (
    SELECT key FROM countermand_cancellations
    WHERE state = 'FREE' AND confirmed_absent_after IS NULL
    AND report_due IS NULL AND closed_at < {now} - :age
    ORDER BY closed_at LIMIT :limit {free_rows})
RETURNING key
"""
DELETE_FINISHED: Final = """
DELETE FROM countermand_cancellations WHERE key IN (
    SELECT key FROM countermand_cancellations
    WHERE cancellation IS NOT NULL AND state IN ('CANCELLED', 'REFUSED')
    AND report_due IS NULL AND closed_at < {now} - :age
    ORDER BY closed_at LIMIT :limit {free_rows})
RETURNING key
"""
DELETE_TOMBSTONES: Final = """
DELETE FROM countermand_cancellations WHERE key IN (
    SELECT key FROM countermand_cancellations
    WHERE cancellation IS NULL AND closed_at < {now} - :age
    ORDER BY closed_at LIMIT :limit {free_rows})
RETURNING key
"""
# A batch that is not full has read every row that its index holds; so each has an index of its own.
PURGES: Final = (DELETE_FREE, STRIP)
FORGETTING_PURGES: Final = (DELETE_FREE, DELETE_FINISHED, DELETE_TOMBSTONES)


BY_PAYMENT: Final = """
SELECT *, {now} AS now FROM countermand_cancellations WHERE payment = :payment
ORDER BY created_at, key
"""


def find_by_payment(cancellation: BaseCancellation) -> Statement:
    """The rows of the keys that stand for a cancel of the same payment."""
    return Statement(BY_PAYMENT, {"payment": payment_name(cancellation)})


def payment_name(cancellation: BaseCancellation) -> str:
    """A fingerprint of the payment, wherever it is."""
    parts = json.dumps([cancellation.api, *cancellation.payment_key])
    return sha256(parts.encode()).hexdigest()[:32]


def find(key: str, *, lock: bool = False) -> Statement:
    """The row of a key, with the database's time as `now`; locked, if it is to be changed."""
    return Statement(FIND_LOCKED if lock else FIND, {"key": key})


def end_expired(claim: KeyClaim) -> Statement:
    """End the expired leases on the same payment."""
    return Statement(END_EXPIRED, {"payment_lock": claim.payment_lock, "key": claim.key})


def is_payment_leased(claim: KeyClaim) -> Statement:
    """A row if another key of the same payment has a valid lease."""
    return Statement(IS_PAYMENT_LEASED, {"payment_lock": claim.payment_lock, "key": claim.key})


def insert(claim: KeyClaim, lease: float, host: HostTime, *, first_attempt: bool) -> Statement:
    """Make the row of a new key, leased; no row is returned if the key or payment is taken."""
    return Statement(
        INSERT,
        {
            "key": claim.key,
            "api": claim.cancellation.api,
            "destination": claim.destination,
            "payment_lock": claim.payment_lock,
            "payment": payment_name(claim.cancellation),
            "fingerprint": claim.cancellation.fingerprint,
            "cancellation": json.dumps(claim.cancellation.to_dict()),
            "user_name": claim.user,
            "state": "MAYBE_EXECUTED" if first_attempt else "CLAIMED",
            "attempts": int(first_attempt),
            "owner": claim.owner,
            "lease": lease,
            **_attempt(claim, 1, host),
            "mark": mark(claim, 1) if first_attempt else None,
        },
    )


def claim_row(
    claim: KeyClaim, place: Mapping[str, Any], state: str, lease: float, host: HostTime | None
) -> Statement:
    """Lease a known key, and record the first attempt if the host's time is given.

    Args:
        claim: The claim.
        place: Destination, payment lock and user that the row is to name.
        state: The new state.
        lease: Seconds.
        host: The time of the first attempt; None if none is recorded.
    """
    parameters = {"key": claim.key, "owner": claim.owner, "state": state, "lease": lease, **place}
    if host is None:
        parameters["first_look"] = claim.first_look
        return Statement(CLAIM + WITHOUT_ATTEMPT + OF_THE_KEY, parameters)
    parameters |= {**_attempt(claim, 1, host), "snapshot": None}
    return Statement(f"{CLAIM}, {ATTEMPT}{OF_THE_KEY}", parameters)


def record_attempt(
    claim: KeyClaim, number: int, lease: float, host: HostTime, snapshot: Snapshot | None
) -> Statement:
    """Record that an attempt is about to be sent, and renew the lease; no row if it was lost."""
    parameters = {
        "key": claim.key,
        "owner": claim.owner,
        "lease": lease,
        "snapshot": None if snapshot is None else json.dumps(snapshot),
    }
    return Statement(RECORD + ATTEMPT + OF_THE_LEASE, parameters | _attempt(claim, number, host))


def record_outcome(claim: KeyClaim, columns: Mapping[str, Any], host: HostTime) -> Statement:
    """Record a result (`_states.outcome_columns`) and release the key; no row if it was lost."""
    mine = {"key": claim.key, "owner": claim.owner, "longest_gap": claim.longest_gap}
    mine["host_time"] = host.encode()
    return Statement(OUTCOME, {**columns, **mine})


def release(claim: KeyClaim) -> Statement:
    """End the lease of a claim."""
    return Statement(RELEASE, {"key": claim.key, "owner": claim.owner})


def renew(owners: Mapping[str, str], lease: float) -> Statement:
    """Renew the leases of keys with their owners; the rows name those that were valid."""
    parameters = {"keys": json.dumps([*owners]), "owners": json.dumps([*owners.values()])}
    return Statement(RENEW, {**parameters, "lease": lease})


def mark(claim: KeyClaim, number: int) -> str:
    """Name an attempt, so that a repeat of the transaction counts it once."""
    return f"{claim.owner}:{number}"


def _attempt(claim: KeyClaim, number: int, host: HostTime) -> dict[str, Any]:
    encoded = host.encode()
    return {
        "first_look": claim.first_look,
        "mark": mark(claim, number),
        "host_time": encoded,
        "log_head": f'["{claim.owner}",{number},',
        "log_tail": f",{encoded}]\n",
    }
