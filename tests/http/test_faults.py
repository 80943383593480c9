"""The progress of a request is known for every kind of network fault."""

import gzip
import socket
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from countermand import Sent
from tests.support.flavours import Flavour, exchange
from tests.support.rawserver import (
    NO_CONTENT,
    RawServer,
    Script,
    answer,
    close,
    drip,
    hang,
    port_without_listener,
    read,
    reset,
    say,
    stall,
)
from tests.support.socks import socks_proxy
from tests.support.ways import WAYS, Way, httpx_transport

HEAD = b"HTTP/1.1 202 Accepted\r\ncontent-length: 10\r\n"
GZIPPED = gzip.compress(b'{"state": "AuthVoided"}' * 20)
BROKEN_GZIP = answer(202, b"\x1f\x8b{}", "content-encoding: gzip")
CUT_GZIP = answer(202, GZIPPED[:30], "content-encoding: gzip")


@attrs.frozen
class Fault:
    """The server's behaviour, and the resulting progress of the request."""

    id: str
    script: Script
    sent: Sent
    status: int | None = None
    limit: float = 5.0
    content: bytes | None = None


FAULTS = (
    Fault("read-then-reset", [read, reset], Sent.MAYBE_SENT),
    Fault("read-then-closed", [read, close], Sent.MAYBE_SENT),
    Fault("hang", [read, hang], Sent.MAYBE_SENT, limit=0.2),
    Fault("half-a-status-line", [read, say(b"HTTP/1.1 20"), close], Sent.MAYBE_SENT),
    Fault("half-a-head", [read, say(HEAD), close], Sent.MAYBE_SENT),
    Fault("not-http", [read, say(b"SSH-2.0-x\r\n\r\n"), close], Sent.MAYBE_SENT),
    Fault("endless-head", [read, say(HEAD + b"x: " + b"y" * 200_000), hang], Sent.MAYBE_SENT),
    Fault(
        "1xx-drip",
        [read, *[drip(b"HTTP/1.1 102 X\r\n\r\n", 0.005)] * 30],
        Sent.MAYBE_SENT,
        limit=1.0,
    ),
    Fault("head-drip", [read, drip(HEAD)], Sent.MAYBE_SENT, limit=1.0),
    Fault("body-drip", [read, say(HEAD + b"\r\n"), drip(b"{}" * 5, 0.5)], Sent.RESPONDED, 202, 1.0),
    Fault("body-cut", [read, say(HEAD + b"\r\n{"), close], Sent.RESPONDED, 202),
    Fault("body-reset", [read, say(HEAD + b"\r\n{"), reset], Sent.RESPONDED, 202),
    Fault("head-then-hang", [read, say(HEAD + b"\r\n"), hang], Sent.RESPONDED, 202, 1.0),
    Fault("broken-gzip", [read, say(BROKEN_GZIP)], Sent.RESPONDED, 202),
    Fault(
        "chunked-cut",
        [read, say(b"HTTP/1.1 202 X\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"), close],
        Sent.RESPONDED,
        202,
    ),
    Fault("never-read", [stall], Sent.MAYBE_SENT, limit=1.0, content=b"x" * 40_000_000),
)


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    """A proxy that passes on what it gets."""
    with socks_proxy() as running:
        yield running.url


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, flavour: Flavour, proxy: str) -> dict[str, Any]:
    """Options of a client that sends this way."""
    chosen: Way = request.param
    transport = httpx_transport(flavour) if chosen == "httpx" else None
    return {"transport": transport, "proxy": proxy if chosen == "proxy" else None}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_failed_exchange_reports_how_far_the_request_got(
    flavour: Flavour, way: dict[str, Any], fault: Fault
) -> None:
    """After the first byte it is never NOT_SENT, and a received status is never dropped.

    Exception classes alone cannot tell these faults apart.
    """
    with RawServer(fault.script) as server:
        result = exchange(flavour, server.url, limit=fault.limit, content=fault.content, **way)
    assert (result.sent, result.status) == (fault.sent, fault.status)
    assert result.problem


def test_a_status_survives_a_body_that_is_cut_inside_its_compression(
    flavour: Flavour, way: dict[str, Any]
) -> None:
    """A partly decompressed body counts as cut."""
    with RawServer([read, say(CUT_GZIP)]) as server:
        result = exchange(flavour, server.url, **way)
    assert (result.sent, result.status) == (Sent.RESPONDED, 202)
    assert len(result.body) < len(gzip.decompress(GZIPPED))


def test_a_refused_connection_is_not_sent(flavour: Flavour, way: dict[str, Any]) -> None:
    """Without a listener no byte is sent."""
    result = exchange(flavour, f"http://127.0.0.1:{port_without_listener()}", **way)
    assert result.sent is Sent.NOT_SENT


def test_an_unknown_host_is_not_sent(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address no byte is sent."""

    def unknown(*_arguments: object, **_options: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    result = exchange(flavour, "http://nowhere.invalid")
    assert result.sent is Sent.NOT_SENT


def test_a_server_without_tls_means_not_sent(flavour: Flavour) -> None:
    """The handshake fails before there is anything to send."""
    with RawServer([say(b"HTTP/1.1 400 Bad Request\r\n\r\n")]) as server:
        result = exchange(flavour, server.url.replace("http:", "https:"))
    assert (result.sent, server.requests) == (Sent.NOT_SENT, [])


@pytest.mark.parametrize("value", ["a\nb", "a\r\nx: y"])
def test_a_request_that_cannot_be_written_is_not_sent(flavour: Flavour, value: str) -> None:
    """h11 refuses before the first byte, although the trace reports a start."""
    with RawServer([read, say(NO_CONTENT)]) as server:
        result = exchange(flavour, server.url, method=value)
    assert (result.sent, server.requests) == (Sent.NOT_SENT, [])


def test_a_complete_answer_is_received_completely(flavour: Flavour, way: dict[str, Any]) -> None:
    """The control: no fault, no problem."""
    with RawServer([read, say(answer(202, b"{}"))]) as server:
        result = exchange(flavour, server.url, **way)
    assert (result.sent, result.status, result.problem, result.body) == (
        Sent.RESPONDED,
        202,
        None,
        b"{}",
    )
