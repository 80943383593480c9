"""Every fault has its documented effect on the network, and the provider's count agrees."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import zlib
from typing import TYPE_CHECKING

import httpx
import pytest

from countermand.sandbox import FaultProxy, UnzerPayment, faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countermand.sandbox import Sandbox

LONG_TIMEOUT = 10.0
READ_TIMEOUT = 1.0
"""Where the client is to give up; elsewhere a busy machine may take its time."""


class Caller:
    """Cancels 1.00 of one payment again and again, through the proxy."""

    def __init__(self, sandbox: Sandbox, proxy: FaultProxy) -> None:
        self.sandbox = sandbox
        self.proxy = proxy
        self.payment: UnzerPayment = sandbox.create_payment("unzer")
        self.http = httpx.Client(
            base_url=proxy.base_url("unzer"),
            auth=(UNZER_PRIVATE_KEY, ""),
            timeout=LONG_TIMEOUT,
            trust_env=False,
        )

    def cancel(self) -> httpx.Response:
        """Send one cancel."""
        path = f"payments/{self.payment.payment_id}/authorize/cancels"
        return self.http.post(path, json={"amount": "1.00"})

    @property
    def executed(self) -> int:
        """How many cancels the provider has executed."""
        return len(self.sandbox.executions("unzer", self.payment))


@pytest.fixture
def caller(sandbox: Sandbox, proxy: FaultProxy) -> Iterator[Caller]:
    """A client with a connection pool, as applications have."""
    made = Caller(sandbox, proxy)
    with made.http:
        yield made


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens elsewhere."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_an_empty_script_passes_everything_on_one_connection(caller: Caller) -> None:
    """What arrives is kept, in order, with credentials masked; the answer is the provider's own."""
    answers = [caller.cancel() for _ in range(3)]
    assert [answer.json()["id"] for answer in answers] == ["s-cnl-1", "s-cnl-2", "s-cnl-3"]
    records = caller.proxy.requests
    assert [record.sequence for record in records] == [1, 2, 3]
    assert {record.fault for record in records} == {faults.PASS}
    assert records[0].forwarded
    assert records[0].answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert records[0].answer.endswith(answers[0].content)
    assert (records[0].method, records[0].body) == ("POST", b'{"amount":"1.00"}')
    assert ("authorization", "Basic ***") in records[0].headers
    assert records[0].target.endswith("/authorize/cancels")


@pytest.mark.parametrize(
    ("fault", "error", "executed"),
    [
        (faults.RESET_BEFORE, httpx.ReadError, 0),
        (faults.RESET_AFTER, httpx.ReadError, 1),
        (faults.CLOSE_BEFORE, httpx.RemoteProtocolError, 0),
        (faults.CLOSE_AFTER, httpx.RemoteProtocolError, 1),
        (faults.SILENCE_BEFORE, httpx.ReadTimeout, 0),
        (faults.SILENCE_AFTER, httpx.ReadTimeout, 1),
        (faults.Late(), httpx.ReadTimeout, 0),
        (faults.TruncateHead(0), httpx.RemoteProtocolError, 1),
        (faults.TruncateHead(20), httpx.RemoteProtocolError, 1),
        (faults.TruncateBody(0), httpx.RemoteProtocolError, 1),
        (faults.TruncateBody(10), httpx.RemoteProtocolError, 1),
        (faults.Raw(b"HTTP/1.1 2"), httpx.RemoteProtocolError, 0),
        (faults.Raw(b"\x00garbage\r\n\r\n", executed=True), httpx.RemoteProtocolError, 1),
        (faults.broken_gzip(), httpx.DecodingError, 1),
    ],
)
def test_an_answer_can_be_lost_before_or_after_the_execution(
    caller: Caller, fault: faults.Fault, error: type[Exception], executed: int
) -> None:
    """Only the provider's count differs, not what the client sees. Later requests pass."""
    caller.proxy.script(fault)
    caller.http.timeout = READ_TIMEOUT if error is httpx.ReadTimeout else LONG_TIMEOUT
    with pytest.raises(error):
        caller.cancel()
    caller.http.timeout = LONG_TIMEOUT
    assert caller.executed == executed
    assert [(item.fault, item.forwarded) for item in caller.proxy.requests] == [
        (fault, executed == 1)
    ]
    assert caller.cancel().status_code == 200
    assert caller.executed == executed + 1


def test_a_shorthand_is_an_answer() -> None:
    """What it says beside its status is in the name."""
    moved = faults.redirect(307, "/elsewhere", executed=True)
    assert moved == faults.Answer(307, b"", (("location", "/elsewhere"),), executed=True)
    broken = faults.broken_gzip()
    assert (broken.status, dict(broken.headers)["content-encoding"]) == (200, "gzip")
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(broken.body)


