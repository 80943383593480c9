"""One API as the sandbox plays it: everything that the rest of the sandbox needs to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from countermand.sandbox.payments import Payment

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import PaymentState, SandboxState

    Handler = Callable[[SandboxState, ProviderRequest], Response]
    """Answers a request; raises `ProviderRefusal` where it says no."""
    from starlette.responses import Response


P = TypeVar("P", bound=Payment)


def bearer_account(kind: Callable[..., Account], base_url: str, token: TokenSource) -> Account:
    """Make an account of a provider that takes a bearer token."""
    return kind(token, base_url)


@attrs.frozen(kw_only=True)
class Simulator(Generic[P]):
    """A provider's part in the sandbox.

    Attributes:
        api: The API, as `Operation.api` spells it.
        base_path: The path that stands for its server URL.
        payment: The class of its payments; several APIs may share one.
        identifiers: The ids of a payment whose maker names none, from a number that is new each
            time; the same ones in every run.
        standing: How things stand with a new payment.
        operations: Every operation of the published document: method, path and who answers.
        not_found: The answer for a path that it does not have.
        account: Makes an account, with credentials that are accepted here, from the `Account` of
            its module, a base URL and a bearer token.
    """

    api: str
    base_path: str
    payment: type[P]
    identifiers: Callable[[int], dict[str, object]]
    payment_state: Callable[[P], PaymentState[P]]
    operations: tuple[tuple[str, str, Handler], ...]
    not_found: Callable[[ProviderRequest], Response]
    account: Callable[[Any, str, TokenSource], Account] = bearer_account


class ProviderRefusal(Exception):
    """Ends a handler with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def bearer(header: str) -> str:
    """Return the token of a bearer `Authorization` header, empty where there is none."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
