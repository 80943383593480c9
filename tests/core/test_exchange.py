"""The progress of a request, from httpcore's trace events and never from an exception's class."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

import pytest

from countermand import RawResponse, Sent
from countermand._core.exchange import SendProgress, TransportFailure

POST: Final = {"request": SimpleNamespace(method=b"POST")}
CONNECT: Final = {"request": SimpleNamespace(method=b"CONNECT")}
STARTED: Final = ("http11.send_request_headers.started", POST)
CONNECTED: Final = ("connection.connect_tcp.complete", {"return_value": object()})
HEAD: Final = ("http11.receive_response_headers.complete", {"return_value": (b"HTTP/1.1", 204)})


class LocalProtocolError(Exception):
    """What h11 raises, by its name."""


def failed(exception: Exception) -> tuple[str, dict[str, Any]]:
    """The headers could not be sent."""
    return ("http11.send_request_headers.failed", {"exception": exception})


def after(*events: tuple[str, Any]) -> SendProgress:
    """The progress after these events; without any it is maybe sent."""
    progress = SendProgress(sent=Sent.MAYBE_SENT)
    for name, info in events:
        progress.on_trace(name, info)
    return progress


@pytest.mark.parametrize(
    ("events", "sent"),
    [
        ((), Sent.MAYBE_SENT),
        ((CONNECTED,), Sent.NOT_SENT),
        ((CONNECTED, STARTED), Sent.MAYBE_SENT),
        ((CONNECTED, STARTED, CONNECTED), Sent.MAYBE_SENT),
        ((CONNECTED, STARTED, failed(OSError())), Sent.MAYBE_SENT),
        ((CONNECTED, STARTED, failed(LocalProtocolError())), Sent.NOT_SENT),
        ((CONNECTED, STARTED, STARTED, failed(LocalProtocolError())), Sent.MAYBE_SENT),
        ((CONNECTED, STARTED, HEAD), Sent.RESPONDED),
        ((("http2.send_request_headers.started", POST),), Sent.MAYBE_SENT),
    ],
    ids=["no event", "connected", "headers", "anything after headers", "headers broke off",
         "headers refused", "headers refused the second time", "head", "HTTP/2"],
)  # fmt: skip
def test_only_trace_events_prove_that_nothing_was_sent(events: Any, sent: Sent) -> None:
    """Without events a request counts as maybe sent; a header that h11 refuses was not sent."""
    assert after(*events).sent is sent


def test_the_connect_request_to_a_proxy_is_not_the_request() -> None:
    """The answer to CONNECT is the proxy's; the request has not been sent."""
    opening = (CONNECTED, ("http11.send_request_headers.started", CONNECT), HEAD)
    progress = after(*opening)
    assert (progress.sent, progress.status) == (Sent.NOT_SENT, None)
    progress = after(*opening, STARTED, HEAD)
    assert (progress.sent, progress.status) == (Sent.RESPONDED, 204)


def test_a_request_without_a_method_is_no_tunnel() -> None:
    """A custom transport may pass any object as its request."""
    assert after(("http11.send_request_headers.started", {"request": 7})).sent is Sent.MAYBE_SENT


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ((b"HTTP/1.1", 503, b"Unavailable", []), 503),
        ((200, [(b"a", b"b")]), 200),
        ((b"HTTP/1.1",), None),
    ],
)
def test_the_status_is_the_first_number_of_the_head(head: Any, status: int | None) -> None:
    """HTTP/1.1 has its version before the status, HTTP/2 has none."""
    progress = after(STARTED, ("x.receive_response_headers.complete", {"return_value": head}))
    assert (progress.sent, progress.status) == (Sent.RESPONDED, status)


@pytest.mark.parametrize(
    ("progress", "known"),
    [
        (SendProgress(sent=Sent.NOT_SENT), TransportFailure(sent=Sent.NOT_SENT, problem="reset")),
        (
            SendProgress(sent=Sent.MAYBE_SENT),
            TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
        ),
        (
            SendProgress(sent=Sent.RESPONDED),
            TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
        ),
        (
            SendProgress(sent=Sent.RESPONDED, status=204),
            RawResponse(status=204, problem="reset"),
        ),
        (
            SendProgress(sent=Sent.MAYBE_SENT, status=204),
            TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
        ),
    ],
    ids=["not sent", "maybe sent", "a head without a status", "a status", "sent once more"],
)
def test_a_failed_exchange_has_the_result_of_its_progress(
    progress: SendProgress, known: object
) -> None:
    """A received status is kept without its body; without a status nothing is certain."""
    assert progress.result("reset") == known