def test_a_script_is_followed_in_order_and_then_used_up(caller: Caller) -> None:
    """One fault for one request; a new script replaces the rest of the old one."""
    caller.proxy.script(faults.error_page(502), faults.PASS, faults.error_page(503))
    assert [caller.cancel().status_code for _ in range(2)] == [502, 200]
    caller.proxy.script(faults.error_page(504))
    assert [caller.cancel().status_code for _ in range(2)] == [504, 200]


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (faults.error_page(520), 520, ("content-type", "text/html")),
        (faults.busy(429, "1"), 429, ("retry-after", "1")),
        (faults.busy(503), 503, ("content-length", "0")),
        (faults.redirect(307, "http://elsewhere.example/"), 307, ("location",)),
        (faults.Answer(204), 204, ()),
        (faults.Answer(200, b"[]", (("Content-Length", "2"),)), 200, ("content-length", "2")),
        (faults.Answer(200, b"0\r\n\r\n", (("transfer-encoding", "chunked"),)), 200, ()),
    ],
)
@pytest.mark.parametrize("executed", [False, True])
def test_the_proxy_can_answer_itself_before_or_after_the_execution(
    caller: Caller, fault: faults.Answer, status: int, header: tuple[str, ...], *, executed: bool
) -> None:
    """Error pages, load refusals, redirects and empty answers, on a connection that stays."""
    fault = faults.Answer(fault.status, fault.body, fault.headers, executed=executed)
    caller.proxy.script(fault)
    answer = caller.cancel()
    assert answer.status_code == status
    assert not header or header[0] in answer.headers
    assert len(header) < 2 or answer.headers[header[0]] == header[1]
    assert caller.executed == executed
    assert caller.cancel().status_code == 200


def test_parts_of_the_real_answer_can_be_replaced(caller: Caller) -> None:
    """Status, single header fields, and the body with its length; the rest stays."""
    caller.proxy.script(
        faults.Rewrite(status=299),
        faults.Rewrite(headers=(("Content-Type", "text/plain"), ("server", ""))),
        faults.Rewrite(body=b"[]"),
    )
    status, header, body = (caller.cancel() for _ in range(3))
    assert (status.status_code, status.json()["isSuccess"]) == (299, True)
    assert (header.headers["content-type"], "server" in header.headers) == ("text/plain", False)
    assert (body.content, body.headers["content-length"]) == (b"[]", "2")
    assert caller.executed == 3


def test_a_request_can_reach_the_provider_twice(caller: Caller) -> None:
    """The client sends once and gets the second answer."""
    caller.proxy.script(faults.TWICE)
    assert caller.cancel().json()["id"] == "s-cnl-2"
    assert caller.executed == 2
    assert len(caller.proxy.requests) == 1


@pytest.mark.parametrize(
    "drip",
    [
        faults.Drip(part="head", interval=0.03, size=3),
        faults.Drip(part="body", interval=0.03, size=10),
    ],
    ids=["head", "body"],
)
def test_an_answer_can_drip_longer_than_any_read_timeout(caller: Caller, drip: faults.Drip) -> None:
    """Each piece comes within the client's read timeout; the whole does not."""
    caller.proxy.script(drip)
    caller.http.timeout = READ_TIMEOUT
    started = time.monotonic()
    assert caller.cancel().status_code == 200
    assert time.monotonic() - started > READ_TIMEOUT
    assert caller.cancel().status_code == 200


def test_a_drip_ends_when_the_client_leaves(caller: Caller) -> None:
    """The proxy stops sending into a closed connection."""
    caller.proxy.script(faults.Drip(part="body", interval=0.02, size=8))
    with caller.http.stream("GET", f"payments/{caller.payment.payment_id}") as answer:
        assert answer.status_code == 200
    until(lambda: not caller.proxy._server._connections)
    assert caller.cancel().status_code == 200


def test_a_refused_connection_uses_up_no_other_fault(caller: Caller) -> None:
    """Idle connections are closed as well, so that a pool cannot reuse them."""
    caller.cancel()
    caller.proxy.script(faults.Refuse(), faults.error_page(503))
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            caller.cancel()
    caller.proxy.accept_again()
    caller.proxy.accept_again()
    assert [caller.cancel().status_code for _ in range(2)] == [503, 200]
    assert len(caller.proxy.requests) == 3


def test_refusing_can_begin_after_a_request_and_end_by_itself(caller: Caller) -> None:
    """The fault after that of a request takes effect before its answer has arrived."""
    caller.proxy.script(faults.PASS, faults.Refuse(1.0), faults.Refuse(1.0), faults.CLOSE_AFTER)
    assert caller.cancel().status_code == 200
    with pytest.raises(httpx.ConnectError):
        caller.cancel()
    until(lambda: _accepts(caller.proxy))
    with pytest.raises(httpx.RemoteProtocolError):
        caller.cancel()
    assert caller.executed == 2


