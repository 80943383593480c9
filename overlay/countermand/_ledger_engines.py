"""What the two databases are told: when connecting, when a transaction begins, and in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event

from countermand._ledger_ways import watch_ways

if TYPE_CHECKING:
    from countermand._ledger_patience import Patience

PATIENCE: Final = 10.0
"""Seconds that a database may take for one transaction, or for a connection."""

POOLED: Final = 5
PLACES: Final = 15
"""Connections of a pool of our own: kept, and at most."""

LIBPQ: Final[dict[str, Any]] = {
    "connect_timeout": int(PATIENCE),
    "tcp_user_timeout": int(PATIENCE * 1000),
    "keepalives_idle": int(PATIENCE),
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""A server that is gone without a word is noticed; what the URL says of these goes before."""


def engine_for(url: str) -> sa.Engine:
    """An engine of our own."""
    parsed = sa.make_url(url)
    return sa.create_engine(
        parsed,
        connect_args=_connecting(parsed),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        pool_size=POOLED,
        max_overflow=PLACES - POOLED,
        poolclass=sa.pool.QueuePool,
    )


def prepare(engine: sa.Engine, *, own: bool) -> None:
    """Let an engine keep a ledger.

    Args:
        engine: Any; one that is prepared already is left as it is.
        own: Whether it is of our own.

    Raises:
        ValueError: it cannot: it is in memory, or neither SQLite nor PostgreSQL.
    """
    name = engine.dialect.name
    if name not in {"sqlite", "postgresql"}:
        raise ValueError(f"a ledger needs SQLite or PostgreSQL, not {name}")
    if name == "sqlite" and _in_memory(engine.url):
        raise ValueError("a ledger in memory would record nothing; name a file")
    # Several ledgers may share an engine.
    if event.contains(engine, "before_cursor_execute", _remind):
        return
    event.listen(engine, "before_cursor_execute", _remind)
    if name == "sqlite":
        event.listen(engine, "connect", _sqlite_connects)
        event.listen(engine, "begin", _sqlite_begins)
    else:
        watch_ways(engine, own=own)


def tell(connection: sa.Connection, patience: Patience) -> None:
    """Tell the database how long it may still take for a statement of this transaction."""
    wait = patience.told()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        return
    function = sa.func
    lost = function.current_setting("synchronous_commit") == "off"
    # Else a server that fails forgets what it has already said to be committed.
    durable = function.set_config("synchronous_commit", "on", True)  # noqa: FBT003 - for this transaction only
    connection.execute(
        sa.select(
            function.set_config("statement_timeout", str(wait), True),  # noqa: FBT003 - the same
            sa.case((lost, durable)),
        )
    )


def _connecting(url: sa.URL) -> dict[str, Any]:
    """What the driver is told, as far as the URL does not say it."""
    driver = url.get_driver_name()
    wanted = LIBPQ if driver in {"psycopg", "psycopg2"} else {}
    if driver == "psycopg":
        # Poolers such as PgBouncer change the server below a connection, and its statements go.
        wanted = {**wanted, "prepare_threshold": None}
    return {name: value for name, value in wanted.items() if name not in url.query}


def _in_memory(url: sa.URL) -> bool:
    path = str(url.database or "").removeprefix("file:").partition("?")[0]
    return path in {"", ":memory:"} or "mode=memory" in url.render_as_string()


def _remind(connection: sa.Connection, *_: object) -> None:
    """What was told before a long wait is no longer what is left."""
    patience: Patience | None = connection.get_execution_options().get("countermand_patience")
    if patience is not None and patience.stale:
        tell(connection, patience)


def _sqlite_connects(connection: Any, _record: object) -> None:
    """Durable commits, and a transaction's beginning left to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begins(connection: sa.Connection) -> None:
    """A write lock from the beginning: SQLite has one writer at a time."""
    options = connection.get_execution_options()
    if options.get("countermand_outside", False):
        return
    patience: Patience | None = options.get("countermand_patience")
    if patience is None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    else:
        tell(connection, patience)
    reading = options.get("countermand_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
