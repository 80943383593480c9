"""The ledger and the journal, made from their tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from countermand import Ledger
from countermand_ops.config._places import make_folder, state_folder

if TYPE_CHECKING:
    from countermand_ops.config._settings import Settings

URL: Final = ("ledger", "url")
LEASE: Final = ("ledger", "lease")
JOURNAL: Final = ("journal", "path")
SQLITE: Final = "sqlite:///"
FORMS: Final = "sqlite:////var/lib/countermand/ledger.db or postgresql://user@host/name"
DEFAULT_LEASE: Final = 30.0
PASSWORDS: Final = ("password", "sslpassword")


def build_ledger(settings: Settings) -> Ledger:
    """Make the ledger: the configured one, or a SQLite file in the user's folder for state.

    Raises:
        ConfigurationError: an entry is unknown or wrong, or the folder cannot be made.
        ModuleNotFoundError: the extra `postgresql` is not installed.
    """
    table = settings.table("ledger")
    for name in table:
        settings.require_known(("ledger",), name, ("url", "lease"))
    lease = settings.converted(LEASE, DEFAULT_LEASE) if "lease" in table else DEFAULT_LEASE
    url = table.get("url")
    if url is None:
        make_folder(state_folder())
        url = f"{SQLITE}{state_folder() / 'ledger.db'}"
    elif not isinstance(url, str):
        raise settings.error(URL, f"must be a text such as {FORMS}")
    elif url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_absolute():
        # It would be another ledger in each folder, and the same key would send again.
        raise settings.error(URL, f"must hold an absolute path; write {FORMS}")
    try:
        return Ledger(url, lease=lease)
    except (TypeError, ValueError) as refused:
        if str(refused).startswith("lease"):
            raise settings.error(LEASE, f"is wrong: {refused}") from None
        # The forms that a program may write, such as a relative path, are refused here.
        problem = str(refused).partition("; write ")[0]
        raise settings.error(URL, f"is wrong: {problem}; write {FORMS}") from None


def has_password(settings: Settings) -> bool:
    """Whether the file holds a URL of the ledger or of a proxy with a password in it."""
    return any(
        not settings.is_from_environment(path)
        and _password(settings.table(path[0]).get(path[1])) is not None
        for path in (URL, ("http", "proxy"))
    )


def journal_file(settings: Settings) -> Path:
    """Where the journal is: the configured file, or one in the user's folder for state.

    Raises:
        ConfigurationError: an entry is unknown or wrong.
    """
    table = settings.table("journal")
    for name in table:
        settings.require_known(("journal",), name, ("path",))
    path = table.get("path")
    if path is None:
        return state_folder() / "journal.jsonl"
    if not isinstance(path, str) or not Path(path).is_absolute():
        raise settings.error(
            JOURNAL, "must be an absolute path such as /var/log/countermand/journal.jsonl"
        )
    return Path(path)


def _password(url: object) -> str | None:
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        # libpq takes a password among the parameters, too.
        given = dict(parse_qsl(parts.query))
        return parts.password or next((given[name] for name in PASSWORDS if name in given), None)
    except ValueError:
        # What is no URL is refused elsewhere; until then it may hold one.
        return ""
