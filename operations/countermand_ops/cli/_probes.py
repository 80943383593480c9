"""Harmless requests that show whether an account works, and what their results say. Pure."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs
from countermand_clients.pace_pay.api.transactions import get_transaction

from countermand import (
    FULL,
    CountermandError,
    Declined,
    Forbidden,
    MissingLinkedIdentity,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from countermand.provider import Call, Operation, Repeat
from countermand_ops._fields import field_options

if TYPE_CHECKING:
    from collections.abc import Generator

    from countermand.provider import Account, BaseCancellation, Provider

NO_PAYMENT: Final = str(uuid.UUID(int=0))
"""An id that no payment has, at any provider."""

PACE_PAY: Final = get_transaction.call(NO_PAYMENT)
"""Its cancel is repeated and not read back, so its provider names no read; but there is one."""

ANSWERED: Final = (Declined, Forbidden, MissingLinkedIdentity, NotFound)
"""The provider's own refusals of a read: it has accepted the credentials before."""


@attrs.frozen
class Probe:
    """A request, and whether its answer says something about the credentials."""

    call: Call[Any]
    reads: bool


@attrs.frozen(kw_only=True)
class AccountCheck:
    """What is known of an account.

    Attributes:
        account: Its name in the configuration.
        provider: The name of its API.
        endpoint: Its server URL.
        reachable: Whether the server has answered.
        tls: `valid` if its certificate is, `none` without TLS, None if that is not known.
        credentials: `accepted`, `rejected`, or `not checked`.
        message: Why, if something is wrong or not known.
        ok: Whether nothing speaks against a cancel with it.
    """

    account: str
    provider: str
    endpoint: str
    reachable: bool
    tls: str | None
    credentials: str
    message: str | None
    ok: bool


def probe_of(account: Account) -> Probe:
    """The request that checks an account."""
    provider = account.provider
    if provider.api == "pace_pay":
        return Probe(PACE_PAY, reads=True)
    call = _first_read(provider)
    if call is not None and call.operation.api == provider.api:
        return Probe(call, reads=True)
    return Probe(_root(provider.api), reads=False)


def check_from_reply(name: str, account: Account, probe: Probe, status: int) -> AccountCheck:
    """The check whose request was answered with a success."""
    known = None if probe.reads else f"answered {status}; there is no read that checks them"
    return _check(name, account, credentials=_accepted(probe), message=known, ok=True)


def check_from_error(name: str, account: Account, probe: Probe, error: Exception) -> AccountCheck:
    """The check whose request ended with an error, or was never sent."""
    if not isinstance(error, CountermandError):
        message = f"the token function has raised {type(error).__name__}"
        return _check(name, account, reachable=False, message=message, ok=False)
    if error.status is None:
        return _check(name, account, reachable=False, message=error.message, ok=False)
    if isinstance(error, ANSWERED):
        found_none = None if isinstance(error, NotFound) else error.message
        return _check(name, account, credentials=_accepted(probe), message=found_none, ok=True)
    if isinstance(error, Unauthenticated):
        return _check(name, account, credentials="rejected", message=error.message, ok=False)
    if not probe.reads:
        # The server URL alone is no address of the API: any answer will do.
        return check_from_reply(name, account, probe, error.status)
    return _check(name, account, message=error.message, ok=isinstance(error, RateLimited))


def _check(
    name: str,
    account: Account,
    *,
    ok: bool,
    message: str | None,
    reachable: bool = True,
    credentials: str = "not checked",
) -> AccountCheck:
    secure = account.endpoint.startswith("https:")
    return AccountCheck(
        account=name,
        provider=account.provider.api,
        endpoint=account.endpoint,
        reachable=reachable,
        tls="none" if not secure else "valid" if reachable else None,
        credentials=credentials,
        message=message,
        ok=ok,
    )


def _accepted(probe: Probe) -> str:
    return "accepted" if probe.reads else "not checked"


def _first_read(provider: Provider[Any]) -> Call[Any] | None:
    """The first read that follows or precedes a cancel, for a payment that does not exist."""
    cancellation = _no_cancellation(provider.cancellation)
    if cancellation is None:
        return None
    reads: Generator[Call[Any], Any, Any]
    if provider.comparison is not None:
        reads = provider.comparison.before(cancellation)
    elif provider.read_back is not None:
        reads = provider.read_back(cancellation, NO_PAYMENT)
    else:
        return None
    call = next(reads, None)
    reads.close()
    return call if call is not None and call.operation.effect == "read" else None


def _no_cancellation(kind: type[BaseCancellation]) -> BaseCancellation | None:
    """A cancellation of no payment; None if the class has other ids."""
    required = [each for each in field_options(kind, ()) if each.required]
    values: dict[str, Any] = {
        each.name: FULL if "Full" in each.kinds else NO_PAYMENT for each in required
    }
    try:
        return kind(**values)
    except (TypeError, ValueError):
        return None


def _root(api: str) -> Call[Any]:
    """A GET of the server URL."""
    operation = Operation(
        api=api,
        operation_id="check",
        method="GET",
        path="/",
        effect="read",
        repeat=Repeat("none", "same"),
        key=None,
        marker=None,
        read_back=(),
        responses={},
    )
    return Call(
        operation=operation,
        path="/",
        query="",
        headers=(("Accept", "*/*"),),
        content=None,
        parse=lambda _status, _body: None,
    )
