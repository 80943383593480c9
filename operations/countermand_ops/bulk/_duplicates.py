"""Keys and payments that stand in a file twice, found without keeping them in memory."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, Self

from countermand_ops.bulk._errors import BulkError

if TYPE_CHECKING:
    from types import TracebackType

    from countermand_ops.bulk._rows import Row

TABLE: Final = """
CREATE TABLE seen (digest blob PRIMARY KEY, line integer NOT NULL) WITHOUT ROWID
"""
ADD: Final = "INSERT OR IGNORE INTO seen VALUES (?, ?)"
FIND: Final = "SELECT line FROM seen WHERE digest = ?"


class Duplicates:
    """Remembers what has been seen, in a temporary database that SQLite deletes by itself.

    Raises:
        BulkError: the database cannot be written.
    """

    def __enter__(self) -> Self:
        # The empty name stands for a private file, which is written when its cache is full.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(TABLE)
        self._database.execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def key(self, key: str | None, line: int) -> str | None:
        """Remember the key of a line; return what is wrong if it was there before."""
        before = None if key is None else self._line_before(("key", key), line)
        if before is None:
            return None
        return f"the key {key!r} stands on line {before}, too; each row needs its own"

    def payment(self, row: Row, destination: str) -> str | None:
        """Remember the payment of a row; return what is wrong if it was there before.

        Args:
            row: The row.
            destination: The server and the merchant: ids repeat among merchants.
        """
        names = row.cancellation.payment_key
        before = self._line_before(("payment", row.cancellation.api, destination, *names), row.line)
        if before is None:
            return None
        return f"the payment {' '.join(names)} stands on line {before}, too; name a payment once"

    def _line_before(self, parts: tuple[str, ...], line: int) -> int | None:
        digest = hashlib.sha256(json.dumps(parts).encode()).digest()[:16]
        try:
            if self._database.execute(ADD, (digest, line)).rowcount:
                return None
            with closing(self._database.execute(FIND, (digest,))) as found:
                first: int = found.fetchone()[0]
        except sqlite3.Error as failed:
            raise BulkError(
                f"the temporary folder cannot be used: {failed}; set SQLITE_TMPDIR to another one"
            ) from None
        return first
