"""Checks of what a caller passes to a client. Each message names the form that is right."""

from __future__ import annotations

import inspect
import math
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from countermand_clients.operation import Call

from countermand._values import kind_of, require_number
from countermand.errors import InvalidCancellation
from countermand.policy import Policy
from countermand.provider._cancellations import BaseCancellation
from countermand.provider._fields import is_storable

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT_MEMBERS: Final = (
    "provider",
    "endpoint",
    "token_source",
    "principal",
    "auth_headers",
    "secrets",
)
LISTENER: Final = "a function of an event, such as lambda event: events.append(event)"
LINK_HANDLER: Final = "a function that gets a LinkChallenge and returns a token or None"


def validate_accounts(accounts: Iterable[object]) -> None:
    """Refuse what is no account.

    Raises:
        TypeError: one of them has not all members of `Account`, or is a class or a module.
    """
    for account in accounts:
        is_account = all(hasattr(account, name) for name in ACCOUNT_MEMBERS)
        if isinstance(account, type) or not is_account:
            raise TypeError(
                f"not an account: {kind_of(account)}; pass accounts one by one, such as "
                "Client(unzer.Account(private_key))"
            )


def validate_settings(*, policy: object, ledger: object, link_identity: object) -> None:
    """Refuse settings of a client that have the wrong type.

    Raises:
        TypeError: one of them has.
    """
    if policy is not None and not isinstance(policy, Policy):
        raise TypeError(f"policy must be a Policy such as Policy(deadline=30.0), {_not(policy)}")
    # By its methods: the ledger is an extra that may not be installed.
    is_ledger = not isinstance(ledger, type) and hasattr(ledger, "record_attempt")
    if ledger is not None and not is_ledger:
        raise TypeError(
            f'ledger must be a Ledger such as Ledger("sqlite:///cancellations.db"), {_not(ledger)}'
        )
    if link_identity is not None:
        validate_callable("link_identity", link_identity, LINK_HANDLER)


def validate_transport(transport: object, proxy: object) -> None:
    """Refuse a proxy beside a transport, which has its own connections.

    Raises:
        ValueError: both are given.
    """
    if transport is not None and proxy is not None:
        raise ValueError("pass proxy or transport, not both: a transport has a proxy of its own")


def validate_clock(clock: Callable[[], object]) -> None:
    """Refuse a clock that does not tell seconds.

    Raises:
        TypeError: it does not.
    """
    validate_callable("clock", clock, "a function such as time.monotonic")
    require_number("clock()", clock())


def validate_callable(name: str, value: object, form: str) -> None:
    """Refuse what cannot be called, and a class.

    Raises:
        TypeError: it is one of the two.
    """
    if isinstance(value, type) or not callable(value):
        raise TypeError(f"{name} must be {form}, {_not(value)}")


def validate_blocking(name: str, value: object) -> None:
    """Refuse a coroutine function, which only the asynchronous client can await.

    Raises:
        TypeError: it is one.
    """
    if _is_coroutine_function(value):
        raise TypeError(f"{name} is a coroutine function, which needs AsyncClient")


def validate_on_event(value: object) -> None:
    """Refuse what is no plain function: nobody awaits it, under AsyncClient either.

    Raises:
        TypeError: it is none.
    """
    if value is not None:
        validate_callable("on_event", value, LISTENER)
    if _is_coroutine_function(value):
        raise TypeError(f"on_event must be {LISTENER}, not a coroutine function")


def validate_cancellation(value: object) -> None:
    """Refuse what is no cancellation.

    Raises:
        InvalidCancellation: it is none.
    """
    if not isinstance(value, BaseCancellation):
        raise InvalidCancellation(
            f"not a cancellation: {kind_of(value)}; pass one such as "
            "unzer.Cancellation(payment_id, amount=FULL)"
        )
    # A third party's class may not keep to its annotation.
    parts = cast("object", value.payment_key)
    texts = isinstance(parts, tuple) and all(
        isinstance(part, str) and part for part in cast("tuple[object, ...]", parts)
    )
    if not parts or not texts:
        raise InvalidCancellation(
            f"{type(value).__qualname__}.payment_key must be a tuple of texts that are not empty"
        )


def validate_call(value: object) -> None:
    """Refuse what is no call of a generated operation.

    Raises:
        InvalidCancellation: it is none.
    """
    if not isinstance(value, cast("type[Call[Any]]", Call)):
        raise InvalidCancellation(
            f"not a call of a generated operation: {kind_of(value)}; pass one such as "
            "get_payment.call(payment_id)"
        )


def validate_user(value: object) -> None:
    """Refuse a user's name that is no text, or that no database can store.

    Raises:
        InvalidCancellation: it is one of the two.
    """
    if value is not None and not isinstance(value, str):
        raise InvalidCancellation(f"user must be a str, {_not(value)}")
    if isinstance(value, str) and not is_storable(value):
        raise InvalidCancellation("user contains a NUL or a lone surrogate")


def validate_wait(value: object) -> None:
    """Refuse everything but True and False: a text such as "no" would count as True.

    Raises:
        InvalidCancellation: it is neither.
    """
    if not isinstance(value, bool):
        raise InvalidCancellation(f"wait must be True or False, {_not(value)}")


def validate_requests(value: object) -> None:
    """Refuse what cannot be iterated.

    Raises:
        TypeError: it cannot.
    """
    if not isinstance(value, (Iterable, AsyncIterable)):
        raise TypeError(f"requests must be an iterable of CancelRequests, {_not(value)}")


def validate_concurrency(value: object) -> None:
    """Refuse what is no number of places.

    Raises:
        TypeError: it is no int.
        ValueError: it is less than 1.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"concurrency must be an int such as 100, {_not(value)}")
    if value < 1:
        raise ValueError(f"concurrency must be at least 1, not {value}")


def validate_rate(value: object) -> None:
    """Refuse what is no number of starts per second.

    Raises:
        TypeError: it is no number.
        ValueError: it is not positive, or not finite.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"rate must be a number such as 50.0, or None, {_not(value)}")
    if not 0 < value < math.inf:
        raise ValueError(f"rate must be a positive number of starts per second, not {value}")


def _is_coroutine_function(value: object) -> bool:
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(
        getattr(value, "__call__", None)  # noqa: B004 - an instance's own, to see what it is
    )


def _not(value: object) -> str:
    return f"not {kind_of(value)}"
