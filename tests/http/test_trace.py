"""The progress of a request, from httpcore's trace events and never from an exception's class."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

import pytest

from countermand import Sent
from countermand._http.clocks import Deadline
from countermand._http.failures import WireError
from countermand._http.trace import TraceProgress

POST: Final = {"request": SimpleNamespace(method=b"POST")}
CONNECT: Final = {"request": SimpleNamespace(method=b"CONNECT")}
STARTED: Final = ("http11.send_request_headers.started", POST)
CONNECTED: Final = ("connection.connect_tcp.complete", {"return_value": object()})
HEAD: Final = ("http11.receive_response_headers.complete", {"return_value": (b"HTTP/1.1", 204)})


class LocalProtocolError(Exception):
    """What h11 raises, by its name."""


def failed(
    exception: BaseException, step: str = "http11.send_request_headers"
) -> tuple[str, dict[str, Any]]:
    """A step has failed, by default because the headers could not be sent."""
    return (f"{step}.failed", {"exception": exception})


def after(*events: tuple[str, Any], is_only_way: bool = True) -> TraceProgress:
    """The progress after these events; without any it is maybe sent."""
    progress = TraceProgress(is_only_way=is_only_way)
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
        ((CONNECTED, STARTED, failed(LocalProtocolError())), Sent.MAYBE_SENT),
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
    # A wrapper may have another way, and may throw the traced answer away.
    assert after(*events, is_only_way=False).sent is Sent.MAYBE_SENT


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


REFUSED: Final = OSError("connection refused")
CONNECTING: Final = ("connection.connect_tcp.started", {})


def wrapped(cause: BaseException) -> Exception:
    """An error of httpx's that was raised from another one."""
    error = RuntimeError("mapped")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("events", "error", "sent"),
    [
        ((CONNECTING, failed(REFUSED, "connection.connect_tcp")), REFUSED, Sent.NOT_SENT),
        ((CONNECTING, failed(REFUSED, "connection.connect_tcp")), wrapped(REFUSED), Sent.NOT_SENT),
        (
            (CONNECTING, failed(REFUSED, "connection.connect_tcp")),
            wrapped(wrapped(REFUSED)),
            Sent.MAYBE_SENT,
        ),
        ((CONNECTING, failed(REFUSED, "connection.connect_tcp")), OSError(), Sent.MAYBE_SENT),
        (
            (CONNECTING, failed(REFUSED, "connection.connect_tcp"), CONNECTING),
            OSError(),
            Sent.NOT_SENT,
        ),
        ((CONNECTED, STARTED, failed(REFUSED)), REFUSED, Sent.MAYBE_SENT),
        (
            (CONNECTED, STARTED, CONNECTING, failed(REFUSED, "x.start_tls")),
            REFUSED,
            Sent.MAYBE_SENT,
        ),
        ((), REFUSED, Sent.MAYBE_SENT),
    ],
    ids=["refused", "mapped by httpx", "raised from that by a wrapper", "another error",
         "tried again", "headers broke off", "a second connection", "no event"],
)  # fmt: skip
def test_a_failed_step_proves_something_only_of_its_own_error(
    events: Any, error: BaseException, sent: Sent
) -> None:
    """A wrapper may have gone on by another way, which nobody traces, and that failed."""
    progress = after(*events)
    progress.on_error(error)
    assert progress.sent is sent


@pytest.mark.parametrize(("seconds", "sent"), [(60.0, Sent.NOT_SENT), (0.0, Sent.MAYBE_SENT)])
def test_a_wrapper_is_believed_that_fails_by_itself_before_the_deadline(
    seconds: float, sent: Sent
) -> None:
    """At the deadline, and when it is interrupted, another way may have sent the request."""
    progress = after(CONNECTING, failed(REFUSED, "connection.connect_tcp"), is_only_way=False)
    progress.deadline = Deadline(seconds)
    progress.on_error(REFUSED)
    assert progress.sent is Sent.MAYBE_SENT
    progress.on_failure(REFUSED)
    assert progress.sent is sent


def test_the_way_on_which_nothing_is_sent_after_the_deadline_proves_it() -> None:
    """It may have passed on the clock that runs during suspension alone."""
    progress = after(CONNECTED, is_only_way=False)
    progress.deadline = Deadline(0.0)
    with pytest.raises(WireError) as late:
        progress.on_trace(*STARTED)
    progress.deadline = Deadline(60.0)
    progress.on_failure(late.value)
    assert progress.sent is Sent.NOT_SENT


RESET: Final = failed(OSError(), "http11.receive_response_headers")
BODY_CUT: Final = failed(OSError(), "http11.receive_response_body")


@pytest.mark.parametrize(
    ("events", "sent_again"),
    [
        ((), False),
        ((CONNECTING, failed(REFUSED, "connection.connect_tcp")), False),
        ((STARTED, failed(LocalProtocolError())), False),
        ((STARTED, HEAD), False),
        ((STARTED, failed(OSError(), "http11.send_request_body"), HEAD), False),
        ((STARTED, HEAD, failed(REFUSED, "connection.connect_tcp")), False),
        ((STARTED,), True),
        ((STARTED, RESET), True),
        ((STARTED, RESET, CONNECTED), True),
        ((STARTED, HEAD, BODY_CUT), True),
        ((STARTED, ("x", {}), ("http11.receive_response_headers.complete",
                               {"return_value": (b"HTTP/1.1", 503)})), True),
        ((STARTED, HEAD, STARTED, HEAD), True),
    ],
    ids=["no event", "refused", "headers refused", "answer", "early answer",
         "another connection refused", "no answer yet", "reset", "reset and connected",
         "body cut", "another answer", "twice"],
)  # fmt: skip
@pytest.mark.parametrize("is_only_way", [True, False])
def test_an_answer_that_is_not_the_traced_one_answers_another_copy(
    events: Any, *, sent_again: bool, is_only_way: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrapper may repeat a request that has left, with a copy that nobody traces."""
    progress = after(*events, is_only_way=is_only_way)
    progress.on_head(204)
    assert (progress.sent, progress.status) == (Sent.RESPONDED, 204)
    assert progress.sent_again is sent_again
    assert caplog.text.count("sent one request twice") == int(sent_again)


def test_a_header_that_h11_refuses_was_not_sent() -> None:
    """Unless an earlier copy of the request was."""
    refused = LocalProtocolError()
    once, twice = (
        after(CONNECTED, STARTED, failed(refused)),
        after(STARTED, STARTED, failed(refused)),
    )
    for progress in (once, twice):
        progress.on_error(refused)
    assert (once.sent, twice.sent) == (Sent.NOT_SENT, Sent.MAYBE_SENT)


def test_a_failure_before_the_request_is_open_until_the_exchange_has_ended() -> None:
    """At the deadline nobody knows what a wrapper does meanwhile."""
    assert after(CONNECTING).sent is Sent.NOT_SENT
    assert after(CONNECTING, is_only_way=False).sent is Sent.MAYBE_SENT
    assert after(CONNECTING, failed(REFUSED, "connection.connect_tcp")).sent is Sent.MAYBE_SENT
