"""Tokens and linked identities per account and user, shared by the calls of one client.

The first call that needs a token or a link fetches it. Calls that need it meanwhile wait and share
the result, so that a user is asked once. Each function exists for threads and for asyncio.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import OrderedDict
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from countermand._core.commands import TokenDenied, TokenGranted
from countermand.provider._accounts import ADDS_SCHEME, has_scheme, is_header_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from countermand.identity import LinkChallenge, LinkHandler
    from countermand.provider._accounts import Account, TokenSource

MAX_REMEMBERED_USERS: Final = 10_000
NESTED_LINK: Final = "the linked-identity handler cancels for the user whom it is to link"

_linking: ContextVar[frozenset[int]] = ContextVar("countermand_linking", default=frozenset())


@define(eq=False)
class UserCredentials:
    """The token and the linked identities of one user at one account."""

    token: str | None = field(default=None, repr=False)
    link_count: int = 0
    """How often the user was asked. A request sent before the last time need not ask again."""
    result: TokenGranted | TokenDenied | None = None
    """The result of asking last."""
    blocking_token: Any = field(factory=Lock, repr=False)
    blocking_link: Any = field(factory=Lock, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False)
    _async_locks: tuple[asyncio.Lock, asyncio.Lock] | None = field(
        default=None, init=False, repr=False
    )

    def async_locks(self) -> tuple[asyncio.Lock, asyncio.Lock]:
        """The locks for token and link, made for the running event loop."""
        loop = asyncio.get_running_loop()
        if self._async_locks is None or self._loop is not loop:
            self._loop, self._async_locks = loop, (asyncio.Lock(), asyncio.Lock())
        return self._async_locks

    def cached_token(
        self, source: TokenSource | None, rejected_token: str | None
    ) -> TokenGranted | None:
        """The token that is known already, unless the provider rejected it."""
        if source is None:
            return TokenGranted(None)
        if isinstance(source, str):
            return TokenGranted(self.token or source)
        return (
            TokenGranted(self.token)
            if self.token is not None and self.token != rejected_token
            else None
        )

    def store_token(self, value: object) -> TokenGranted | TokenDenied:
        """Keep the return value of a token callable."""
        problem = _token_problem(value)
        if problem or not isinstance(value, str):
            return TokenDenied(f"the token callable returned {problem}")
        self.token = value
        return TokenGranted(value)

    def store_link(self, value: object, token: str | None) -> TokenGranted | TokenDenied:
        """Keep the return value of a linked-identity handler; None keeps the present token."""
        self.link_count += 1
        problem = None if value is None else _token_problem(value)
        if problem:
            result: TokenGranted | TokenDenied = TokenDenied(
                f"the linked-identity handler returned {problem}"
            )
        else:
            self.token = value if isinstance(value, str) else self.token
            result = TokenGranted(self.token or token)
        self.result = result
        return result

    def store_failure(self, error: Exception) -> TokenDenied:
        """Keep the handler's exception for the calls that wait; later calls ask again."""
        self.link_count += 1
        self.result = denied = TokenDenied(
            f"the linked-identity handler raised {type(error).__name__}", cause=error
        )
        return denied


