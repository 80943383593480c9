"""The forms in which a database is named, and what the messages say of the others."""

from __future__ import annotations

from importlib.util import find_spec
from os import PathLike, fspath
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc

from countermand._values import kind_of

FORMS: Final = (
    "write sqlite:///cancellations.db, postgresql://user@host/name or a pathlib.Path of a file"
)
BACKENDS: Final = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}
PSYCOPG: Final = "psycopg"


def parse_url(url: str | PathLike[str] | sa.URL) -> sa.URL:
    """The URL of a database. No message contains the URL, which may hold a password.

    Raises:
        TypeError: it is no text, path or URL.
        ValueError: it has another form, or names another database or an asynchronous driver.
        ModuleNotFoundError: the driver is not installed.
    """
    if isinstance(url, PathLike):
        return sa.URL.create("sqlite", database=fspath(url))
    parsed = _parsed(url)
    name, _, driver = parsed.drivername.partition("+")
    if name == "sqlite" and parsed.host:
        raise ValueError(f"a SQLite URL has three or four slashes; {FORMS}")
    if name not in BACKENDS:
        raise ValueError(f"a ledger needs SQLite or PostgreSQL, not {name}; {FORMS}")
    if "@" in (parsed.host or ""):
        raise ValueError("an @ in the password of the ledger's URL must be written as %40")
    if name != "sqlite" and not driver and find_spec(PSYCOPG):
        driver = PSYCOPG
    backend = BACKENDS[name]
    parsed = parsed.set(drivername=f"{backend}+{driver}" if driver else backend)
    _check_driver(parsed, driver)
    return parsed


def _parsed(url: object) -> sa.URL:
    if not isinstance(url, (str, sa.URL)):
        raise TypeError(
            f"the ledger's database must be a URL or a path, not {kind_of(url)}; {FORMS}"
        )
    try:
        return sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise ValueError(f"the ledger's database is no valid URL; {FORMS}") from None


def _check_driver(url: sa.URL, driver: str) -> None:
    try:
        dialect = url.get_dialect()
    except exc.NoSuchModuleError:
        raise ValueError(
            f"SQLAlchemy knows no driver {driver!r} of this database; {FORMS}"
        ) from None
    if dialect.is_async:
        raise ValueError(
            f"a ledger needs a blocking driver, also under AsyncClient, not {driver}; {FORMS}"
        )
    try:
        dialect.import_dbapi()
    except ImportError as missing:
        raise ModuleNotFoundError(
            f"the ledger's database needs a driver that is not installed ({missing}); "
            "for PostgreSQL: pip install psycopg[binary]",
            name=missing.name,
        ) from missing
