"""The accounts of one client, and which of them a call uses. Computed once per client."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from attrs import frozen

from countermand._runtime.arguments import validate_accounts
from countermand._urls import normalized_url
from countermand._values import kind_of
from countermand.errors import InvalidCancellation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand.provider import Account


def destination_of(account: Account) -> str:
    """The server of an account, and the merchant where several share the server.

    Two spellings of one server give one destination. That two ids name one payment, such as Unzer's
    payment id and the merchant's order id, is not known here.
    """
    return f"{normalized_url(account.endpoint)} {account.principal}".rstrip()


def trusts_environment(account: Account) -> bool:
    """Whether requests of an account may go through the proxies that the environment names."""
    trusts: bool = getattr(account, "trust_env", True)
    return trusts


@frozen
class Reach:
    """What a call of one account can reach, by API. Computed once per account."""

    accounts: Mapping[str, Account]
    """The call's own account, and of every other API the account if there is just one."""
    endpoints: Mapping[str, str]
    apis: frozenset[str]
    refreshable_apis: frozenset[str]
    """The APIs whose token can be fetched anew."""


def reach_of(accounts: Mapping[str, Account]) -> Reach:
    """What a call with these accounts can reach."""
    return Reach(
        accounts=accounts,
        endpoints={api: account.endpoint for api, account in accounts.items()},
        apis=frozenset(accounts),
        refreshable_apis=frozenset(
            api for api, account in accounts.items() if callable(account.token_source)
        ),
    )


class AccountIndex:
    """The accounts of one client by API, by destination and by identity.

    Raises:
        TypeError: an argument is no account.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.all = tuple(accounts)
        validate_accounts(self.all)
        self._by_api: defaultdict[str, list[Account]] = defaultdict(list)
        self._destinations: dict[int, str] = {}
        self._reach: dict[int, Reach] = {}
        self._by_destination: dict[str, Account] = {}
        for account in self.all:
            destination = destination_of(account)
            self._by_api[account.provider.api].append(account)
            self._destinations[id(account)] = destination
            self._by_destination.setdefault(destination, account)
        self._single = {
            api: accounts[0] for api, accounts in self._by_api.items() if len(accounts) == 1
        }

    def select(self, api: str, chosen: Account | None) -> Account:
        """The account for an API: the chosen one, or the only one.

        Raises:
            InvalidCancellation: the client has no such account, or several and none was chosen.
        """
        fitting = self._by_api.get(api, [])
        if chosen is not None:
            # The client's own object, not the caller's equal copy: connections and tokens are kept
            # for it.
            if id(chosen) in self._destinations and chosen.provider.api == api:
                return chosen
            for account in fitting:
                if account == chosen:
                    return account
            raise InvalidCancellation(
                f"{kind_of(chosen)} is not one of this client's accounts for {api}; pass one of "
                "those that the client was made with"
            )
        if not fitting:
            raise InvalidCancellation(f"this client has no account for {api}; add one to it")
        if len(fitting) > 1:
            raise InvalidCancellation(
                f"this client has {len(fitting)} accounts for {api}: say which, with account="
            )
        return fitting[0]

    def reach(self, account: Account) -> Reach:
        """What a call of one of this client's accounts can reach."""
        known = self._reach.get(id(account))
        if known is None:
            known = reach_of(self._single | {account.provider.api: account})
            self._reach[id(account)] = known
        return known

    def destination(self, account: Account) -> str:
        """The destination of one of this client's accounts."""
        return self._destinations[id(account)]

    @property
    def destinations(self) -> list[str]:
        """Where this client's accounts are."""
        return [*self._by_destination]

    def at(self, destination: str) -> Account:
        """The account for a destination.

        Raises:
            InvalidCancellation: the client has none.
        """
        if destination not in self._by_destination:
            raise InvalidCancellation(f"this client has no account for {destination}")
        return self._by_destination[destination]
