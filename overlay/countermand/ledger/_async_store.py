"""The ledger for asyncio: the methods of `Ledger`, as coroutine functions."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from countermand._threads import in_ledger_pool
from countermand.ledger._deadlines import MAX_TIME
from countermand.ledger._listing import Wanted
from countermand.ledger._resolutions import ManualResolution
from countermand.ledger._tasks import DatabaseError, unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from countermand._core.commands import AlreadyFinished, KeyHistory, LookNotes, Rejected
    from countermand._core.idempotency import KeyClaim
    from countermand.errors import CountermandError
    from countermand.ledger._blocking import BlockingDatabase
    from countermand.ledger._keys import Keys
    from countermand.ledger._listing import Unresolved, UnresolvedCount
    from countermand.ledger._records import KeyRecord
    from countermand.ledger._states import State
    from countermand.ledger._tasks import Task
    from countermand.provider import BaseCancellation, Snapshot
    from countermand.receipt import Receipt

T = TypeVar("T")


def in_thread(database: BlockingDatabase) -> Callable[..., Awaitable[Any]]:
    """Perform the tasks of a blocking database in the ledger's threads."""

    def perform(*arguments: Any, **options: Any) -> Awaitable[Any]:
        work = partial(database.perform, *arguments, **options)
        loop = asyncio.get_running_loop()
        try:
            return in_ledger_pool(loop, work)
        except RuntimeError as error:
            raise unavailable(DatabaseError(f"no thread for it: {error}")) from None

    return perform


class AsyncLedger:
    """The methods of a ledger that may block.

    Args:
        keys: The tasks of the ledger.
        perform: Performs a task.
    """

    def __init__(self, keys: Keys, perform: Callable[..., Awaitable[Any]]) -> None:
        self._keys, self._perform = keys, perform

    async def claim(
        self,
        claim: KeyClaim,
        *,
        timeout: float = MAX_TIME,  # noqa: ASYNC109 - a call's own deadline
        first_attempt: bool = False,
    ) -> KeyHistory | AlreadyFinished | Rejected:
        """As `Ledger.claim`."""
        claimed: KeyHistory | AlreadyFinished | Rejected = await self._perform(
            self._keys.claim(claim, first_attempt=first_attempt), timeout
        )
        return claimed

    async def record_attempt(
        self,
        claim: KeyClaim,
        number: int,
        *,
        timeout: float = MAX_TIME,  # noqa: ASYNC109
        snapshot: Snapshot | None = None,
    ) -> Rejected | None:
        """As `Ledger.record_attempt`."""
        rejected: Rejected | None = await self._perform(
            self._keys.record_attempt(claim, number, snapshot), timeout
        )
        return rejected

    async def record_outcome(
        self,
        claim: KeyClaim,
        result: Receipt | CountermandError,
        *,
        timeout: float = MAX_TIME,  # noqa: ASYNC109
        notes: LookNotes | None = None,
    ) -> bool:
        """As `Ledger.record_outcome`."""
        task = self._keys.record_outcome(claim, result, notes)
        recorded: bool = await self._perform(task, timeout)
        return recorded

    async def release(
        self,
        claim: KeyClaim,
        *,
        timeout: float = MAX_TIME,  # noqa: ASYNC109
    ) -> None:
        """As `Ledger.release`."""
        await self._perform(self._keys.release(claim), timeout)

    async def find(
        self,
        key: str,
        *,
        timeout: float = MAX_TIME,  # noqa: ASYNC109
    ) -> Unresolved:
        """As `Ledger.find`."""
        found: Unresolved = await self._perform(self._keys.find(key), timeout)
        return found

    async def show(self, key: str) -> KeyRecord:
        """As `Ledger.show`."""
        record: KeyRecord = await self._perform(self._keys.show(key))
        return record

    async def find_by_payment(self, cancellation: BaseCancellation) -> tuple[KeyRecord, ...]:
        """As `Ledger.find_by_payment`."""
        found: tuple[KeyRecord, ...] = await self._perform(self._keys.find_by_payment(cancellation))
        return found

    def unresolved(
        self, *, state: State | str | None = None, provider: str | None = None
    ) -> AsyncIterator[Unresolved]:
        """As `Ledger.unresolved`."""
        return self._iterate(Wanted(state=state, provider=provider))

    async def _iterate(self, wanted: Wanted) -> AsyncIterator[Unresolved]:
        found, last = await self._perform(self._keys.page(None, wanted))
        while last is not None:
            for each in found:
                yield each
            found, last = await self._perform(self._keys.page(last, wanted))

    async def identity(self) -> str:
        """As `Ledger.identity`."""
        identity: str = await self._perform(self._keys.identity())
        return identity

    async def count_unresolved(self) -> tuple[UnresolvedCount, ...]:
        """As `Ledger.count_unresolved`."""
        counts: tuple[UnresolvedCount, ...] = await self._perform(self._keys.count_unresolved())
        return counts

    async def resolve(
        self, key: str, *, cancelled: bool, by: str, reason: str, reference: str | None = None
    ) -> None:
        """As `Ledger.resolve`."""
        resolution = ManualResolution(
            cancelled=cancelled, by=by, reason=reason, reference=reference
        )
        await self._perform(self._keys.resolve(key, resolution))

    async def perform(self, task: Task[T]) -> T:
        """As `Ledger.perform`."""
        result: T = await self._perform(task)
        return result

    async def purge(self, *, older_than: float, forget: bool = False) -> int:
        """As `Ledger.purge`."""
        task = self._keys.purge(older_than, forget=forget)
        count: int = await self._perform(task, in_all=False)
        return count
