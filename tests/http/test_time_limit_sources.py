"""A time limit is told from an error of the wire by where it comes from."""

import asyncio
import ctypes
import signal
import socket
import ssl
import sys
import threading
from functools import lru_cache, partial
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from countermand import AsyncClient, Client, OutcomeUnknown, Policy, Unreachable, bento
from countermand._http.addresses import Address, open_socket
from countermand._http.failures import pass_time_limit_on
from countermand._signals import is_from_handler
from tests.http.test_time_limits import CANCEL, LONG, Handler, TimeLimit, client_of, limited
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import TEST_TIMEOUT, RawServer, hang, read, silent_listener


def reset() -> ConnectionResetError:
    """An error with the system's number, so only where it comes from tells it apart."""
    return ConnectionResetError(104, "the job took too long")


class Inheriting(Handler):
    """An object whose class does not define `__call__` itself."""


class Raising(type):
    """Makes a class a handler that raises before it has an instance."""

    def __call__(cls, *_arguments: object) -> object:
        """Raise."""
        raise reset()


class Class(metaclass=Raising):
    """A handler that is a class."""


class Constructed:
    """A handler that is a class, whose constructor raises."""

    def __init__(self, *_arguments: object) -> None:
        raise reset()


def restoring(number: int, _frame: object) -> None:
    """Restore the default handler, then raise, as a job queue does."""
    signal.signal(number, signal.SIG_DFL)
    raise reset()


def strike(*_arguments: object) -> None:
    """Raise."""
    raise reset()


class TimeoutOfItsOwnError(TimeoutError):
    """A time limit of a class of its own."""


HANDLERS: dict[str, Any] = {
    "function": strike,
    "method": Handler(ConnectionResetError).method,
    "object": Inheriting(ConnectionResetError),
    "class": Class,
    "constructor": Constructed,
    "partial": partial(strike, 0),
    "cached": lru_cache(strike),
    "mock": Mock(side_effect=strike),
    "restoring": restoring,
}
WAYS = ["own", "proxy", "httpx"]


def client_by(name: str, server: RawServer, **options: Any) -> Client:
    """A client whose exchanges go one of the ways."""
    if name == "proxy":
        return client_of("http://bento.invalid", proxy=server.url, **options)
    if name == "httpx":
        options["transport"] = httpx.HTTPTransport(trust_env=False)
    return client_of(server.url, **options)


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("name", WAYS)
def test_what_any_handler_raises_passes_through(handler: str, name: str) -> None:
    """Whatever kind of callable it is, whatever it raises, and whichever is registered then."""
    former = signal.signal(signal.SIGALRM, HANDLERS[handler])
    try:
        with RawServer([read, hang]) as server, client_by(name, server) as client:
            assert type(limited(client, ConnectionResetError)) is OutcomeUnknown
            assert len(server.requests) == 1
    finally:
        signal.signal(signal.SIGALRM, former)


class Nowhere:
    """A handler that answers for no name, as a proxy of a web framework does."""

    def __call__(self, *_arguments: object) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        """Raise another error than `getattr` expects."""
        raise RuntimeError(f"no {name} here")


class Itself:
    """A handler that wraps itself."""

    def __call__(self, *_arguments: object) -> None:
        """Do nothing."""

    @property
    def __wrapped__(self) -> object:
        return self


