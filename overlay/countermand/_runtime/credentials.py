"""Tokens and linked identities per account and user, shared by the calls of one client.

Whoever needs a token or a link first fetches it; those who come meanwhile wait and share the
result, so that one user is asked once. Each function is there for threads and for asyncio.
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

from countermand._core.commands import Denied, Granted
from countermand.provider._accounts import sendable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from countermand.identity import LinkChallenge, LinkHandler
    from countermand.provider._accounts import Account, TokenSource

REMEMBERED_USERS: Final = 10_000
NESTED: Final = "the linked-identity handler cancels for the user whom it is to link"

_asking: ContextVar[frozenset[int]] = ContextVar("countermand_asking", default=frozenset())


@define(eq=False)
class Session:
    """What is known of one user at one account."""

    token: str | None = field(default=None, repr=False)
    links: int = 0
    """How often the user has been asked; a call that was sent before the last time need not ask."""
    result: Granted | Denied | None = None
    """What came of asking last."""
    blocking_token: Any = field(factory=Lock, repr=False)
    blocking_link: Any = field(factory=Lock, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False)
    _async_locks: tuple[asyncio.Lock, asyncio.Lock] | None = field(
        default=None, init=False, repr=False
    )

    def async_locks(self) -> tuple[asyncio.Lock, asyncio.Lock]:
        """The locks for token and link of the running event loop, to which they belong."""
        loop = asyncio.get_running_loop()
        if self._async_locks is None or self._loop is not loop:
            self._loop, self._async_locks = loop, (asyncio.Lock(), asyncio.Lock())
        return self._async_locks

    def known(self, source: TokenSource | None, stale: str | None) -> Granted | None:
        """A token that need not be fetched, if there is one."""
        if source is None:
            return Granted(None)
        if isinstance(source, str):
            return Granted(self.token or source)
        return Granted(self.token) if self.token is not None and self.token != stale else None

    def fetched(self, value: object) -> Granted | Denied:
        """Keep what a token callable returned."""
        problem = _unusable(value)
        if problem or not isinstance(value, str):
            return Denied(f"the token callable returned {problem}")
        self.token = value
        return Granted(value)

    def linked(self, value: object, token: str | None) -> Granted | Denied:
        """Keep what a linked-identity handler returned; None means to go on with what there is."""
        self.links += 1
        problem = None if value is None else _unusable(value)
        if problem:
            result: Granted | Denied = Denied(f"the linked-identity handler returned {problem}")
        else:
            self.token = value if isinstance(value, str) else self.token
            result = Granted(self.token or token)
        self.result = result
        return result

    def failed(self, error: Exception) -> Denied:
        """The handler raised: those who wait share that, those who come later ask anew."""
        self.links += 1
        self.result = denied = Denied(
            f"the linked-identity handler raised {type(error).__name__}", cause=error
        )
        return denied


class Sessions:
    """The sessions of one client; the least recently used are forgotten."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[tuple[int, str | None], Session] = OrderedDict()
        self._lock = Lock()

    def of(self, account: Account, user: str | None) -> Session:
        """The session of a user at an account."""
        with self._lock:
            session = self._sessions.setdefault((id(account), user), Session())
            self._sessions.move_to_end((id(account), user))
            if len(self._sessions) > REMEMBERED_USERS:
                self._sessions.popitem(last=False)
            return session


def token(
    session: Session, source: TokenSource | None, user: str | None, stale: str | None, limit: float
) -> Granted | Denied:
    """A token other than `stale`; waits at most `limit` seconds while others fetch one."""
    if known := session.known(source, stale):
        return known
    assert callable(source)
    if not session.blocking_token.acquire(timeout=max(0.0, limit)):
        return Denied("no token came within the deadline")
    try:
        return session.known(source, stale) or session.fetched(_blocking(source, user))
    except Exception as error:  # noqa: BLE001 - whatever the caller's callable raises
        return Denied(f"the token callable raised {type(error).__name__}", cause=error)
    finally:
        session.blocking_token.release()


async def async_token(
    session: Session, source: TokenSource | None, user: str | None, stale: str | None, limit: float
) -> Granted | Denied:
    """The same for asyncio; here the callable itself is bounded too."""
    if known := session.known(source, stale):
        return known
    assert callable(source)
    lock, _ = session.async_locks()
    bound = asyncio.timeout(limit)
    try:
        async with bound, lock:
            return session.known(source, stale) or session.fetched(await _awaited(source, user))
    except Exception as error:  # noqa: BLE001 - whatever the caller's callable raises
        if bound.expired():
            return Denied("no token came within the deadline")
        return Denied(f"the token callable raised {type(error).__name__}", cause=error)


def link(
    session: Session, seen: int, handler: LinkHandler, challenge: LinkChallenge, token: str | None
) -> Granted | Denied:
    """Ask the user, unless somebody has since `seen`."""
    if id(session) in _asking.get():
        return Denied(NESTED)
    with session.blocking_link:
        if session.links > seen:
            return _shared(session, token)
        with _being_asked(session):
            try:
                return session.linked(_blocking(handler, challenge), token)
            except Exception as error:  # noqa: BLE001 - whatever the caller's handler raises
                return session.failed(error)


async def async_link(
    session: Session, seen: int, handler: LinkHandler, challenge: LinkChallenge, token: str | None
) -> Granted | Denied:
    """The same for asyncio."""
    if id(session) in _asking.get():
        return Denied(NESTED)
    _, lock = session.async_locks()
    async with lock:
        if session.links > seen:
            return _shared(session, token)
        with _being_asked(session):
            try:
                return session.linked(await _awaited(handler, challenge), token)
            except Exception as error:  # noqa: BLE001 - whatever the caller's handler raises
                return session.failed(error)


@contextmanager
def _being_asked(session: Session) -> Generator[None]:
    """Mark the user as being asked, for calls that the handler makes itself."""
    token = _asking.set(_asking.get() | {id(session)})
    try:
        yield
    finally:
        _asking.reset(token)


def _shared(session: Session, token: str | None) -> Granted | Denied:
    """What came of asking the user, for a call that waited meanwhile."""
    return session.result if isinstance(session.result, Denied) else Granted(session.token or token)


def _unusable(value: object) -> str | None:
    if not isinstance(value, str):
        return f"{type(value).__name__} instead of a str"
    return None if sendable(value) else "a token that no header can carry"


def _blocking(function: Callable[[Any], object], argument: object) -> object:
    value = function(argument)
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError("an asynchronous callable needs AsyncClient")
    return value


async def _awaited(function: Callable[[Any], Any], argument: object) -> object:
    """A plain function may block, so it runs on a thread; a coroutine function runs here."""
    if inspect.iscoroutinefunction(function):
        return await function(argument)
    value = await asyncio.to_thread(_without_stop, function, argument)
    return await value if inspect.isawaitable(value) else value


def _without_stop(function: Callable[[Any], Any], argument: object) -> Any:
    """Call it; no future can carry a StopIteration, as an exhausted iterator raises it."""
    try:
        return function(argument)
    except StopIteration as exhausted:
        raise RuntimeError("the callable raised StopIteration") from exhausted
