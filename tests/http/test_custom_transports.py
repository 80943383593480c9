"""Custom transports: their requests always count as maybe sent, whatever they raise or return."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from countermand import OutcomeUnknown, Receipt, Sent, Unreachable, bento, unzer
from countermand._http.failures import causes_of
from tests.support.flavours import Flavour, cancel
from tests.support.rawserver import RawServer, answer, port_without_listener, read, say
from tests.support.transports import Recorder

ACCOUNT = unzer.Account("s-priv-example", "http://unzer.invalid/v1")
CANCELLATION = unzer.Cancellation("s-pay-1", amount=10)

RAISED: tuple[Exception, ...] = (
    httpx.ConnectError("refused, it says"),
    httpx.ConnectTimeout("never connected, it says"),
    httpx.PoolTimeout("no connection, it says"),
    httpx.ReadError("reset"),
    httpx.UnsupportedProtocol("no"),
    ConnectionRefusedError("refused, it says"),
    ValueError("odd"),
    KeyError("status"),
    AssertionError(),
    RuntimeError(b"\xff"),
    StopIteration("over"),
    RecursionError("deep"),
    MemoryError(),
)


def raising(error: Exception) -> Recorder:
    """A transport that raises."""

    def behave(_request: httpx.Request) -> httpx.Response:
        raise error

    return Recorder(behave)


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_a_custom_transport_that_raises_may_have_sent(flavour: Flavour, error: Exception) -> None:
    """Some raise ConnectError for a request that was read, so no request is repeated."""
    transport = raising(error)
    known = cancel(flavour, ACCOUNT, CANCELLATION, transport=transport)
    assert isinstance(known, OutcomeUnknown)
    assert [attempt.sent for attempt in known.attempts] == [Sent.MAYBE_SENT]
    assert transport.cancels == 1


class ForeignError(Exception):
    """Of no library that a transport is made of, so it passes through."""


def test_a_transport_may_raise_one_error_object_in_every_call(flavour: Flavour) -> None:
    """Its first outcome is its cause in the second call, and has the error as its own context."""
    error = ForeignError("the same object")
    transport = raising(error)
    outcomes: list[BaseException | None] = []
    for _ in range(3):
        with pytest.raises(ForeignError) as caught:
            cancel(flavour, ACCOUNT, CANCELLATION, transport=transport)
        outcomes.append(caught.value.__cause__)
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown] * 3
    assert len(set(map(id, outcomes))) == 3
    assert list(causes_of(error)) == [error, outcomes[-1]]


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body without an end."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 1_000_000

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks with an error that no transport should raise."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        raise LookupError("broken")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


GARBAGE: dict[str, Callable[[httpx.Request], object]] = {
    "none": lambda _: None,
    "text": lambda _: "HTTP/1.1 200 OK",
    "exception-as-value": lambda _: ValueError("not raised"),
    "no-status": lambda _: httpx.Response(None),  # type: ignore[arg-type]
    "text-status": lambda _: httpx.Response("200"),  # type: ignore[arg-type]
    "status-zero": lambda _: httpx.Response(0),
    "status-99": lambda _: httpx.Response(99),
    "status-999": lambda _: httpx.Response(999),
    "negative-status": lambda _: httpx.Response(-200),
    "endless-body": lambda _: httpx.Response(200, stream=Endless()),
    "breaking-body": lambda _: httpx.Response(200, stream=Breaking()),
    "consumed-body": lambda _: consumed(),
}


def consumed() -> httpx.Response:
    """An answer whose body has been consumed."""
    response = httpx.Response(200, stream=Breaking())
    response.is_stream_consumed = True
    return response


@pytest.mark.parametrize("name", GARBAGE)
def test_any_value_that_a_custom_transport_returns_ends_in_a_typed_error(
    flavour: Flavour, name: str
) -> None:
    """Garbage proves nothing: the outcome is unknown, the request is not repeated."""
    transport = Recorder(GARBAGE[name])
    known = cancel(flavour, ACCOUNT, CANCELLATION, transport=transport)
    assert isinstance(known, OutcomeUnknown)
    assert known.key == "order-42"
    assert transport.cancels == 1


def test_a_mock_transport_serves_callers_tests(flavour: Flavour) -> None:
    """httpx.MockTransport works with both clients."""
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, json={"isSuccess": True, "id": request.url.host})
    )
    receipt = cancel(flavour, ACCOUNT, CANCELLATION, transport=transport)
    assert isinstance(receipt, Receipt)
    assert receipt.reference == "unzer.invalid"


def test_a_transport_of_the_other_flavour_ends_in_a_typed_error(flavour: Flavour) -> None:
    """A blocking transport under asyncio, or the reverse, is refused with its name."""
    wrong: Any = httpx.HTTPTransport() if flavour == "async" else httpx.AsyncHTTPTransport()
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
        cancel(flavour, ACCOUNT, CANCELLATION, transport=wrong)


class Wrapped(httpx.BaseTransport):
    """A transport of the caller's around httpx's own, as for logging."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request on."""
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what it wraps."""
        self._inner.close()


def test_a_wrapper_that_passes_trace_events_on_is_believed() -> None:
    """Events of httpcore are evidence, even through a wrapper."""
    account = bento.Account("token-one", f"http://127.0.0.1:{port_without_listener()}", read=False)
    cancellation = bento.Cancellation("o", "t", refund_amount=1)
    assert isinstance(cancel("sync", account, cancellation, transport=Wrapped()), Unreachable)


class Resending(Wrapped):
    """A transport that sends again by itself: once to a live server, then to a dead one."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the live server, throw the answer away, and send to a dead one."""
        self._inner.handle_request(request).read()
        request.url = request.url.copy_with(port=port_without_listener())
        return self._inner.handle_request(request)


def test_a_wrapper_that_sent_once_and_then_failed_to_connect_may_have_sent() -> None:
    """A later event does not undo that bytes were sent."""
    with RawServer([read, say(answer(503))]) as server:
        account = bento.Account("token-one", server.url, read=False)
        cancellation = bento.Cancellation("o", "t", refund_amount=1)
        known = cancel("sync", account, cancellation, transport=Resending())
        assert len(server.requests) == 1
    assert isinstance(known, OutcomeUnknown)
