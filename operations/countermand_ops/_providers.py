"""The providers that can be named: the five and those that other distributions register."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from countermand._entry_points import registrations
from countermand.provider import Account, Provider, ProviderError
from countermand.provider._provider import GROUP, MODULES

if TYPE_CHECKING:
    from collections.abc import Callable


def known_providers() -> tuple[str, ...]:
    """The names of all APIs, sorted; a registered one may be broken."""
    return tuple(sorted({*MODULES, *registrations(GROUP)}))


def account_class(provider: Provider[Any]) -> Callable[..., Account]:
    """The `Account` of a provider, which stands beside its `Cancellation`.

    Raises:
        ProviderError: there is none.
    """
    module = provider.cancellation.__module__
    found: Callable[..., Account] | None = getattr(sys.modules[module], "Account", None)
    if found is None:
        raise ProviderError(
            f"{module} has no Account beside its {provider.cancellation.__name__}; add one"
        )
    return found
