"""The ledger: its public methods for people and scripts, and those of a key store."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from countermand._extras import extra
from countermand._secrets import hide_arguments
from countermand.ledger._deadlines import MAX_TIME
from countermand.ledger._files import FileDatabase
from countermand.ledger._keys import Keys
from countermand.ledger._leases import LeaseKeeper
from countermand.ledger._listing import Unresolved, UnresolvedCount, Wanted
from countermand.ledger._reconciler import Reconciler, validate_limits
from countermand.ledger._records import Event, KeyRecord
from countermand.ledger._resolutions import ManualResolution
from countermand.ledger._urls import parse_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from os import PathLike
    from types import TracebackType

    from countermand._core.commands import AlreadyFinished, KeyHistory, LookNotes, Rejected
    from countermand._core.idempotency import KeyClaim
    from countermand.errors import CountermandError
    from countermand.ledger._async_servers import AsyncServerDatabase
    from countermand.ledger._async_store import AsyncLedger
    from countermand.ledger._blocking import BlockingDatabase
    from countermand.ledger._states import State
    from countermand.ledger._tasks import Task
    from countermand.provider import BaseCancellation, Snapshot
    from countermand.receipt import Receipt

__all__ = ["Event", "KeyRecord", "Ledger", "Unresolved", "UnresolvedCount"]

T = TypeVar("T")

DEFAULT_LEASE: Final = 30.0
"""Seconds."""


@hide_arguments
class Ledger:
    """A durable key store in SQLite or PostgreSQL.

    Args:
        url: `sqlite:///cancellations.db`, `postgresql://host/name` or `postgres://host/name`; or
            the path of a SQLite file, as `pathlib.Path`.
        lease: Seconds after which a key counts as free if its worker has not renewed the lease.
            Running calls renew their leases.

    Raises:
        TypeError: `url` or `lease` has the wrong type.
        ValueError: the URL names another kind of database, a driver, or a database in memory, which
            is not durable; or `lease` is not between 1 and 3600.
        ModuleNotFoundError: the extra `postgresql` is not installed.
    """

    durable = True

    def __init__(self, url: str | PathLike[str], *, lease: float = DEFAULT_LEASE) -> None:
        place = parse_place(url)
        self._async_database: AsyncServerDatabase | None = None
        if place.url is None:
            self._database: BlockingDatabase = FileDatabase(place.path or "")
        else:
            with extra("postgresql", "countermand.ledger"):
                from countermand.ledger._async_servers import open_server  # noqa: PLC0415 - an extra
            self._database, self._async_database = open_server(place.url)
        self._leases = LeaseKeeper(self._database, lease)
        self._keys = Keys(self._leases)

    @property
    def lease(self) -> float:
        """Seconds after which a key counts as free if its worker has not renewed the lease."""
        return self._leases.seconds

    @cached_property
    def asynchronous(self) -> AsyncLedger:
        """The same ledger for asyncio."""
        from countermand.ledger import _async_store  # noqa: PLC0415 - it imports asyncio

        if self._async_database is None:
            return _async_store.AsyncLedger(self._keys, _async_store.in_thread(self._database))
        return _async_store.AsyncLedger(self._keys, self._async_database.perform)

    @property
    def awaitable(self) -> AsyncLedger | None:
        """The same as key store; None with SQLite: its whole steps are done in a thread."""
        return None if self._async_database is None else self.asynchronous

    def claim(
        self, claim: KeyClaim, *, timeout: float = MAX_TIME, first_attempt: bool = False
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """Lease a key. Return its history, its stored result, or a rejection."""
        task = self._keys.claim(claim, first_attempt=first_attempt)
        return self._database.perform(task, timeout)

    def record_attempt(
        self,
        claim: KeyClaim,
        number: int,
        *,
        timeout: float = MAX_TIME,
        snapshot: Snapshot | None = None,
    ) -> Rejected | None:
        """Record an attempt before it is sent. A rejection means that it must not be sent."""
        return self._database.perform(self._keys.record_attempt(claim, number, snapshot), timeout)

    def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = MAX_TIME,
        notes: LookNotes | None = None,
    ) -> bool:
        """Record the result and release the key; False if the lease was lost and nothing recorded.

        Raises:
            LedgerUnavailable: the result was not recorded. The key stays unresolved.
        """
        task = self._keys.record_outcome(claim, result, notes)
        return self._database.perform(task, timeout)

    def is_held(self, claim: KeyClaim) -> bool:
        """Whether the lease is certainly valid, by this process's clock."""
        return self._leases.is_valid(claim.key, claim.owner)

    def release(self, claim: KeyClaim, *, timeout: float = MAX_TIME) -> None:
        """Release a key whose claim was not answered; its history stays.

        Raises:
            LedgerUnavailable: the release was not recorded. The lease will expire.
        """
        self._database.perform(self._keys.release(claim), timeout)

    def abandon(self, claim: KeyClaim) -> None:
        """Stop renewing the lease. Does not access the database."""
        self._keys.abandon(claim)

    def find(self, key: str, *, timeout: float = MAX_TIME) -> Unresolved:
        """Return the record of a key, whether it is unresolved or not.

        Args:
            key: The idempotency key.
            timeout: Seconds.

        Raises:
            InvalidCancellation: the ledger has no such key, so no request was sent with it; or it
                has purged the key, and keeps only its result.
            LedgerUnavailable: the ledger cannot be read, or this row cannot be decoded.
        """
        return self._database.perform(self._keys.find(key), timeout)

    def show(self, key: str) -> KeyRecord:
        """Return everything that is known of a key.

        Raises:
            InvalidCancellation: the ledger has no such key.
            LedgerUnavailable: the ledger cannot be read, or this row cannot be decoded.
        """
        return self._database.perform(self._keys.show(key))

    def find_by_payment(self, cancellation: BaseCancellation) -> tuple[KeyRecord, ...]:
        """Return what is known of every key that stands for a cancel of the same payment.

        Args:
            cancellation: Names the payment; its amount and its other members do not count.

        Raises:
            LedgerUnavailable: the ledger cannot be read, or a row cannot be decoded.
        """
        return self._database.perform(self._keys.find_by_payment(cancellation))

    def unresolved(
        self, *, state: State | str | None = None, provider: str | None = None
    ) -> Iterator[Unresolved]:
        """The keys that have not ended, oldest first.

        These are: accepted and not finished; maybe executed, after a crash, a deadline or a lost
        answer; claimed by a call that runs or was stopped; waiting for a user's login. They are
        read in pages. A row that cannot be decoded is logged and left out.

        Args:
            state: Only those in this state.
            provider: Only those of this provider, such as `"unzer"`.

        Raises:
            ValueError: there is no such state.
            LedgerUnavailable: the ledger cannot be read; raised when the keys are iterated.
        """
        return self._iterate(Wanted(state=state, provider=provider))

    def _iterate(self, wanted: Wanted) -> Iterator[Unresolved]:
        found, last = self._database.perform(self._keys.page(None, wanted))
        while last is not None:
            yield from found
            found, last = self._database.perform(self._keys.page(last, wanted))

    def identity(self) -> str:
        """The ledger's own name: 32 random hexadecimal digits, made with its tables.

        The name is the same for every URL of the database. A copy, such as a restored backup, has
        it, too.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        return self._database.perform(self._keys.identity())

    def count_unresolved(self) -> tuple[UnresolvedCount, ...]:
        """Count the keys that `unresolved` lists, by provider, state and what they wait for.

        One query, which reads no key that has ended; for dashboards.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        return self._database.perform(self._keys.count_unresolved())

    def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """Record what a person found out about an unresolved key, for example from a webhook.

        Args:
            key: An unresolved key.
            cancelled: True if the payment is cancelled; later calls return a receipt. False if not;
                the key leaves `unresolved` and may be used again. Where a repeat may cancel twice,
                False permits another request only if it is recorded after the policy's
                `late_arrival_window`. Before that, a lost request may still arrive.
            by: The person who found out.
            reason: The source of the information.
            reference: The provider's id of the cancel, if known. Left out, an id that the provider
                gave when it accepted the cancel stays.

        Raises:
            InvalidCancellation: the ledger has no such key; or a text is blank, or contains a NUL
                or a lone surrogate.
            KeyConflict: the key already has a different result.
            CancellationInProgress: a call with this key is running.
            LedgerUnavailable: the resolution was not recorded.
        """
        resolution = ManualResolution(
            cancelled=cancelled, by=by, reason=reason, reference=reference
        )
        self._database.perform(self._keys.resolve(key, resolution))

    def purge(self, *, older_than: float, forget: bool = False) -> int:
        """Strip old finished keys, delete old free ones, and return how many these were.

        A cancelled or refused key keeps its fingerprint, destination, state and reference, so that
        it still returns its result. Unresolved and accepted keys are left alone. It works in
        batches that others do not wait for.

        Args:
            older_than: Seconds since the key was closed; at least two days, because a younger key
                may still be replayed.
            forget: Whether to delete finished keys altogether. A call with the same key
                will send again.

        Raises:
            TypeError: `older_than` is no number.
            ValueError: `older_than` is shorter.
            LedgerUnavailable: the ledger cannot be written.
        """
        task = self._keys.purge(older_than, forget=forget)
        return self._database.perform(task, in_all=False)

    def reconciler(self, limit: int | None, until: datetime | None, **facts: Any) -> Reconciler:
        """The steps of `Client.reconcile`.

        Raises:
            TypeError, ValueError: a limit is none.
        """
        validate_limits(limit, until)
        return Reconciler(limit=limit, until=until, **facts)

    def perform(self, task: Task[T]) -> T:
        """Perform a task of `Client.reconcile`.

        Raises:
            LedgerUnavailable: the ledger cannot be used.
        """
        return self._database.perform(task)

    def close(self) -> None:
        """Stop renewing leases and close the connections.

        A closed ledger may be used again. A client does not close its ledger: other clients may
        share it.
        """
        self._leases.release_all()
        self._database.close()
        if self._async_database is not None:
            self._async_database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
