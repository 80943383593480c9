"""Performs tasks by blocking: what the shells of both databases share."""

from __future__ import annotations

import abc
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from countermand._steps import drive
from countermand._threads import reset_after_fork
from countermand.ledger._deadlines import MAX_TIME, Deadline
from countermand.ledger._schema import prepare_schema
from countermand.ledger._tasks import DatabaseError, Dialect, Pause, unavailable

if TYPE_CHECKING:
    from countermand.ledger._tasks import Task, Transaction

T = TypeVar("T")


class BlockingDatabase(abc.ABC):
    """A database with its connections. Its tables are made or checked at first use."""

    dialect: Dialect

    def __init__(self) -> None:
        self._ready = False
        self._lock = Lock()
        reset_after_fork(self._forked)

    def perform(self, task: Task[T], timeout: float = MAX_TIME, *, in_all: bool = True) -> T:
        """Perform a task.

        Args:
            task: The task.
            timeout: Seconds for everything, including waits.
            in_all: False gives each transaction so much time.

        Raises:
            LedgerUnavailable: the database is not reachable, refuses to write, or is too slow.
        """
        deadline = Deadline(timeout)

        def perform(step: Transaction[Any] | Pause) -> Any:
            self._prepare(deadline)
            return self._step(step, deadline if in_all else Deadline(timeout))

        try:
            return drive(task, perform)
        except DatabaseError as problem:
            raise unavailable(problem) from None

    def _prepare(self, deadline: Deadline) -> None:
        if self._ready:
            return
        if not self._lock.acquire(timeout=deadline.remaining):
            raise deadline.error("another thread did not finish making the schema")
        try:
            if not self._ready:
                drive(prepare_schema(self.dialect), lambda step: self._step(step, deadline))
                self._ready = True
        finally:
            self._lock.release()

    def _step(self, step: Transaction[Any] | Pause, deadline: Deadline) -> Any:
        if isinstance(step, Pause):
            return sleep(step.seconds)
        return self._transact(step, deadline)

    def _forked(self) -> None:
        self._ready = False
        self._lock = Lock()
        self._forget_connections()

    @abc.abstractmethod
    def _forget_connections(self) -> None:
        """In a forked child: leave the parent's connections alone."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close the connections; the next use opens others."""

    @abc.abstractmethod
    def _transact(self, transaction: Transaction[T], deadline: Deadline) -> T:
        """Perform one transaction."""
