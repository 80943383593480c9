"""The database of a ledger: its schema, its version, and databases that are rejected."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from countermand._core.commands import KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger, _due
from countermand.ledger import _statements as statements
from countermand.ledger._schema import VERSION
from tests.support.claims import claimant, raw_connection, rows, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("lease", [0.0, 0.99, 3600.1, -1.0, float("nan"), float("inf")])
def test_a_lease_must_be_within_its_limits(lease: float, tmp_path: Path) -> None:
    """A shorter one would expire during a request; a longer one would block a key after a crash."""
    with pytest.raises(ValueError, match="from 1 to 3600"):
        Ledger(f"sqlite:///{tmp_path / 'a.db'}", lease=lease)


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
    assert [row["version"] for row in found if "version" in row] == [VERSION]
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
    assert [row["version"] for row in rows(several[0]) if "version" in row] == [VERSION]


def test_a_ledger_has_an_identity_of_its_own(ledgers: Callable[..., Ledger], sqlite: str) -> None:
    """Whoever opens the same database gets the same one; another ledger has another one."""
    one, same = ledgers(), ledgers()
    known = one.identity()
    assert re.fullmatch("[0-9a-f]{32}", known)
    assert same.identity() == known
    assert asyncio.run(same.asynchronous.identity()) == known
    with Ledger(sqlite.replace("cancellations", "others")) as other:
        assert other.identity() != known


def test_a_newer_schema_stops_the_cancel(ledgers: Callable[..., Ledger]) -> None:
    """An older package must not write into a newer schema; nothing is sent."""
    newer = ledgers()
    newer.claim(claimant("other"))
    run_sql(newer, f"INSERT INTO countermand_schema (version) VALUES ({VERSION + 1})")
    rejected = ledgers().claim(claimant())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)
    assert "newer" in rejected.error.message
    with pytest.raises(LedgerUnavailable, match="newer"):
        list(ledgers().unresolved())


def test_a_file_that_is_no_database_stops_the_cancel(tmp_path: Path) -> None:
    """So does a folder that is not there."""
    (tmp_path / "text.db").write_text("not a database, and long enough to look like one\n" * 50)
    for path in (tmp_path / "text.db", tmp_path / "nowhere" / "a.db", tmp_path):
        rejected = Ledger(f"sqlite:///{path}").claim(claimant())
        assert isinstance(rejected, Rejected)
        assert isinstance(rejected.error, LedgerUnavailable)


def test_a_server_that_is_not_there_stops_the_cancel() -> None:
    """And says why, without the parameters of the statement."""
    rejected = Ledger("postgresql://nobody:s3cret@127.0.0.1:1/none").claim(claimant())
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, LedgerUnavailable)
    assert "s3cret" not in str(rejected.error)
    assert "order-42" in str(rejected.error)


def test_leases_use_the_clock_of_postgresql(postgresql: str) -> None:
    """Not that of a host."""
    ledger = Ledger(postgresql)
    ledger.claim(claimant())
    with raw_connection(ledger) as connection:
        cursor = connection.execute("SELECT extract(epoch FROM clock_timestamp())")
        (now,) = cursor.fetchone()
    (row,) = [row for row in rows(ledger) if "key" in row]
    assert 25.0 < row["lease_until"] - float(now) <= 30.0
    ledger.close()


def test_a_schema_without_a_version_is_completed(ledger: Ledger) -> None:
    """A table of that name may have been made for grants."""
    with raw_connection(ledger) as connection:
        connection.execute(
            "CREATE TABLE countermand_schema (version integer PRIMARY KEY, identity text)"
        )
    assert ledger.claim(claimant()) == KeyHistory()


@pytest.mark.parametrize(
    "column", ["state = 'open'", "waiting_for = 'Godot'", "attempts = -1", "key = ''"]
)
def test_a_row_keeps_within_the_schema(ledger: Ledger, column: str) -> None:
    """Dashboards and other programs may rely on it."""
    ledger.claim(claimant())
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.CheckViolation)):
        run_sql(ledger, f"UPDATE countermand_cancellations SET {column}")


UNENDED = "(state IN ('CLAIMED', 'MAYBE_EXECUTED', 'ACCEPTED') OR waiting_for = 'login')"


def test_lists_read_indexes(ledger: Ledger) -> None:
    """However many rows there are."""
    ledger.claim(claimant())
    now = ledger._database.dialect.now
    for index, condition in (
        ("unresolved", f"{UNENDED} AND (created_at, key) > (0, '')"),
        ("due", f"next_look IS NOT NULL AND next_look <= {now}"),
        ("payments", "payment = 'a'"),
        ("leases", "payment_lock = 'a' AND owner IS NOT NULL"),
    ):  # fmt: skip
        query = f"SELECT key FROM countermand_cancellations WHERE {condition}"
        assert f"countermand_{index}" in plan(ledger, query, {})


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (statements.DELETE_FREE, "free"),
        (statements.STRIP, "finished"),
        (statements.DELETE_FINISHED, "finished"),
        (statements.DELETE_TOMBSTONES, "tombstones"),
    ],
)
def test_a_purge_reads_an_index_of_what_it_changes(ledger: Ledger, sql: str, index: str) -> None:
    """The last batch reads all of it, and at SQLite nobody else writes meanwhile."""
    ledger.claim(claimant())
    rendered = ledger._database.dialect.render(sql)
    assert f"countermand_{index}" in plan(ledger, rendered, {"age": 9.0, "limit": 5})


@pytest.mark.parametrize("sql", [_due.TAKE_DUE, _due.TAKE_UNREPORTED])
def test_a_worker_takes_one_key_whatever_the_plan(ledger: Ledger, sql: str) -> None:
    """The inner query, whose answer depends on locks, is made once."""
    ledger.claim(claimant())
    known = {"postponed": 1.0, "reporting": False, "destinations": "[]"}
    how = plan(ledger, ledger._database.dialect.render(sql), known)
    assert ("SCALAR SUBQUERY" in how) or ("InitPlan" in how)


def plan(ledger: Ledger, query: str, parameters: dict[str, Any]) -> str:
    """How the database would carry out a statement."""
    with raw_connection(ledger) as connection:
        if isinstance(connection, psycopg.Connection):
            connection.execute("SET enable_seqscan = off")
            return str(connection.execute(f"EXPLAIN {query}", parameters).fetchall())
        return str(connection.execute(f"EXPLAIN QUERY PLAN {query}", parameters).fetchall())
