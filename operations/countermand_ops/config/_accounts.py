"""Accounts, made from their tables: the arguments are those of the provider's `Account`."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from countermand._secrets import REDACTED
from countermand.provider import ProviderError, load_provider
from countermand_ops._providers import account_class, known_providers
from countermand_ops.config._settings import variable_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from countermand.provider import Account
    from countermand_ops.config._settings import Entry, Settings

PROVIDER: Final = "provider"
"""The entry that names the provider where the account has a name of its own."""
IMPORT: Final = "import"
FORM: Final = '{import = "package.module:function"}'


class AccountTable:
    """The table of one account.

    Raises:
        ConfigurationError: its provider is unknown.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._path: Entry = ("accounts", name)
        self._values = settings.table(*self._path)
        api = self._values.get(PROVIDER, name.replace("-", "_"))
        try:
            self._make = account_class(load_provider(str(api)))
        except ProviderError as unknown:
            known = ", ".join(known_providers())
            message = f"needs a provider, one of {known}: {unknown}"
            raise settings.error(self._place(PROVIDER), message) from None
        self._parameters = inspect.signature(self._make).parameters

    def account(self) -> Account:
        """Make the account.

        Raises:
            ConfigurationError: an entry is unknown, missing or wrong.
        """
        for name in self._values:
            known = (*self._parameters, PROVIDER)
            self._settings.require_known(self._path, name, known)
        arguments = {
            name: self._argument(name) for name in self._parameters if name in self._values
        }
        self._require_all(arguments)
        try:
            return self._make(**arguments)
        except (TypeError, ValueError) as refused:
            # The validators of attrs add more arguments. Each message begins with the field's name.
            said = str((*refused.args, "")[0])
            name, message = said.partition(" ")[0].strip("'"), self._without_secrets(said)
            raise self._settings.error(self._place(name), f"is wrong: {message}") from None

    @property
    def secrets_in_file(self) -> bool:
        """Whether a credential stands in the file."""
        return any(
            isinstance(self._values[name], str)
            and not self._settings.is_from_environment((*self._path, name))
            for name in self._values.keys() & secret_arguments(self._make)
        )

    def _argument(self, name: str) -> Any:
        value = self._settings.converted((*self._path, name), self._parameters[name].default)
        if not isinstance(value, dict):
            return value
        entries = cast("dict[str, object]", value)
        if [*entries] != [IMPORT]:
            raise self._settings.error((*self._path, name), f"must be a value or {FORM}")
        return self._imported(name, str(entries[IMPORT]))

    def _imported(self, name: str, place: str) -> object:
        """What a value names that is a function: a token for each user, for example."""
        module, _, attribute = place.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as missing:
            message = f"cannot be imported: {missing}; write {FORM}"
        except (Exception, SystemExit) as failed:  # noqa: BLE001 - a module may raise anything
            # What it says may hold a secret.
            message = f"cannot be imported: it raises {type(failed).__name__}; write {FORM}"
        raise self._settings.error((*self._path, name), message)

    def _require_all(self, arguments: Mapping[str, object]) -> None:
        for name, parameter in self._parameters.items():
            if parameter.default is parameter.empty and name not in arguments:
                variable = variable_of(*self._path, name)
                raise self._settings.error(
                    self._path, f"needs {name}: write it there, or set {variable}"
                )

    def _place(self, name: str) -> Entry:
        """The entry of that name if there is one, else the table."""
        return (*self._path, name) if name in self._values else self._path

    def _without_secrets(self, message: str) -> str:
        """The message of a provider of another distribution may quote a value."""
        for name in self._values.keys() & secret_arguments(self._make):
            message = message.replace(str(self._values[name]), REDACTED)
        return message


def secret_arguments(make: Callable[..., Account]) -> set[str]:
    """The arguments that hold credentials: those that no `repr` shows.

    A class that is no attrs class does not say which they are. Then all of them are secret.
    """
    if not (isinstance(make, type) and attrs.has(make)):
        return set(inspect.signature(make).parameters)
    return {field.alias for field in attrs.fields(make) if not field.repr}
