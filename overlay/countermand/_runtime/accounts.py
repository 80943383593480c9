"""The accounts of one client, and which of them a call uses. Computed once per client."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from countermand.errors import InvalidCancellation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from countermand.provider import Account


def destination_of(account: Account) -> str:
    """The server of an account, and the merchant where several share the server."""
    return f"{account.endpoint} {account.principal}".rstrip()


class AccountIndex:
    """The accounts of one client by API, by destination and by identity.

    Raises:
        TypeError: an argument is no account.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.all = tuple(accounts)
        self._by_api: defaultdict[str, list[Account]] = defaultdict(list)
        self._destinations: dict[int, str] = {}
        self._by_destination: dict[str, Account] = {}
        for account in self.all:
            if not all(hasattr(account, name) for name in ("provider", "endpoint", "principal")):
                raise TypeError(f"not an account: {type(account).__name__}")
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
            raise InvalidCancellation(f"that is not one of this client's accounts for {api}")
        if not fitting:
            raise InvalidCancellation(f"this client has no account for {api}")
        if len(fitting) > 1:
            how_many = f"{len(fitting)} accounts for {api}"
            raise InvalidCancellation(f"this client has {how_many}: say which")
        return fitting[0]

    def reachable(self, account: Account) -> Mapping[str, Account]:
        """By API: this account, and of every other API the account if there is just one."""
        return self._single | {account.provider.api: account}

    def destination(self, account: Account) -> str:
        """The destination of one of this client's accounts."""
        return self._destinations[id(account)]

    def at(self, destination: str) -> Account:
        """The account for a destination.

        Raises:
            InvalidCancellation: the client has none.
        """
        if destination not in self._by_destination:
            raise InvalidCancellation(f"this client has no account for {destination}")
        return self._by_destination[destination]