def _accepts(proxy: FaultProxy) -> bool:
    url = httpx.URL(proxy.url)
    try:
        socket.create_connection((url.host, url.port or 0)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_connection_can_be_dropped_on_accept_and_on_reuse(caller: Caller) -> None:
    """The reused one is the dead keep-alive connection that pools meet."""
    lost = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
    caller.proxy.script(faults.CLOSE_UNREAD, faults.PASS, faults.CLOSE_UNREAD)
    with pytest.raises(lost):
        caller.cancel()
    assert caller.cancel().status_code == 200
    with pytest.raises(lost):
        caller.cancel()
    assert caller.executed == 1
    assert [item.method for item in caller.proxy.requests] == ["", "POST", ""]


def test_an_idle_connection_can_be_closed_after_a_whole_answer(caller: Caller) -> None:
    """The answer promises keep-alive; the next request needs a new connection."""
    caller.proxy.script(faults.CLOSE_IDLE)
    assert caller.cancel().headers.get("connection", "") != "close"
    assert caller.cancel().status_code == 200


def test_a_connection_ends_with_the_answer_where_the_client_asks_for_it(proxy: FaultProxy) -> None:
    """A client that waits for the end does not wait in vain."""
    url = httpx.URL(proxy.url)
    with socket.create_connection((url.host, url.port or 0)) as connection:
        connection.settimeout(LONG_TIMEOUT)
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        received = b""
        while piece := connection.recv(4096):
            received += piece
    assert received.startswith(b"HTTP/1.1 404 ")


def test_a_late_request_is_delivered_on_command(caller: Caller) -> None:
    """The client has given up and the provider has not heard; then the request arrives."""
    caller.proxy.script(faults.Late(), faults.Late())
    caller.http.timeout = READ_TIMEOUT
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            caller.cancel()
    assert caller.executed == 0
    assert caller.proxy.deliver_late() == 2
    assert caller.executed == 2
    assert all(item.forwarded for item in caller.proxy.requests)
    assert caller.proxy.deliver_late() == 0


def test_a_late_request_is_delivered_after_its_time(caller: Caller) -> None:
    """Without a command."""
    caller.proxy.script(faults.Late(READ_TIMEOUT + 0.1))
    caller.http.timeout = READ_TIMEOUT
    with pytest.raises(httpx.ReadTimeout):
        caller.cancel()
    assert not caller.proxy.requests[0].forwarded
    until(lambda: caller.proxy.requests[0].forwarded)
    assert caller.executed == 1


def test_a_tls_client_is_dropped_at_once(proxy: FaultProxy) -> None:
    """A handshake fails as fast as at any plain HTTP server."""
    with pytest.raises(httpx.ConnectError):
        httpx.get(proxy.url.replace("http:", "https:"), timeout=5.0, trust_env=False)
    assert proxy.requests == ()


@pytest.mark.parametrize(
    "data", [b"GET\r\n\r\n", b"A" * 70000, b"G", b"GET / HTTP/1.1\r\nx\r\n\r\n"]
)
def test_what_is_not_http_is_dropped(proxy: FaultProxy, data: bytes) -> None:
    """No request, no record, no crash."""
    url = httpx.URL(proxy.url)
    with socket.create_connection((url.host, url.port or 0)) as connection:
        connection.settimeout(5)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""
    assert proxy.requests == ()


def test_an_upstream_that_is_gone_resets_the_client() -> None:
    """The client gets a reset, and late deliveries are dropped."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with FaultProxy(f"http://127.0.0.1:{reserved.getsockname()[1]}") as proxy:
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                httpx.get(proxy.url, trust_env=False)
            proxy.script(faults.Late(0.01))
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(proxy.url, timeout=0.1, trust_env=False)
            assert [item.forwarded for item in proxy.requests] == [False, False]


def test_a_proxy_stops_with_connections_open_and_requests_held(
    sandbox: Sandbox,
) -> None:
    """In silence, in a drip, idle, or refusing: nothing is left behind, and its methods say so."""
    script = (faults.PASS, faults.Late(60), faults.Drip(part="body", interval=60), faults.Refuse())
    failures: list[Exception] = []

    def call(url: str) -> None:
        try:
            httpx.get(f"{url}/unzer/v1/payments/x", timeout=30, trust_env=False)
        except httpx.HTTPError as error:
            failures.append(error)

    with FaultProxy(sandbox.url) as proxy, httpx.Client(trust_env=False) as idle:
        proxy.script(*script)
        idle.get(proxy.url)
        callers = [threading.Thread(target=call, args=(proxy.url,)) for _ in range(2)]
        for thread in callers:
            thread.start()
        until(lambda: len(proxy.requests) == 3)
        until(lambda: not _accepts(proxy))
    for thread in callers:
        thread.join(5)
    assert len(failures) == 2
    assert "fault-proxy" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="use it inside its with block"):
        proxy.accept_again()


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "http://127.0.0.1", "http://:80", "x"])
def test_an_upstream_is_a_plain_http_origin_with_a_port(url: str) -> None:
    """Anything else is refused at once."""
    with pytest.raises(ValueError, match="upstream_url must be http://host:port"):
        FaultProxy(url)
