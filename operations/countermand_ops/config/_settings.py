"""The settings of the file and of the environment in one tree, and where each comes from."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import define, field

from countermand_ops.config._errors import ConfigurationError
from countermand_ops.config._places import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand_ops.config._document import Document

PREFIX: Final = "COUNTERMAND_"
SECTIONS: Final = ("accounts", "http", "journal", "ledger", "policy")
FLAGS: Final = {"true": True, "false": False}

Entry = tuple[str, ...]
"""The names that lead to an entry, such as `("accounts", "unzer", "private_key")`."""


@define
class Settings:
    """What was configured.

    Attributes:
        tables: The entries of the file, with those of the environment over them.
    """

    tables: dict[str, Any] = field(repr=False)
    _document: Document | None = field(repr=False)
    _variables: dict[Entry, str] = field(factory=dict[Entry, str])

    @classmethod
    def merge(
        cls, document: Document | None, environ: Mapping[str, str], providers: Iterable[str]
    ) -> Settings:
        """The settings of a file and of environment variables.

        Args:
            document: The file; None without one.
            environ: The environment. An empty variable counts as absent.
            providers: The providers whose accounts the environment alone may define.

        Raises:
            ConfigurationError: an entry of the file is no table, or a variable names nothing.
        """
        settings = cls(deepcopy(document.tables) if document else {}, document)
        for section in settings.tables:
            settings.require_known((), section, SECTIONS)
        names = {*providers, *settings.table("accounts")}
        for variable in sorted(environ):
            relevant = variable.startswith(PREFIX) and variable != VARIABLE
            if relevant and environ[variable]:
                path = _path_of(variable, names)
                settings._set(path, environ[variable], variable)
        return settings

    def _set(self, path: Entry, value: str, variable: str) -> None:
        for depth, name in enumerate(path[:-1]):
            self.table(*path[:depth]).setdefault(name, {})
        self.table(*path[:-1])[path[-1]] = value
        self._variables[path] = variable

    def table(self, *path: str) -> dict[str, Any]:
        """A table; an empty one if there is none.

        Raises:
            ConfigurationError: something else stands in its place.
        """
        here = self.tables
        for depth, name in enumerate(path, 1):
            found: object = here.get(name, {})
            if not isinstance(found, dict):
                raise self.error(path[:depth], f"must be a table: [{'.'.join(path[:depth])}]")
            here = cast("dict[str, Any]", found)
        return here

    def is_from_environment(self, path: Entry) -> bool:
        """Whether an entry comes from the environment, so that its value is a text."""
        return path in self._variables

    def converted(self, path: Entry, like: object) -> Any:
        """The value of an entry; a text of the environment as the type of another value.

        A list is a tuple, as the classes that are made from the settings want it.

        Raises:
            ConfigurationError: the text is no value of this type.
        """
        value: object = self.table(*path[:-1])[path[-1]]
        if isinstance(value, list):
            return tuple(cast("list[object]", value))
        if not self.is_from_environment(path):
            return value
        try:
            return _convert(str(value), like)
        except (KeyError, ValueError):
            form = "true or false" if isinstance(like, bool) else f"a number such as {like}"
            raise self.error(path, f"must be {form}") from None

    def require_known(self, table: Entry, name: str, known: Iterable[str]) -> None:
        """Refuse a name that a table does not have.

        Raises:
            ConfigurationError: it is unknown.
        """
        choices = sorted(known)
        if name not in choices:
            where = f"[{'.'.join(table)}]" if table else "the configuration"
            raise self.error((*table, name), f"is unknown; {where} has: {', '.join(choices)}")

    def error(self, path: Entry, message: str) -> ConfigurationError:
        """An error that names an entry and its place."""
        name = ".".join(path)
        if path in self._variables:
            return ConfigurationError(f"{self._variables[path]}: {name} {message}")
        place = "" if self._document is None else self._document.place_of(path)
        return ConfigurationError(f"{place}{name} {message}")


def variable_of(*path: str) -> str:
    """The name of the environment variable for an entry, such as `COUNTERMAND_LEDGER_URL`."""
    names = path[1:] if path[0] == "accounts" else path
    return PREFIX + "_".join(_upper(name) for name in names)


def _path_of(variable: str, accounts: Iterable[str]) -> Entry:
    """The entry that a variable sets.

    Raises:
        ConfigurationError: it sets none.
    """
    rest = variable.removeprefix(PREFIX)
    for section in SECTIONS[1:]:
        if rest.startswith(f"{section.upper()}_"):
            return section, rest[len(section) + 1 :].lower()
    # The longest name first: UNZER_SHOP_PRIVATE_KEY belongs to "unzer-shop" before "unzer".
    for name in sorted(accounts, key=len, reverse=True):
        if rest.startswith(f"{_upper(name)}_"):
            return "accounts", name, rest[len(name) + 1 :].lower()
    forms = f"{variable_of('accounts', 'unzer', 'private_key')} or {variable_of('ledger', 'url')}"
    raise ConfigurationError(f"{variable} names no account and no setting; write {forms}")


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _convert(text: str, like: object) -> object:
    match like:
        case bool():
            return FLAGS[text.lower()]
        case int():
            return int(text)
        case float():
            return float(text)
        case _:
            return text
