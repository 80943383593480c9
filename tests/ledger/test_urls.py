"""How a ledger's database may be named; the refused forms are in tests/package/test_mistakes.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from countermand.ledger import Ledger
from countermand.ledger._urls import parse_place
from tests.support.claims import claimant


def test_a_path_is_a_sqlite_file(tmp_path: Path) -> None:
    """Also with a character that a URL would have to encode."""
    path = tmp_path / "100% ours?.db"
    with Ledger(path) as ledger:
        ledger.claim(claimant())
        assert path.is_file()
        assert ledger.find("order-42").in_progress


def test_a_relative_file_is_one_file_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path is that of the moment when the ledger was made."""
    monkeypatch.chdir(tmp_path)
    with Ledger("sqlite:///keys.db") as ledger:
        os.chdir("/")
        ledger.claim(claimant())
    assert (tmp_path / "keys.db").is_file()


def test_a_password_with_an_at_sign_is_refused_and_not_shown() -> None:
    """What follows it would be taken for the host, and shown in messages."""
    with pytest.raises(ValueError, match="must be written as %40") as refused:
        Ledger("postgresql://ada:hunter2@secret@db.example/payments")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgresql_url_has_two_spellings(postgresql: str, scheme: str) -> None:
    """Hosting companies write the first one."""
    with Ledger(f"{scheme}://{postgresql.partition('://')[2]}") as ledger:
        assert list(ledger.unresolved()) == []


@pytest.mark.parametrize(
    "place", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true",
              Path(":memory:")],
)  # fmt: skip
def test_a_database_in_memory_is_rejected(place: str | Path) -> None:
    """It would not be durable."""
    with pytest.raises(ValueError, match="in memory"):
        Ledger(place)


def test_a_url_with_a_password_is_not_shown() -> None:
    """Nor does a traceback show it."""
    assert "s3cret" not in repr(parse_place("postgresql://u:s3cret@h/n"))


@pytest.mark.parametrize("place", ["sqlite:///a\0b", Path("a\0b"), "sqlite:///a?b"])
def test_a_path_that_no_file_can_have_is_rejected(place: str | Path) -> None:
    """At once, and not by the first cancel."""
    with pytest.raises(ValueError, match="takes no parameters and no NUL; write sqlite:"):
        Ledger(place)
