"""PostgreSQL by blocking: a few connections, lent to one transaction at a time."""

from __future__ import annotations

from threading import Semaphore
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from countermand._steps import drive
from countermand.ledger._blocking import BlockingDatabase
from countermand.ledger._deadlines import Deadline, DeadlineError, run_with_deadline
from countermand.ledger._postgresql import POSTGRESQL, converse
from countermand.ledger._sessions import MAX_CONNECTIONS, CutError, Session, Tries

if TYPE_CHECKING:
    from countermand.ledger._tasks import Row, Statement, Transaction

T = TypeVar("T")

_parents: list[object] = []
"""Connections of the parent process: a child must neither use nor close them."""


class ServerDatabase(BlockingDatabase):
    """One PostgreSQL database.

    Args:
        parameters: Those of a connection.
    """

    dialect = POSTGRESQL

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._idle: list[Session] = []
        self._slots = Semaphore(MAX_CONNECTIONS)
        super().__init__()

    def _forget_connections(self) -> None:
        _parents.append(self._idle)
        self._idle = []
        self._slots = Semaphore(MAX_CONNECTIONS)

    def close(self) -> None:
        """Close the connections that no transaction uses."""
        self._ready = False
        idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _transact(self, transaction: Transaction[T], deadline: Deadline) -> T:
        slots, tries = self._slots, Tries(deadline)
        if not slots.acquire(timeout=deadline.until_hard_limit):
            raise deadline.error("no connection was free")
        try:
            while True:
                try:
                    return self._try(transaction, tries)
                except (psycopg.Error, CutError, DeadlineError) as error:
                    if not tries.may_go_on(error):
                        raise tries.problem(error) from None
                sleep(min(tries.next_pause(), deadline.remaining))
        finally:
            slots.release()

    def _try(self, transaction: Transaction[T], tries: Tries) -> T:
        idle = self._idle
        kept = idle.pop() if idle else None
        session = kept or self._connect(tries.deadline)
        try:
            lead = tries.begin(session, kept=kept is not None)

            def ask(statements: tuple[Statement, ...]) -> list[list[Row]]:
                rows = session.ask(statements)
                tries.answered(session)
                return rows

            result = drive(converse(transaction, lead), ask)
        except BaseException:
            session.abandon()
            raise
        # Another list means that the connections were closed meanwhile.
        if idle is self._idle:
            idle.append(session)
        else:
            session.close()
        return result

    def _connect(self, deadline: Deadline) -> Session:
        """Connect in another thread: names are looked up without a timeout."""
        return run_with_deadline(
            deadline, lambda: Session.open(self._parameters), Session.abandon, "no connection"
        )