class CredentialCache:
    """The credentials of one client's users; it forgets the least recently used."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[tuple[int, str | None], UserCredentials] = OrderedDict()
        self._lock = Lock()

    def get(self, account: Account, user: str | None) -> UserCredentials:
        """The credentials of a user at an account."""
        with self._lock:
            credentials = self._sessions.setdefault((id(account), user), UserCredentials())
            self._sessions.move_to_end((id(account), user))
            if len(self._sessions) > MAX_REMEMBERED_USERS:
                self._sessions.popitem(last=False)
            return credentials


def get_token(
    credentials: UserCredentials,
    source: TokenSource | None,
    user: str | None,
    rejected_token: str | None,
    timeout: float,
) -> TokenGranted | TokenDenied:
    """A token other than `rejected_token`; waits at most `timeout` seconds for another fetch."""
    if known := credentials.cached_token(source, rejected_token):
        return known
    assert callable(source)
    if not credentials.blocking_token.acquire(timeout=max(0.0, timeout)):
        return TokenDenied("no token came within the deadline")
    try:
        return credentials.cached_token(source, rejected_token) or credentials.store_token(
            _call(source, user)
        )
    except Exception as error:  # noqa: BLE001 - the caller's callable may raise anything
        return TokenDenied(f"the token callable raised {type(error).__name__}", cause=error)
    finally:
        credentials.blocking_token.release()


async def get_token_async(
    credentials: UserCredentials,
    source: TokenSource | None,
    user: str | None,
    rejected_token: str | None,
    timeout: float,  # noqa: ASYNC109 - one limit for the lock and the callable
) -> TokenGranted | TokenDenied:
    """As `get_token`, for asyncio; the timeout covers the callable, too."""
    if known := credentials.cached_token(source, rejected_token):
        return known
    assert callable(source)
    lock, _ = credentials.async_locks()
    bound = asyncio.timeout(timeout)
    try:
        async with bound, lock:
            return credentials.cached_token(source, rejected_token) or credentials.store_token(
                await _call_async(source, user)
            )
    except Exception as error:  # noqa: BLE001 - the caller's callable may raise anything
        if bound.expired():
            return TokenDenied("no token came within the deadline")
        return TokenDenied(f"the token callable raised {type(error).__name__}", cause=error)


def link_identity(
    credentials: UserCredentials,
    seen: int,
    handler: LinkHandler,
    challenge: LinkChallenge,
    token: str | None,
) -> TokenGranted | TokenDenied:
    """Let the handler ask the user, unless another call has done so since `seen`."""
    if id(credentials) in _linking.get():
        return TokenDenied(NESTED_LINK)
    with credentials.blocking_link:
        if credentials.link_count > seen:
            return _shared_result(credentials, token)
        with _linking_scope(credentials):
            try:
                return credentials.store_link(_call(handler, challenge), token)
            except Exception as error:  # noqa: BLE001 - the caller's handler may raise anything
                return credentials.store_failure(error)


async def link_identity_async(
    credentials: UserCredentials,
    seen: int,
    handler: LinkHandler,
    challenge: LinkChallenge,
    token: str | None,
) -> TokenGranted | TokenDenied:
    """As `link_identity`, for asyncio."""
    if id(credentials) in _linking.get():
        return TokenDenied(NESTED_LINK)
    _, lock = credentials.async_locks()
    async with lock:
        if credentials.link_count > seen:
            return _shared_result(credentials, token)
        with _linking_scope(credentials):
            try:
                return credentials.store_link(await _call_async(handler, challenge), token)
            except Exception as error:  # noqa: BLE001 - the caller's handler may raise anything
                return credentials.store_failure(error)


@contextmanager
def _linking_scope(credentials: UserCredentials) -> Generator[None]:
    """Mark the user as being asked, to recognize calls that the handler itself makes."""
    token = _linking.set(_linking.get() | {id(credentials)})
    try:
        yield
    finally:
        _linking.reset(token)


def _shared_result(credentials: UserCredentials, token: str | None) -> TokenGranted | TokenDenied:
    """The result of asking the user, for a call that waited meanwhile."""
    return (
        credentials.result
        if isinstance(credentials.result, TokenDenied)
        else TokenGranted(credentials.token or token)
    )


def _token_problem(value: object) -> str | None:
    if not isinstance(value, str):
        return f"{type(value).__name__} instead of a str"
    if has_scheme(value):
        return f"a token with 'Bearer' before it; {ADDS_SCHEME}"
    return None if is_header_safe(value) else "a token that no header can carry"


def _call(function: Callable[[Any], object], argument: object) -> object:
    value = function(argument)
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError("an asynchronous callable needs AsyncClient")
    return value


async def _call_async(function: Callable[[Any], Any], argument: object) -> object:
    """Call a function: a coroutine function here, a plain one on a thread, since it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(argument)
    value = await asyncio.to_thread(_without_stop_iteration, function, argument)
    return await value if inspect.isawaitable(value) else value


def _without_stop_iteration(function: Callable[[Any], Any], argument: object) -> Any:
    """Call a function; a future cannot carry the StopIteration of an exhausted iterator."""
    try:
        return function(argument)
    except StopIteration as exhausted:
        raise RuntimeError("the callable raised StopIteration") from exhausted
