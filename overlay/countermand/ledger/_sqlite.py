"""SQLite: its words, and what its errors mean. Pure."""

from __future__ import annotations

import sqlite3
from typing import Final

from countermand.ledger._tasks import Dialect

SQLITE: Final = Dialect(
    now="((julianday('now') - 2440587.5) * 86400.0)",
    row_lock="",
    free_rows="",
    elements="SELECT value FROM json_each",
    has_schema="SELECT count(*) AS found FROM sqlite_master WHERE name = 'countermand_schema'",
    json="text",
    random_id="lower(hex(randomblob(16)))",
    parameter=r":\1",
)

SETTINGS: Final = (
    # Makes each commit durable.
    "PRAGMA synchronous = FULL",
    # In KiB. A larger cache would grow with the file, which the system caches as well.
    "PRAGMA cache_size = -512",
    # Checkpoints are made under the lock for writing, see `_files`.
    "PRAGMA wal_autocheckpoint = 0",
)
"""Of each connection."""


def is_busy(error: BaseException) -> bool:
    """Whether another process holds the file, so that the connection is still good."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
