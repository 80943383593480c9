"""How a ledger's database may be named; the refused forms are in tests/package/test_mistakes.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from countermand.ledger import Ledger
from countermand.ledger._urls import parse_url
from tests.support.claims import claimant

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa


def test_a_path_is_a_sqlite_file(tmp_path: Path) -> None:
    """Also with a character that a URL would have to encode."""
    path = tmp_path / "100% ours?.db"
    with Ledger(path) as ledger:
        ledger.claim(claimant())
        assert path.is_file()
        assert ledger.find("order-42").in_progress


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_has_three_spellings(postgresql: sa.URL, scheme: str) -> None:
    """Hosting companies write the first one."""
    url = postgresql.set(drivername=scheme).render_as_string(hide_password=False)
    with Ledger(url) as ledger:
        assert ledger.unresolved() == ()


def test_a_password_with_an_at_sign_is_refused_and_not_shown() -> None:
    """What follows it would be taken for the host, and shown in messages."""
    with pytest.raises(ValueError, match="must be written as %40") as refused:
        Ledger("postgresql://ada:hunter2@secret@db.example/payments")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_without_psycopg_sqlalchemy_chooses_the_driver(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller may have installed another one."""
    monkeypatch.setattr("countermand.ledger._urls.PSYCOPG", "no_such_module")
    assert parse_url(f"{scheme}://h/n").drivername == "postgresql"
