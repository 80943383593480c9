"""One provider in the sandbox, as a value: its paths, payments, handlers and accounts."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from countermand.sandbox.payments import Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox._state.state import PaymentState, SandboxState

    Handler = Callable[[SandboxState, ProviderRequest], Response]
    """Answers a request; raises `ProviderRefusal` where it says no."""
    from starlette.responses import Response


P = TypeVar("P", bound=Payment)


@cache
def account_class(api: str) -> Callable[..., Account]:
    """The `Account` class of one of the five providers, for a server on this host.

    No proxy of the environment can reach such a server, so its accounts trust none. Imported by
    name: the sandbox serves any HTTP client, and needs the provider modules only here.
    """
    kind: type = import_module(f"countermand.{api}").Account
    members = {"__slots__": (), "trust_env": False, "__reduce__": _reduce}
    return cast("Callable[..., Account]", type(kind.__name__, (kind,), members))


def _reduce(account: Account) -> tuple[Callable[..., Account], tuple[str, dict[str, Any]]]:
    """How an account is pickled: its class stands in no module."""
    return _account, (account.provider.api, _fields(account))


def _fields(account: Any) -> dict[str, Any]:
    return attrs.asdict(account, recurse=False)


def _account(api: str, fields: Mapping[str, Any]) -> Account:
    return account_class(api)(**fields)


def bearer_account(api: str) -> Callable[[str, TokenSource], Account]:
    """A function that makes an account of one of the providers that take a bearer token."""
    return lambda base_url, token: account_class(api)(token, base_url)


@attrs.frozen(kw_only=True)
class Simulator(Generic[P]):
    """A provider in the sandbox: its paths, its payments and the handlers of its operations.

    Another distribution registers one by an entry point of the group `countermand.simulators`,
    whose name is `api`.

    Attributes:
        api: The name of the API, as in `Operation.api`.
        base_path: The path that stands for its server URL.
        payment: The class of its payments; several APIs may share one.
        identifiers: Makes the ids of a new payment from a number that is not used again; the same
            ids in every run.
        payment_state: Makes the state of a new payment.
        operations: Method, path and handler of every operation.
        not_found: Makes the answer for an unknown path.
        account: Makes an account from a base URL and a bearer token of `Sandbox.issue_token`, with
            credentials that the handlers accept. Its attribute `trust_env` should be False, so that
            the environment's proxies do not stand before the sandbox.
    """

    api: str
    base_path: str
    payment: type[P]
    identifiers: Callable[[int], dict[str, object]]
    payment_state: Callable[[P], PaymentState[P]]
    operations: tuple[tuple[str, str, Handler], ...]
    not_found: Callable[[ProviderRequest], Response]
    account: Callable[[str, TokenSource], Account]


class ProviderRefusal(Exception):  # noqa: N818  # the provider's refusal, no fault of the sandbox
    """Ends a handler with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def bearer_token(header: str) -> str:
    """Return the token of a bearer `Authorization` header, empty where there is none."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
