"""What `load` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen

from countermand import AsyncClient, Client
from countermand_ops.config._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from countermand import Ledger, Policy
    from countermand.provider import Account

C = TypeVar("C")


@frozen(kw_only=True)
class Configuration:
    """Accounts, policy and ledger of those who operate countermand.

    Attributes:
        accounts: The accounts by their names in the configuration.
        policy: The limits of each call.
        ledger: The ledger that every cancel is recorded in. It is opened when it is first used.
        journal: The file in which each order of a person is recorded, with its reason.
        file: The file that was read; None if there was none.
    """

    accounts: Mapping[str, Account]
    policy: Policy
    ledger: Ledger
    journal: Path
    file: Path | None
    _http: Mapping[str, Any] = field(repr=False, alias="http")
    """Arguments of a client: `proxy`, `verify`, `cert`, `trust_env`."""

    def client(self, **settings: Any) -> Client:
        """Make a client with all accounts, the policy and the ledger.

        Args:
            settings: Further arguments of `countermand.Client`; they take precedence.

        Raises:
            ConfigurationError: a setting of `[http]` is wrong, or a certificate cannot be loaded.
            ProviderError: a provider is registered that is not the account's.
        """
        return _make(Client, self._arguments(settings), self.accounts)

    def async_client(self, **settings: Any) -> AsyncClient:
        """As `client`, for asyncio."""
        return _make(AsyncClient, self._arguments(settings), self.accounts)

    def account(self, api: str, name: str | None = None) -> Account:
        """The account of that name, or the only one of a provider.

        Args:
            api: The name of the provider's API.
            name: The account's name in the configuration; None for the only one.

        Raises:
            ConfigurationError: there is none; or there are several, and none was named.
        """
        fitting = {
            each: account for each, account in self.accounts.items() if account.provider.api == api
        }
        if name is not None and name in fitting:
            return fitting[name]
        if name is None and len(fitting) == 1:
            return next(iter(fitting.values()))
        if not fitting:
            raise ConfigurationError(f"no account of {api} is configured; add [accounts.{api}]")
        choices = ", ".join(fitting)
        wrong = (
            f"{api} has several accounts" if name is None else f"{name!r} is no account of {api}"
        )
        raise ConfigurationError(f"{wrong}; name one of {choices}")

    def _arguments(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {"policy": self.policy, "ledger": self.ledger, **self._http, **settings}


def _make(
    kind: Callable[..., C], arguments: Mapping[str, Any], accounts: Mapping[str, Account]
) -> C:
    try:
        return kind(*accounts.values(), **arguments)
    except (OSError, TypeError, ValueError) as refused:
        raise ConfigurationError(f"no client can be made: {refused}") from None
