"""The forms in which a database is named, and what the messages say of the others. Pure."""

from __future__ import annotations

from os import PathLike, fsdecode
from typing import Final, cast
from urllib.parse import urlsplit

from attrs import field, frozen

from countermand._values import kind_of

FORMS: Final = (
    "write sqlite:///cancellations.db, postgresql://user@host/name or a pathlib.Path of a file"
)
SQLITE: Final = "sqlite:///"
SERVERS: Final = ("postgresql", "postgres")


@frozen
class Place:
    """Where the database of a ledger is: the path of a SQLite file, or the URL of a server."""

    path: str | None = None
    url: str | None = field(default=None, repr=False)


def parse_place(place: str | PathLike[str]) -> Place:
    """Read the form in which a database is named.

    No message contains the URL, which may hold a password.

    Raises:
        TypeError: it is no text and no path.
        ValueError: it has another form, or names a database in memory.
    """
    if isinstance(place, PathLike):
        return Place(path=_file(fsdecode(place)))
    if not isinstance(cast("object", place), str):
        raise TypeError(
            f"the ledger's database must be a URL or a path, not {kind_of(place)}; {FORMS}"
        )
    scheme, separator, _ = place.partition("://")
    if not separator:
        raise ValueError(f"the ledger's database is no valid URL; {FORMS}")
    name, _, driver = scheme.partition("+")
    if name not in {"sqlite", *SERVERS}:
        raise ValueError(f"a ledger needs SQLite or PostgreSQL, not {name}; {FORMS}")
    if driver:
        raise ValueError(f"a ledger chooses its driver itself, not {driver}; {FORMS}")
    return Place(path=_file_of(place)) if name == "sqlite" else Place(url=_server(place))


def _file_of(url: str) -> str:
    if url != "sqlite://" and not url.startswith(SQLITE):
        raise ValueError(f"a SQLite URL has three or four slashes; {FORMS}")
    return _file(url.removeprefix(SQLITE), forbidden="\0?")


def _file(path: str, forbidden: str = "\0") -> str:
    if path in {"", "sqlite://"} or ":memory:" in path or "mode=memory" in path:
        raise ValueError("a ledger in memory would record nothing; name a file")
    if not set(forbidden).isdisjoint(path):
        raise ValueError(f"the path of a SQLite file takes no parameters and no NUL; {FORMS}")
    return path


def _server(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(f"the ledger's database is no valid URL; {FORMS}") from None
    if parts.netloc.count("@") > 1:
        raise ValueError("an @ in the password of the ledger's URL must be written as %40")
    return url
