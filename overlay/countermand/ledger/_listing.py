"""Unresolved keys in pages, one key, and the purge of finished ones. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from countermand.errors import Advice
from countermand.ledger import _statements as statements
from countermand.ledger._rows import decode_cancellation, maybe_moment, moment
from countermand.ledger._states import State
from countermand.ledger._tasks import Pause, Row, Statement, Task, only, transact

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from countermand.provider._cancellations import BaseCancellation

PAGE: Final = 500
"""Keys that are read at once."""

ACCEPTED: Final = "the provider has accepted it, and has not finished it yet"
CANNOT_BE_FOLLOWED: Final = "the provider has accepted it; its outcome cannot be read"
ENDED: Final = "it has ended, or nothing was executed"
NEVER_SENT: Final = "the call ended before anything was sent"
STOPPED: Final = "the call ended before its outcome was recorded"

BATCH_TIME: Final = 0.02
"""Seconds that a batch of a purge is to take: its locks must not last 50 ms."""
MIN_BATCH: Final = 10
MAX_BATCH: Final = 2000
"""Rows of a batch."""


def _to_state(state: State | str | None) -> State | None:
    return None if state is None else State(state)


@frozen(kw_only=True)
class Wanted:
    """Which keys are listed. Raises `ValueError` for an unknown state."""

    state: State | None = field(default=None, converter=_to_state)
    provider: str | None = None


@frozen(kw_only=True)
class Unresolved:
    """A key of the ledger, as `Client.unresolved` lists it.

    Attributes:
        key: The idempotency key.
        cancellation: The cancellation that was requested with it.
        user: The caller's name for the user, or None if none was given.
        destination: URL of the server. Where merchants share a server, a fingerprint of the account
            follows.
        state: What is known of it.
        waiting_for: `login` if a user has to link an identity first, `person` if somebody has to
            find out what became of the payment, or None.
        reason: Why its outcome is open.
        advice: The next safe step after an unknown outcome; None otherwise.
        created: Time at which the key was first used, by the database's clock.
        attempts: Number of recorded attempts. The last one may not have been sent.
        last_attempt: Time of the last recorded attempt by the database's clock; None without one.
        next_look: When the payment is to be looked at again; None if no look is planned.
        in_progress: Whether a call with this key is running, in any process.
    """

    key: str
    cancellation: BaseCancellation
    user: str | None
    destination: str
    state: State
    waiting_for: str | None
    reason: str
    advice: Advice | None
    created: datetime
    attempts: int
    last_attempt: datetime | None
    next_look: datetime | None
    in_progress: bool

    @classmethod
    def from_row(cls, row: Row) -> Unresolved:
        """Decode a row of the ledger.

        Raises:
            LookupError, TypeError, ValueError: another version or program has written it.
        """
        state = State(row["state"])
        return cls(
            key=row["key"],
            cancellation=decode_cancellation(row),
            user=row["user_name"],
            destination=row["destination"],
            state=state,
            waiting_for=row["waiting_for"],
            reason=row["reason"] or _reason(state, row),
            advice=None if row["advice"] is None else Advice(row["advice"]),
            created=moment(row["created_at"]),
            attempts=row["attempts"],
            last_attempt=maybe_moment(row["attempt_recorded_at"]),
            next_look=maybe_moment(row["next_look"]),
            in_progress=row["owner"] is not None and (row["lease_until"] or 0.0) > row["now"],
        )


@frozen(kw_only=True)
class UnresolvedCount:
    """How many keys of one kind have not ended, as `Ledger.count_unresolved` returns it.

    Attributes:
        provider: The provider's name, such as `unzer`.
        state: As in `Unresolved`.
        waiting_for: As in `Unresolved`.
        count: How many there are.
        age: Seconds since the oldest of them was first used, by the database's clock.
    """

    provider: str
    state: State
    waiting_for: str | None
    count: int
    age: float


def _reason(state: State, row: Row) -> str:
    """Why a key without a recorded reason is open."""
    if state in {State.CANCELLED, State.REFUSED, State.FREE}:
        return ENDED
    if state is State.ACCEPTED:
        return CANNOT_BE_FOLLOWED if row["next_look"] is None else ACCEPTED
    return NEVER_SENT if state is State.CLAIMED else STOPPED


def find_row(key: str) -> Task[Row | None]:
    """The row of a key; None if there is none."""
    rows = yield from transact(lambda: only(statements.find(key)), read_only=True)
    row: Row | None = rows[0] if rows else None
    return row


def read_page(after: Row | None, wanted: Wanted) -> Task[list[Row]]:
    """The next unresolved keys, oldest first, without their stored results."""
    place = {"created_at": -1.0, "key": ""} if after is None else after
    parameters = {
        "created_at": place["created_at"],
        "key": place["key"],
        "limit": PAGE,
        "state": None if wanted.state is None else wanted.state.value,
        "api": wanted.provider,
    }
    page = Statement(statements.PAGE, parameters)
    return (yield from transact(lambda: only(page), read_only=True))


def count_unresolved() -> Task[tuple[UnresolvedCount, ...]]:
    """Count the unresolved keys by provider, state and what they wait for."""
    statement = Statement(statements.COUNT_UNRESOLVED)
    rows = yield from transact(lambda: only(statement), read_only=True)
    return tuple(
        UnresolvedCount(
            provider=row["api"],
            state=State(row["state"]),
            waiting_for=row["waiting_for"],
            count=row["count"],
            # A clock that was set back must not show a negative age.
            age=max(0.0, row["age"]),
        )
        # The databases sort null differently.
        for row in sorted(
            rows, key=lambda row: (row["api"], row["state"], row["waiting_for"] or "")
        )
    )


def purge_keys(age: float, clock: Callable[[], float], *, forget: bool) -> Task[int]:
    """Delete free keys, and strip finished ones or delete them, too; return their number."""
    count = 0
    for sql in statements.FORGETTING_PURGES if forget else statements.PURGES:
        count += yield from _in_batches(sql, {"age": age}, clock)
    return count


def _in_batches(sql: str, parameters: dict[str, object], clock: Callable[[], float]) -> Task[int]:
    count, size = 0, MIN_BATCH * 10
    while True:
        batch = Statement(sql, {**parameters, "limit": size})
        began = clock()
        rows = yield from transact(lambda batch=batch: only(batch))  # type: ignore[misc]
        took = clock() - began
        count += len(rows)
        if len(rows) < size:
            return count
        size = next_size(size, took)
        # Others get their turn: SQLite has one writer.
        yield Pause(took)


def next_size(size: int, seconds: float) -> int:
    """Rows of the next batch, after one of `size` rows that took so long."""
    factor = min(2.0, max(0.25, BATCH_TIME / max(seconds, 0.001)))
    return min(MAX_BATCH, max(MIN_BATCH, int(size * factor)))
