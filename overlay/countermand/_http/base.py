"""What a driver knows of a transport: it sends one request and reads the whole answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from countermand._core.exchange import PreparedRequest, SendProgress, TransportFailure
from countermand._http.clocks import Deadline
from countermand._http.failures import WireError
from countermand.attempts import RawResponse, Sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

T = TypeVar("T")
CLIENT_CLOSED: Final = "the client is closed"
TIME_IS_UP: Final = "the deadline was reached"
CLOSED: Final = TransportFailure(sent=Sent.NOT_SENT, problem=CLIENT_CLOSED)


class Transport(ABC):
    """Blocking exchanges with one provider; may be shared by threads."""

    def __init__(self) -> None:
        self._closed = False
        self._wakers: set[Callable[[], object]] = set()

    def progress(self) -> SendProgress:
        """The progress of a request that has not been started."""
        return SendProgress()

    def send(
        self, request: PreparedRequest, timeout: float, progress: SendProgress
    ) -> RawResponse | TransportFailure:
        """Send, and read the whole answer, within `timeout` seconds."""
        if self._closed:
            return CLOSED
        return self._exchange(request, Deadline(timeout), progress)

    @abstractmethod
    def _exchange(
        self, request: PreparedRequest, deadline: Deadline, progress: SendProgress
    ) -> RawResponse | TransportFailure: ...

    def close(self) -> None:
        """End every exchange that is under way, and refuse to send."""
        self._closed = True
        for wake in list(self._wakers):
            with suppress(OSError):
                wake()

    def add_waker(self, wake: Callable[[], object]) -> None:
        """Let `close` end a wait of another thread.

        Raises:
            WireError: the client is closed.
        """
        self._wakers.add(wake)
        if self._closed:
            self._wakers.discard(wake)
            raise WireError(CLIENT_CLOSED)

    def discard_waker(self, wake: Callable[[], object]) -> None:
        """Forget a wait that is over."""
        self._wakers.discard(wake)


class Waiting:
    """A wait that `Transport.close` ends. No generator, because each call enters one."""

    __slots__ = ("_transport", "_wake")

    def __init__(self, transport: Transport, wake: Callable[[], object]) -> None:
        self._transport, self._wake = transport, wake

    def __enter__(self) -> None:
        self._transport.add_waker(self._wake)

    def __exit__(self, *_error: object) -> None:
        self._transport.discard_waker(self._wake)


def wait_for_lookup(
    lookup: Future[T], done: SimpleQueue[Future[T] | None], host: str, deadline: Deadline
) -> T:
    """Wait for the result of a lookup; another thread ends the wait by None in the queue.

    Raises:
        WireError: the deadline passed before, or the client is closed.
        OSError: the lookup failed.
    """
    lookup.add_done_callback(done.put)
    try:
        ended = done.get(timeout=max(deadline.remaining, 0.0))
    except Empty:
        raise WireError(f"looking up {host} took too long") from None
    if ended is None:
        raise WireError(CLIENT_CLOSED)
    return ended.result()
