"""What came of each row so far, in a file beside the plan.

The ledger knows what became of the money; this file only spares a run that goes on the rows that
have ended, and the report the questions to the ledger. Without it, everything is asked again.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from attrs import asdict

from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._money import Money
from countermand_ops.bulk._results import RowResult
from countermand_ops.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from countermand_ops.bulk._plan import Plan

TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS plan (sha256 text PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS results (row integer PRIMARY KEY, final integer, facts text)",
)
CACHE: Final = 128
"""KiB."""
COMMIT_EVERY: Final = 0.2
"""Seconds. What a kill loses of this file is asked of the ledger again."""


def progress_file(plan: Plan) -> Path:
    """The file beside a plan that keeps what came of its rows."""
    return Path(f"{plan.file}.progress")


class Progress:
    """The file of one plan. While it is open, no other process can open it.

    Args:
        file: Its path.
        plan: The hash of the plan. Results of another plan are deleted.
        clock: The monotonic clock, in seconds.

    Raises:
        BulkError: another process has it open, or it cannot be used.
    """

    def __init__(self, file: Path, plan: str, clock: Callable[[], float]) -> None:
        self._file, self._plan, self._clock = file, plan, clock

    def __enter__(self) -> Self:
        try:
            self._file.touch(mode=0o600)
            self._database = sqlite3.connect(self._file, timeout=0, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise
        except (OSError, sqlite3.Error) as failed:
            if isinstance(failed, sqlite3.OperationalError) and "locked" in str(failed):
                raise BulkError(f"another process applies this plan: {self._file}") from None
            raise BulkError(
                f"{self._file} cannot be used: {failed}; delete it, and the ledger is asked again"
            ) from None
        self._committed_at = self._clock()
        return self

    def _prepare(self) -> None:
        # The lock is kept from the first transaction to the end, and ends with the process.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        # Rows are written and read in their order: a large cache would only grow with their number.
        self._database.execute(f"PRAGMA cache_size = -{CACHE}")
        self._database.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            self._database.execute(table)
        known = self._database.execute("SELECT sha256 FROM plan").fetchall()
        if known != [(self._plan,)]:
            self._database.execute("DELETE FROM plan")
            self._database.execute("DELETE FROM results")
            self._database.execute("INSERT INTO plan VALUES (?)", (self._plan,))
        self._database.execute("COMMIT")
        self._database.execute("BEGIN")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # On a full disk nothing is left to commit, or it fails: then the ledger is asked again.
        with suppress(sqlite3.Error):
            self._database.execute("COMMIT")
        self._database.close()

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as failed:
            raise OSError(f"{self._file} cannot be used: {failed}") from None

    def is_final(self, number: int) -> bool:
        """Whether a row has an end."""
        statement = "SELECT 1 FROM results WHERE row = ? AND final"
        return self._run(statement, number).fetchone() is not None

    def add(self, number: int, result: RowResult, money: Money) -> None:
        """Keep what came of a row, and the money that it is about.

        Raises:
            OSError: the file cannot be written.
        """
        amount = None if money.amount is None else format(money.amount, "f")
        facts = [{**asdict(result), "code": result.code.value}, money.currency, amount]
        document = json.dumps(facts, ensure_ascii=False)
        self._run(
            "INSERT OR REPLACE INTO results VALUES (?, ?, ?)", number, result.is_final, document
        )
        now = self._clock()
        if now - self._committed_at > COMMIT_EVERY:
            self._committed_at = now
            self._run("COMMIT")
            self._run("BEGIN")

    def get(self, number: int) -> RowResult | None:
        """What came of a row; None if it was not tried."""
        statement = "SELECT facts FROM results WHERE row = ?"
        found = self._run(statement, number).fetchone()
        return None if found is None else _read(found[0])[0]

    def final(self) -> Iterator[tuple[RowResult, Money]]:
        """What came of the rows that have an end."""
        for (facts,) in self._run("SELECT facts FROM results WHERE final"):
            yield _read(facts)


def _read(facts: str) -> tuple[RowResult, Money]:
    values, currency, amount = json.loads(facts)
    values["code"] = ExitCode(values["code"])
    return RowResult(**values), Money(currency, None if amount is None else Decimal(amount))
