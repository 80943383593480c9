"""`load`: from a file and the environment to a configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from countermand_ops._providers import known_providers
from countermand_ops.config._accounts import AccountTable
from countermand_ops.config._configuration import Configuration
from countermand_ops.config._document import Document
from countermand_ops.config._ledger import build_ledger, has_password, journal_file
from countermand_ops.config._places import find_file, read, require_private
from countermand_ops.config._policy import build_policy
from countermand_ops.config._settings import FLAGS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HTTP: Final[dict[str, Any]] = {"cert": "", "proxy": "", "trust_env": True, "verify": ""}
"""The settings of connections, each with a value of its type."""
FORMS: Final = {
    "cert": "the path of a certificate, or a list of the paths of certificate and key",
    "proxy": "a URL such as http://proxy.example:3128",
    "trust_env": "true or false",
    "verify": "true, false or the path of a file of certificates",
}
PROXIES: Final = ("http", "https", "socks5", "socks5h")


def load(
    path: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> Configuration:
    """Load the configuration.

    Args:
        path: The file. Without it, the file that `COUNTERMAND_CONFIG` names, or `countermand.toml`
            in the user's folder for configuration, if it exists.
        environ: Environment variables, in place of those of the process. Its variables take
            precedence over the file: `COUNTERMAND_UNZER_PRIVATE_KEY` is `private_key` of
            `[accounts.unzer]`.

    Returns:
        The configuration. Nothing is sent, and no ledger is opened.

    Raises:
        ConfigurationError: the file cannot be read, is invalid, or others can read secrets in it;
            or a variable is wrong.
        ModuleNotFoundError: the ledger needs an extra that is not installed.
    """
    try:
        return _load(path, os.environ if environ is None else environ)
    except Exception as failed:  # noqa: BLE001 - whatever it is, it is raised again
        # Without the frames below: their local variables hold the text of the file.
        del environ
        raise failed.with_traceback(None) from None


def _load(path: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Configuration:
    file = find_file(path, environ)
    document = None if file is None else Document.parse(str(file), read(file))
    settings = Settings.merge(document, environ, known_providers())
    tables = {name: AccountTable(settings, name) for name in settings.table("accounts")}
    if file is not None:
        _require_private(file, settings, tables)
    return Configuration(
        accounts={name: table.account() for name, table in tables.items()},
        policy=build_policy(settings),
        ledger=build_ledger(settings),
        journal=journal_file(settings),
        file=file,
        http=_http(settings),
    )


def _require_private(file: Path, settings: Settings, tables: Mapping[str, AccountTable]) -> None:
    if has_password(settings) or any(table.secrets_in_file for table in tables.values()):
        require_private(file)


def _http(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in settings.table("http"):
        settings.require_known(("http",), name, HTTP)
        value = settings.converted(("http", name), HTTP[name])
        if name == "verify" and isinstance(value, str):
            # A path, but in the environment a flag is a text, too.
            value = FLAGS.get(value.lower(), value)
        if not _fits(name, value):
            raise settings.error(("http", name), f"must be {FORMS[name]}")
        found[name] = value
    return found


def _fits(name: str, value: object) -> bool:
    """Whether a value has the form that httpx takes."""
    match name, value:
        case (("trust_env" | "verify"), bool()):
            return True
        case (("cert" | "verify"), str()):
            return True
        case "cert", (str(), str()) | (str(), str(), str()):
            return True
        case "proxy", str():
            return _is_proxy(value)
        case _:
            return False


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in PROXIES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