@pytest.mark.parametrize("handler", [Mock, Nowhere, Itself])
def test_an_odd_handler_does_not_stop_an_error_of_the_wire(handler: Any) -> None:
    """No registered handler is looked at."""
    former = signal.signal(signal.SIGUSR2, handler())
    try:
        with (
            client_of("http://127.0.0.1:1", policy=Policy(attempts=1)) as client,
            pytest.raises(Unreachable, match="refused"),
        ):
            client.cancel(CANCEL)
    finally:
        signal.signal(signal.SIGUSR2, former)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("own", TimeLimit),
        ("own", TimeoutError),
        ("own", ConnectionResetError),
        ("own", TimeoutOfItsOwnError),
        ("proxy", TimeoutOfItsOwnError),
        ("httpx", TimeoutOfItsOwnError),
    ],
)
def test_an_error_that_another_thread_makes_this_one_raise_passes_through(
    name: str, error: type[Exception]
) -> None:
    """As some job queues do; the thread hears of it when its wait ends."""
    found: list[BaseException] = []
    policy = Policy(attempts=4, attempt_timeout=0.5, deadline=TEST_TIMEOUT, budget=None)

    def work() -> None:
        with client_by(name, server, policy=policy) as client:
            try:
                client.cancel(CANCEL)
            except BaseException as raised:  # noqa: BLE001 - it is looked at below
                found.append(raised)

    thread = threading.Thread(target=work)
    with RawServer([read, lambda _: throw_into(thread, error), hang]) as server:
        thread.start()
        thread.join()
        assert len(server.requests) == 1
    assert [type(each) for each in found] == [error]
    assert type(found[0].__cause__) is OutcomeUnknown


def throw_into(thread: threading.Thread, error: type[Exception]) -> None:
    """Make a thread raise an error."""
    throw = ctypes.pythonapi.PyThreadState_SetAsyncExc
    assert throw(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(error)) == 1


def test_an_error_of_the_wire_does_not_pass_through() -> None:
    """With a number, of TLS, never raised, or raised where sockets are replaced."""
    for error in (TimeoutError(110, "timed out"), ssl.SSLError(), TimeoutError("never raised")):
        pass_time_limit_on(error)
    mocked = Mock(side_effect=ConnectionResetError("replaced"))
    for replaced in (mocked, partial(exec, "raise ConnectionResetError('replaced')", {})):
        with pytest.raises(ConnectionResetError, match="replaced") as caught:
            replaced()
        pass_time_limit_on(caught.value)


def test_a_time_limit_that_the_caller_is_handling_is_an_old_one() -> None:
    """A job that cancels a payment when its time is up still gets an error of this package."""
    transport = httpx.HTTPTransport(trust_env=False)
    with client_of("http://127.0.0.1:1", transport=transport, policy=Policy(attempts=1)) as client:
        try:
            strike(0, sys._getframe())
        except ConnectionResetError:
            with pytest.raises(Unreachable):
                client.cancel(CANCEL)
    with pytest.raises(ConnectionResetError) as caught:
        strike(0, sys._getframe())
    assert is_from_handler(caught.value)


def two_addresses(host: str, port: int, *_arguments: object, **_options: object) -> Any:
    """A resolver that knows two addresses of every host but those that are addresses."""
    hosts = ["127.0.0.1", "127.0.0.2"] if host == "host.invalid" else [host]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in hosts]


@pytest.mark.parametrize("name", ["own", "proxy"])
def test_no_other_address_is_tried_after_a_time_limit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It struck while the first address was silent; the second one would refuse."""
    former = signal.signal(signal.SIGALRM, strike)
    try:
        with silent_listener() as port:
            monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
            url = f"http://host.invalid:{port}"
            client = client_of(url, proxy=url) if name == "proxy" else client_of(url)
            with client:
                assert type(limited(client, ConnectionResetError)) is Unreachable
    finally:
        signal.signal(signal.SIGALRM, former)


def test_no_other_address_is_tried_after_a_time_limit_under_asyncio(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It struck in the task that connects to one of them."""

    def struck(address: Address) -> socket.socket:
        signal.raise_signal(signal.SIGALRM)
        return open_socket(address)

    async def run() -> None:
        account = bento.Account("token-one", "http://host.invalid:1", read=False)
        async with AsyncClient(account, policy=LONG, verify=PLAIN_TLS, trust_env=False) as client:
            await client.cancel(CANCEL)

    monkeypatch.setattr("countermand._http.asynchronous.open_socket", struck)
    monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
    former = signal.signal(signal.SIGALRM, strike)
    try:
        with pytest.raises(ConnectionResetError, match="the job took too long"):
            asyncio.run(run())
    finally:
        signal.signal(signal.SIGALRM, former)
