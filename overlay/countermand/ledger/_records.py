"""Everything that is recorded of a key: each attempt, outcome, look and manual resolution."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrs import frozen

from countermand.ledger import _statements as statements
from countermand.ledger._clock import read_log
from countermand.ledger._rows import decode_cancellation, maybe_moment, moment
from countermand.ledger._states import State
from countermand.ledger._tasks import only, transact

if TYPE_CHECKING:
    from datetime import datetime

    from countermand.ledger._tasks import Row, Task
    from countermand.provider._cancellations import BaseCancellation


@frozen(kw_only=True)
class Event:
    """Something that happened to a key.

    Attributes:
        at: The time by the database's clock.
        what: `attempt` (recorded before it was sent), `outcome` of a call, `look` at what earlier
            calls had left, or `resolution` by a person.
        found: The outcome or the name of the error, or what the person said; None of an attempt.
        message: The error's message, the evidence of a receipt, why a look has proved nothing, or
            the person's reason.
        requests: For each request of the call, the status of its answer, or how far it got.
        by: The person.
        reference: The provider's id of the cancel, if the person gave one.
    """

    at: datetime
    what: str
    found: str | None = None
    message: str | None = None
    requests: tuple[int | str, ...] = ()
    by: str | None = None
    reference: str | None = None


@frozen(kw_only=True)
class KeyRecord:
    """Everything that the ledger knows of a key, as `Ledger.show` returns it.

    Attributes:
        key: The idempotency key.
        cancellation: The cancellation; None if the key was purged, as is the user.
        user: The caller's name for the user, or None if none was given.
        destination: URL of the server, with a fingerprint of the account where merchants share it.
        state: What is known of it.
        waiting_for: As in `Unresolved`.
        reference: The provider's id of the cancel, if known.
        created: Time at which the key was first used.
        closed: Time at which it got an end or became free; None if it has not.
        next_look: When the payment is to be looked at again; None if no look is planned.
        leased_until: Until when a call holds the key if it does not renew its lease, or None.
        events: What happened, oldest first.
    """

    key: str
    cancellation: BaseCancellation | None
    user: str | None
    destination: str | None
    state: State
    waiting_for: str | None
    reference: str | None
    created: datetime
    closed: datetime | None
    next_look: datetime | None
    leased_until: datetime | None
    events: tuple[Event, ...]

    @classmethod
    def from_row(cls, row: Row) -> KeyRecord:
        """Decode a row of the ledger.

        Raises:
            LookupError, TypeError, ValueError: another version or program has written it.
        """
        events = [Event(at=moment(at), what="attempt") for _, _, at, *_ in read_log(row)]
        lines = (row["events"] or "").splitlines()
        events += [_event(*json.loads(line)) for line in lines]
        return cls(
            key=row["key"],
            cancellation=None if row["cancellation"] is None else decode_cancellation(row),
            user=row["user_name"],
            destination=row["destination"],
            state=State(row["state"]),
            waiting_for=row["waiting_for"],
            reference=row["reference"],
            created=moment(row["created_at"]),
            closed=maybe_moment(row["closed_at"]),
            next_look=maybe_moment(row["next_look"]),
            leased_until=maybe_moment(row["lease_until"]),
            events=tuple(sorted(events, key=lambda event: event.at)),
        )


def _event(what: str, at: float, *facts: Any) -> Event:
    if what == "resolution":
        said, by, reason, reference = facts
        return Event(
            at=moment(at), what=what, found=said, by=by, message=reason, reference=reference
        )
    found, message, requests = facts
    return Event(at=moment(at), what=what, found=found, message=message, requests=tuple(requests))


def find_by_payment(cancellation: BaseCancellation) -> Task[list[Row]]:
    """The rows of the keys that stand for a cancel of the same payment, oldest first."""
    rows: list[Row] = yield from transact(
        lambda: only(statements.find_by_payment(cancellation)), read_only=True
    )
    return rows
