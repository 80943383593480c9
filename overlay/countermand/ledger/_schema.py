"""Tables of the ledger, and the task that makes them or checks their version. Pure."""

from __future__ import annotations

from typing import Final

from countermand.ledger._tasks import (
    DatabaseError,
    Dialect,
    Procedure,
    Statement,
    Task,
    ask,
    only,
    transact,
)

VERSION: Final = 1
"""Version of the schema that this package writes."""

SCHEMA_LOCK: Final = 4_207_849_484
"""Number of the lock under which the tables are made."""

TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS countermand_schema (
        version integer PRIMARY KEY,
        identity text
    )
    """,
    """
    CREATE TABLE countermand_cancellations (
        key text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
        api text,
        destination text,
        payment_lock text,
        payment text,
        fingerprint text NOT NULL,
        cancellation text,
        user_name text,
        state text NOT NULL CHECK (state IN
            ('CLAIMED', 'MAYBE_EXECUTED', 'ACCEPTED', 'CANCELLED', 'REFUSED', 'FREE')),
        waiting_for text CHECK (waiting_for IN ('login', 'person')),
        attempts integer NOT NULL CHECK (attempts >= 0),
        attempt_log text,
        attempt_mark text,
        attempt_recorded_at double precision,
        last_attempt_at double precision,
        last_attempt_host_time text,
        snapshot text,
        unchanged_at double precision,
        unchanged_host_time text,
        result text,
        reference text,
        reason text,
        advice text,
        events text,
        created_at double precision NOT NULL,
        closed_at double precision,
        next_look double precision,
        looks integer NOT NULL DEFAULT 0,
        reported_state text,
        reported_waiting_for text,
        report_due double precision,
        answered_look_at double precision,
        answered_for double precision NOT NULL DEFAULT 0,
        owner text,
        lease_until double precision,
        confirmed_absent_after double precision,
        resolved_at double precision,
        resolved_by text,
        resolved_reason text
    )
    """,
    """
    CREATE UNIQUE INDEX countermand_leases ON countermand_cancellations (payment_lock)
    WHERE owner IS NOT NULL AND payment_lock IS NOT NULL
    """,
    """
    CREATE INDEX countermand_unresolved ON countermand_cancellations (created_at, key)
    WHERE state IN ('CLAIMED', 'MAYBE_EXECUTED', 'ACCEPTED') OR waiting_for = 'login'
    """,
    """
    CREATE INDEX countermand_due ON countermand_cancellations (next_look)
    WHERE next_look IS NOT NULL
    """,
    """
    CREATE INDEX countermand_unreported ON countermand_cancellations (report_due)
    WHERE report_due IS NOT NULL
    """,
    """
    CREATE INDEX countermand_payments ON countermand_cancellations (payment)
    WHERE payment IS NOT NULL
    """,
    """
    CREATE INDEX countermand_free ON countermand_cancellations (closed_at)
    WHERE state = 'FREE' AND confirmed_absent_after IS NULL
    """,
    """
    CREATE INDEX countermand_finished ON countermand_cancellations (closed_at)
    WHERE cancellation IS NOT NULL AND state IN ('CANCELLED', 'REFUSED')
    """,
    """
    CREATE INDEX countermand_tombstones ON countermand_cancellations (closed_at)
    WHERE cancellation IS NULL
    """,
)
"""One row for each key. Times are seconds since 1970 by the database's clock.

`attempt_log` has a line for each recorded attempt: owner, number, time, and the same time by the
clocks of the host, as a JSON array. `attempt_recorded_at` is the last of these times, and
`attempt_mark` names that attempt. `last_attempt_at` is the latest time at which a request may have
been sent: that of the last recording, or of the end of a call that has sent something.
`last_attempt_host_time` is the same moment by the clocks of the host. `confirmed_absent_after` is
the number of seconds between that moment and a person's confirmation that nothing was executed.
`snapshot` is the payment before the last attempt, where it was read, as a JSON object.
`unchanged_at` and `unchanged_host_time` are the time of the first read that showed it so after that
attempt, unless a later one has not.
`payment` is a fingerprint of the payment, and `payment_lock` one of it and the destination.
`reason` and `advice` are those of the last outcome, where it is no receipt. `events` has a line for
each outcome, look and manual resolution, as a JSON array: the kind, the time, and what was found.
`next_look` is when the key is to be looked at again, `looks` how often that was done.
`answered_look_at` is the last look that the provider itself has answered, unless a later one was
not; `answered_for` the seconds for which its answers have proved nothing before it.
`reported_state` and `reported_waiting_for` are the last that `reconcile` has reported, while a
change may have to be reported; `report_due` is when a process may take the key for that.
`closed_at` is the time at which the key got an end, or became free. A row without `cancellation`
is a tombstone: purged but for key, fingerprint, destination, state and reference.
"""

FIND_VERSION: Final = Statement("SELECT max(version) AS version FROM countermand_schema")
ADD_VERSION: Final = Statement(
    "INSERT INTO countermand_schema (version, identity) VALUES (:version, {random_id})",
    {"version": VERSION},
)
FIND_IDENTITY: Final = Statement(
    "SELECT identity FROM countermand_schema WHERE version = :version", {"version": VERSION}
)


def prepare_schema(dialect: Dialect) -> Task[None]:
    """Make the tables if they are not there, and check their version.

    Raises:
        DatabaseError: the tables belong to a newer version of this package.
    """
    version = yield from transact(lambda: _find_version(dialect), read_only=True)
    if version is None:
        version = yield from transact(lambda: _make(dialect), lock=SCHEMA_LOCK)
    if version > VERSION:
        raise DatabaseError(
            f"schema version {version} is newer than this package's; update countermand"
        )


def read_identity() -> Task[str]:
    """The random name that the ledger got when its tables were made."""
    rows = yield from transact(lambda: only(FIND_IDENTITY), read_only=True)
    identity: str = rows[0]["identity"]
    return identity


def _find_version(dialect: Dialect) -> Procedure[int | None]:
    # In two batches: the second statement fails where there is no table.
    ((found,),) = yield from ask(Statement(dialect.has_schema))
    if not found["found"]:
        return None
    rows = yield from only(FIND_VERSION)
    version: int | None = rows[0]["version"]
    return version


def _make(dialect: Dialect) -> Procedure[int]:
    ((found,),) = yield from ask(Statement(dialect.has_schema))
    if found["found"]:
        # Another process was quicker.
        ((known,),) = yield from ask(FIND_VERSION)
        if known["version"] is not None:
            version: int = known["version"]
            return version
    yield from ask(*(Statement(sql) for sql in TABLES), ADD_VERSION, last=True)
    return VERSION
