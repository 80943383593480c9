"""The database of a ledger: its schema, its version, and databases that are rejected."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from countermand._core.commands import KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from countermand.ledger._schema import MIGRATIONS
from tests.support.claims import claimant, rows, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_in_memory_is_rejected(url: str) -> None:
    """It would not be durable."""
    with pytest.raises(ValueError, match="in memory"):
        Ledger(url)


def test_only_sqlite_and_postgresql_are_accepted() -> None:
    """Others lack what leases need, or are untested."""
    engine = sa.create_engine("sqlite://")
    engine.dialect.name = "mysql"
    with pytest.raises(ValueError, match="not mysql"):
        Ledger(engine)


@pytest.mark.parametrize("lease", [0.0, 0.99, 3600.1, -1.0, float("nan"), float("inf")])
def test_a_lease_must_be_within_its_limits(lease: float, tmp_path: Path) -> None:
    """A shorter one would expire during a request; a longer one would block a key after a crash."""
    with pytest.raises(ValueError, match="from 1 to 3600"):
        Ledger(f"sqlite:///{tmp_path / 'a.db'}", lease=lease)


def test_an_engine_of_the_callers_own_serves(url: sa.URL) -> None:
    """With its pool and its listeners; closing the ledger leaves it open."""
    engine = sa.create_engine(url)
    with Ledger(engine) as ledger:
        assert ledger.claim(claimant()) == KeyHistory()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM countermand_cancellations")) == 1
    engine.dispose()


def test_a_ledger_that_was_closed_opens_again(ledger: Ledger) -> None:
    """When it is used."""
    ledger.claim(claimant())
    ledger.close()
    assert ledger.find("order-42").in_progress


def test_the_schema_is_made_once(ledgers: Callable[..., Ledger]) -> None:
    """The first process creates it."""
    for number in range(3):
        ledgers().claim(claimant(f"order-{number}"))
    found = rows(ledgers())
    assert [row["version"] for row in found if "version" in row] == [len(MIGRATIONS)]
    assert sum("key" in row for row in found) == 3


def test_concurrent_first_uses_create_one_schema(ledgers: Callable[..., Ledger]) -> None:
    """Migrations run one after the other, each once."""
    several = [ledgers() for _ in range(8)]
    gate, results = threading.Barrier(8), []

    def claim(number: int) -> None:
        gate.wait()
        results.append(several[number].claim(claimant(f"order-{number}")))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [KeyHistory()] * 8
    assert [row["version"] for row in rows(several[0]) if "version" in row] == [len(MIGRATIONS)]


def test_a_newer_schema_stops_the_cancel(ledgers: Callable[..., Ledger]) -> None:
    """An older package must not write into a newer schema; nothing is sent."""
    newer = ledgers()
    newer.claim(claimant("other"))
    run_sql(newer, f"INSERT INTO countermand_schema VALUES ({len(MIGRATIONS) + 1})")
    rejected = ledgers().claim(claimant())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)
    assert "newer" in rejected.error.message
    with pytest.raises(LedgerUnavailable, match="newer"):
        ledgers().unresolved()


def test_a_file_that_is_no_database_stops_the_cancel(tmp_path: Path) -> None:
    """So does a folder that is not there."""
    (tmp_path / "text.db").write_text("not a database, and long enough to look like one\n" * 50)
    for path in (tmp_path / "text.db", tmp_path / "nowhere" / "a.db", tmp_path):
        rejected = Ledger(f"sqlite:///{path}").claim(claimant())
        assert isinstance(rejected, Rejected)
        assert isinstance(rejected.error, LedgerUnavailable)


def test_a_server_that_is_not_there_stops_the_cancel() -> None:
    """And says why, without the parameters of the statement."""
    rejected = Ledger("postgresql+psycopg://nobody:s3cret@127.0.0.1:1/none").claim(claimant())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)
    assert "s3cret" not in str(rejected.error)
    assert "order-42" in str(rejected.error)


def test_leases_use_the_clock_of_postgresql(postgresql: sa.URL) -> None:
    """Not that of a host."""
    ledger = Ledger(postgresql.render_as_string(hide_password=False))
    ledger.claim(claimant())
    with ledger._database.engine.connect() as connection:
        now = connection.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())"))
    (row,) = [row for row in rows(ledger) if "key" in row]
    assert 25.0 < row["lease_until"] - float(now) <= 30.0
    ledger.close()
