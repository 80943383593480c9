"""A connection's way out of PostgreSQL's pool: it is made, set up and tested within the time.

All of that is done by SQLAlchemy before anybody has the connection in hand, so it is reached by
events; what an engine is used for beside the ledger is left alone.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

from countermand._ledger_patience import GRACE, in_time
from countermand._ledger_watch import WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Generator

    import sqlalchemy as sa

    from countermand._ledger_patience import Patience
    from countermand._ledger_watch import Watch

PING_SHARE: Final = 3
"""One that lay in the pool must answer within this part of what is left; in the rest, a new one can
be made."""


class _Way:
    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.watches: list[Watch] = []


_WAY: ContextVar[_Way | None] = ContextVar("countermand_way", default=None)


@contextmanager
def on_its_way(patience: Patience) -> Generator[None]:
    """Watch what an engine does for a connection here."""
    way = _Way(patience)
    before = _WAY.set(way)
    try:
        yield
    finally:
        _WAY.reset(before)
        for watch in way.watches:
            patience.cut |= WATCHDOG.release(watch)


def watch_ways(engine: sa.Engine, *, own: bool) -> None:
    """Let an engine's connections be watched on their way.

    Args:
        engine: For PostgreSQL.
        own: Whether it is of our own; then nobody else wants a say in how it connects.
    """
    # What sets a connection up asks the server too, and must come after this.
    event.listen(engine, "connect", _made, insert=True)
    _watch_pings(engine.dialect)
    if own:
        event.listen(engine, "do_connect", _connect)


def _connect(
    dialect: sa.Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
) -> Any:
    """Connect elsewhere: a driver's own limit is in whole seconds, two at least."""
    way = _WAY.get()
    if way is None:
        return None

    def connect() -> Any:
        return dialect.connect(*arguments, **parameters)

    return in_time(way.patience, connect, _close, "no connection")


def _close(raw: Any) -> None:
    # Nobody is left who could be told.
    with suppress(Exception):
        raw.close()


def _made(raw: Any, _record: object) -> None:
    way = _WAY.get()
    if way is not None:
        way.watches.append(WATCHDOG.watch(raw, way.patience.end))


def _watch_pings(dialect: sa.Dialect) -> None:
    """Of a pool's test before a connection is lent, no event tells."""
    ping = dialect.do_ping

    def watched(dbapi_connection: Any) -> bool:
        way = _WAY.get()
        if way is None:
            return ping(dbapi_connection)
        share = max(way.patience.left / PING_SHARE, GRACE)
        watch = WATCHDOG.watch(dbapi_connection, min(monotonic() + share, way.patience.end))
        try:
            answered = ping(dbapi_connection)
        finally:
            cut = WATCHDOG.release(watch)
        return answered and not cut

    dialect.do_ping = watched  # type: ignore[method-assign]
