"""The steps of `Client.reconcile`, for a client to perform, blocking or not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field, frozen

from countermand._values import kind_of
from countermand.ledger import _due
from countermand.ledger._reconciliation import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from countermand.ledger._due import Due, Looked
    from countermand.ledger._reconciliation import Change
    from countermand.ledger._tasks import Task


@frozen
class Step:
    """A task of the ledger, and what the client does before it.

    The client looks at `due`, whatever comes of it. It reports `change`; if that fails, the task is
    left out, and the result is False.
    """

    task: Task[Any]
    due: Due | None = None
    change: Change | None = None


@define(kw_only=True)
class Reconciler:
    """One call of `reconcile`."""

    limit: int | None
    until: datetime | None
    reporting: bool
    """Whether changes are reported."""
    destinations: list[str]
    """Where the client has accounts."""
    postponed: float
    """Seconds after which a key that was taken comes again, if nothing is recorded."""
    now: Callable[[], float]
    """Seconds since 1970."""
    is_closed: Callable[[], bool]
    """Whether the client is closed."""
    summary: Reconciliation = field(factory=Reconciliation)

    def steps(self) -> Generator[Step, Any, Reconciliation]:
        """What is to be done, step by step."""
        failed: list[str] = []
        if self.reporting:
            yield from self._report_old_changes(failed)
        while self._may_go_on():
            due = yield Step(self._take_due())
            if due is None:
                break
            looked = yield Step(_due.read_looked(due.key, reporting=self.reporting), due=due)
            self._count(looked)
            if looked is not None and looked.change is not None:
                yield from self._report(looked.change, failed)
        for key in failed:
            yield Step(_due.record_not_reported(key))
        skipped: int = yield Step(_due.count_others(self.destinations))
        return evolve(self.summary, skipped=skipped)

    def _take_due(self) -> Task[Due | None]:
        return _due.take_due(self.destinations, self.postponed, reporting=self.reporting)

    def _is_over(self) -> bool:
        over = self.until is not None and self.now() >= self.until.timestamp()
        return over or self.is_closed()

    def _may_go_on(self) -> bool:
        enough = self.limit is not None and self.summary.looked >= self.limit
        return not (enough or self._is_over())

    def _report_old_changes(self, failed: list[str]) -> Generator[Step, Any, None]:
        while not self._is_over():
            taken = yield Step(_due.take_unreported(self.postponed))
            # A slow callable that fails may be at the first of its changes again.
            if taken is None or taken.key in failed:
                return
            if taken.change is not None:
                yield from self._report(taken.change, failed)

    def _report(self, change: Change, failed: list[str]) -> Generator[Step, Any, None]:
        task = _due.record_reported(change.key, change.after, change.waiting_for)
        if (yield Step(task, change=change)) is False:
            failed.append(change.key)

    def _count(self, looked: Looked | None) -> None:
        state = None if looked is None else looked.state
        cancelled, refused = state == "CANCELLED", state in {"REFUSED", "FREE"}
        waits = looked is not None and looked.waiting_for == "person"
        known = self.summary
        self.summary = evolve(
            known,
            looked=known.looked + 1,
            cancelled=known.cancelled + cancelled,
            refused=known.refused + refused,
            still_open=known.still_open + (not cancelled and not refused),
            needs_person=known.needs_person + waits,
        )


def validate_limits(limit: object, until: object) -> None:
    """Refuse limits that are none.

    Raises:
        TypeError: a limit has the wrong type.
        ValueError: `limit` is less than 1, or `until` has no time zone.
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise TypeError(f"limit must be an int such as 100, or None, not {kind_of(limit)}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    if until is not None and not isinstance(until, datetime):
        raise TypeError(f"until must be a datetime with a time zone, or None, not {kind_of(until)}")
    if until is not None and until.tzinfo is None:
        raise ValueError("until must have a time zone, such as datetime.now(UTC)")
