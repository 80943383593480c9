"""A PostgreSQL server for the session, and an empty database for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from countermand.ledger import Ledger
from tests.ledger.accepted import Accepted
from tests.support.claims import claimant, unknown
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.postgresql import running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from countermand.sandbox import Sandbox

NAME: Final = "ledger"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A running PostgreSQL, as the URL of its first database."""
    with running_server(fsync=False) as url:
        yield url


@pytest.fixture(scope="session")
def database(server: str) -> str:
    """The database of all tests."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {NAME}")
    return server.replace("/postgres?", f"/{NAME}?")


@pytest.fixture
def postgresql(server: str, database: str) -> Iterator[str]:
    """The empty database. To empty it takes a tenth of the time that a new one takes."""
    yield database
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {NAME} RESET ALL")
        admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s",
            (NAME,),
        )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


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


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Blocking, or from an event loop."""
    found: Flavour = request.param
    return found


@pytest.fixture
def accept(sandbox: Sandbox, ledger: Ledger, flavour: Flavour) -> Iterator[Callable[..., Accepted]]:
    """Make an accepted cancel."""
    made: list[Accepted] = []

    def make(**settings: Any) -> Accepted:
        made.append(Accepted(sandbox, ledger, flavour, **settings))
        return made[-1]

    yield make
    for each in made:
        each.client.__exit__()
        each.proxy.__exit__(None, None, None)
