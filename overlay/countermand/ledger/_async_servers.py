"""PostgreSQL under asyncio: a few connections for each event loop, and no thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from countermand._steps import drive_async
from countermand._threads import reset_after_fork
from countermand.ledger._deadlines import MAX_TIME, Deadline, DeadlineError
from countermand.ledger._postgresql import POSTGRESQL, converse
from countermand.ledger._schema import prepare_schema
from countermand.ledger._servers import ServerDatabase
from countermand.ledger._sessions import MAX_CONNECTIONS, AsyncSession, CutError, Tries, read_url
from countermand.ledger._tasks import DatabaseError, Pause, unavailable

if TYPE_CHECKING:
    from countermand.ledger._tasks import Row, Statement, Task, Transaction

T = TypeVar("T")

_parents: list[object] = []
"""Connections of the parent process: a child must neither use nor close them."""


class _Pool:
    """The connections of one event loop."""

    def __init__(self) -> None:
        self.idle: list[AsyncSession] = []
        self.slots = asyncio.Semaphore(MAX_CONNECTIONS)

    def close(self) -> None:
        """Close the connections that no transaction uses; their loop may have ended."""
        idle, self.idle = self.idle, []
        for session in idle:
            session.abandon()


class AsyncServerDatabase:
    """One PostgreSQL database, used from event loops.

    Args:
        parameters: Those of a connection.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}
        self._ready = False
        reset_after_fork(self._forked)

    def _forked(self) -> None:
        _parents.append(self._pools)
        self._pools = {}

    def close(self) -> None:
        """Close the connections that no transaction uses."""
        self._ready = False
        for pool in self._pools.values():
            pool.close()

    async def perform(
        self,
        task: Task[T],
        timeout: float = MAX_TIME,  # noqa: ASYNC109 - of the task, not of the caller's waiting
        *,
        in_all: bool = True,
    ) -> T:
        """Perform a task, as `BlockingDatabase.perform` does."""
        deadline = Deadline(timeout)

        async def perform(step: Transaction[Any] | Pause) -> Any:
            await self._prepare(deadline)
            return await self._step(step, deadline if in_all else Deadline(timeout))

        try:
            return await drive_async(task, perform)
        except DatabaseError as failure:
            raise unavailable(failure) from None

    async def _prepare(self, deadline: Deadline) -> None:
        if not self._ready:
            tables = prepare_schema(POSTGRESQL)
            await drive_async(tables, lambda step: self._step(step, deadline))
            self._ready = True

    async def _step(self, step: Transaction[Any] | Pause, deadline: Deadline) -> Any:
        if isinstance(step, Pause):
            return await asyncio.sleep(step.seconds)
        return await self._transact(step, deadline)

    async def _transact(self, transaction: Transaction[T], deadline: Deadline) -> T:
        pool, tries = self._pool(), Tries(deadline)
        try:
            async with asyncio.timeout(deadline.until_hard_limit):
                await pool.slots.acquire()
        except TimeoutError:
            raise deadline.error("no connection was free") from None
        try:
            while True:
                try:
                    return await self._try(transaction, tries, pool)
                except (psycopg.Error, CutError, DeadlineError) as error:
                    if not tries.may_go_on(error):
                        raise tries.problem(error) from None
                await asyncio.sleep(min(tries.next_pause(), deadline.remaining))
        finally:
            pool.slots.release()

    async def _try(self, transaction: Transaction[T], tries: Tries, pool: _Pool) -> T:
        idle = pool.idle
        kept = idle.pop() if idle else None
        session = kept or await self._connect(tries.deadline)
        try:
            lead = tries.begin(session, kept=kept is not None)

            async def ask(statements: tuple[Statement, ...]) -> list[list[Row]]:
                rows = await session.ask(statements)
                tries.answered(session)
                return rows

            result = await drive_async(converse(transaction, lead), ask)
        except BaseException:
            session.abandon()
            raise
        # Another list means that the connections were closed meanwhile.
        if idle is pool.idle:
            idle.append(session)
        else:
            session.abandon()
        return result

    async def _connect(self, deadline: Deadline) -> AsyncSession:
        try:
            async with asyncio.timeout(deadline.until_hard_limit):
                return await AsyncSession.open(self._parameters)
        except TimeoutError:
            raise deadline.error("no connection") from None

    def _pool(self) -> _Pool:
        """The connections of the running loop; those of loops that have ended are closed."""
        for loop in [each for each in self._pools if each.is_closed()]:
            self._pools.pop(loop).close()
        running = asyncio.get_running_loop()
        if running not in self._pools:
            self._pools[running] = _Pool()
        return self._pools[running]


def open_server(url: str) -> tuple[ServerDatabase, AsyncServerDatabase]:
    """One database, for threads and for event loops.

    Raises:
        ValueError: libpq does not understand the URL.
    """
    parameters = read_url(url)
    return ServerDatabase(parameters), AsyncServerDatabase(parameters)
