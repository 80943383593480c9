"""PostgreSQL under asyncio: a few connections for each event loop, and no thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from countermand._threads import reset_after_fork
from countermand.ledger._deadlines import MAX_TIME, Deadline
from countermand.ledger._postgresql import POSTGRESQL, converse
from countermand.ledger._schema import prepare_schema
from countermand.ledger._servers import ServerDatabase, problem
from countermand.ledger._sessions import MAX_CONNECTIONS, AsyncSession, CutError, Tries, read_url
from countermand.ledger._tasks import DatabaseError, Pause, unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from countermand.ledger._postgresql import Conversation
    from countermand.ledger._tasks import Task, Transaction

T = TypeVar("T")

_parents: list[object] = []
"""Connections of the parent process: a child must neither use nor close them."""


class _Lender:
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
        self._lenders: dict[asyncio.AbstractEventLoop, _Lender] = {}
        self._ready = False
        reset_after_fork(self._forked)

    def _forked(self) -> None:
        _parents.append(self._lenders)
        self._lenders = {}

    def close(self) -> None:
        """Close the connections that no transaction uses."""
        self._ready = False
        for lender in self._lenders.values():
            lender.close()

    async def perform(
        self,
        task: Task[T],
        timeout: float = MAX_TIME,  # noqa: ASYNC109 - of the task, not of the caller's waiting
        *,
        in_all: bool = True,
    ) -> T:
        """Perform a task, as `BlockingDatabase.perform` does."""
        deadline = Deadline(timeout)

        async def transact(transaction: Transaction[Any]) -> Any:
            await self._prepare(deadline)
            return await self._transact(transaction, deadline if in_all else Deadline(timeout))

        try:
            return await _drive(task, transact)
        except DatabaseError as failure:
            raise unavailable(failure) from None

    async def _prepare(self, deadline: Deadline) -> None:
        if not self._ready:
            await _drive(prepare_schema(POSTGRESQL), lambda each: self._transact(each, deadline))
            self._ready = True

    async def _transact(self, transaction: Transaction[T], deadline: Deadline) -> T:
        lender, tries = self._lender(), Tries(deadline)
        try:
            async with asyncio.timeout(deadline.until_hard_limit):
                await lender.slots.acquire()
        except TimeoutError:
            raise deadline.error("no connection was free") from None
        try:
            while True:
                try:
                    return await self._try(transaction, tries, lender)
                except (psycopg.Error, CutError) as error:
                    if not tries.may_go_on(error):
                        raise problem(error, deadline) from None
                await asyncio.sleep(min(tries.pause, deadline.remaining))
        finally:
            lender.slots.release()

    async def _try(self, transaction: Transaction[T], tries: Tries, lender: _Lender) -> T:
        idle = lender.idle
        kept = idle.pop() if idle else None
        session = kept or await self._connect(tries.deadline)
        try:
            lead = tries.begin(session, kept=kept is not None)
            result = await _run(session, converse(transaction, lead), tries)
        except BaseException:
            session.abandon()
            raise
        # Another list means that the connections were closed meanwhile.
        if idle is lender.idle:
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

    def _lender(self) -> _Lender:
        """The connections of the running loop; those of loops that have ended are closed."""
        for loop in [each for each in self._lenders if each.is_closed()]:
            self._lenders.pop(loop).close()
        running = asyncio.get_running_loop()
        if running not in self._lenders:
            self._lenders[running] = _Lender()
        return self._lenders[running]


async def _drive(task: Task[T], transact: Callable[[Transaction[Any]], Awaitable[Any]]) -> T:
    try:
        step = next(task)
        while True:
            value: Any = None
            try:
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                else:
                    value = await transact(step)
            except Exception as error:  # noqa: BLE001 - the task decides what follows
                step = task.throw(error)
            else:
                step = task.send(value)
    except StopIteration as finished:
        result: T = finished.value
        return result


async def _run(session: AsyncSession, conversation: Conversation[T], tries: Tries) -> T:
    try:
        statements = next(conversation)
        while True:
            rows = await session.ask(statements)
            tries.answered(session)
            statements = conversation.send(rows)
    except StopIteration as finished:
        result: T = finished.value
        return result


def open_server(url: str) -> tuple[ServerDatabase, AsyncServerDatabase]:
    """One database, for threads and for event loops.

    Raises:
        ValueError: libpq does not understand the URL.
    """
    parameters = read_url(url)
    return ServerDatabase(parameters), AsyncServerDatabase(parameters)
