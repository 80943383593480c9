"""TLS without a socket: resumption, the end of a stream, and what a failed handshake proves."""

import asyncio
import contextlib
import gzip
import socket
import ssl
from typing import Any

import attrs
import pytest

from countermand import AsyncClient, Client, Sent, pace_pay
from countermand._core.exchange import PreparedRequest
from countermand._http.async_base import AsyncTransport
from countermand._http.tls import TlsLayer
from countermand._http.transport import TransportOptions
from tests.support.flavours import Flavour, exchange
from tests.support.rawserver import (
    NO_CONTENT,
    Action,
    Conversation,
    RawServer,
    Script,
    answer,
    close,
    hang,
    read,
    reset,
    say,
)
from tests.support.tls import AUTHORITY, server_context, trusting

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"


def take_leave(conversation: Conversation) -> None:
    """Say close_notify, as a server does that ends properly."""
    connection: Any = conversation.socket
    connection.settimeout(0.2)
    try:
        connection.unwrap()
    except OSError:
        close(conversation)


def body(text: bytes, *fields: str) -> bytes:
    """An answer whose body ends with the connection."""
    return "\r\n".join(["HTTP/1.1 200 X", *fields, "", ""]).encode() + text


@pytest.mark.parametrize(
    ("text", "ending", "complete"),
    [
        (b'{"a": 1}', close, True),
        (b"[1]", close, True),
        (b'{"a": 1', close, False),
        (b"12", close, False),
        (b"<html>", close, False),
        (b"", close, False),
        (b"[" * 100_000, close, False),
        (b"<html>", take_leave, True),
        (b'{"a": 1', take_leave, True),
        (b'{"a": 1}', take_leave, True),
    ],
)
def test_a_body_without_length_needs_an_end(
    flavour: Flavour, text: bytes, ending: Any, *, complete: bool
) -> None:
    """Without close_notify anybody can have cut it, unless its JSON is complete."""
    with RawServer([read, say(body(text)), ending], tls=server_context()) as server:
        result = exchange(flavour, server.url, verify=trusting())
    assert (result.status, result.body) == (200, text)
    assert (result.problem is None) == complete


def test_a_compressed_body_without_length_needs_its_own_end(flavour: Flavour) -> None:
    """The coding is looked at first."""
    text = gzip.compress(b'{"a": 1}')
    script = [read, say(body(text[:-4], "content-encoding: gzip")), close]
    with RawServer(script, tls=server_context()) as server:
        result = exchange(flavour, server.url, verify=trusting())
    assert result.problem == "the compressed body is cut"


@pytest.mark.parametrize(
    "script",
    [[close], [reset], [hang], [say(b"\x00" * 100)], [say(b"\x16\x03\x03\x00\x02"), close]],
    ids=["closed", "reset", "silent", "no-tls", "half-a-record"],
)
def test_a_failed_handshake_proves_that_nothing_was_sent(flavour: Flavour, script: Script) -> None:
    """Its bytes do not count."""
    with RawServer(script) as server:
        url = server.url.replace("http:", "https:")
        result = exchange(flavour, url, verify=trusting(), limit=0.3)
    assert result.sent is Sent.NOT_SENT


def test_a_broken_record_after_the_request_proves_nothing(flavour: Flavour) -> None:
    """The request may have been executed."""

    def garbage(conversation: Conversation) -> None:
        raw = socket.socket(fileno=conversation.socket.detach())
        raw.sendall(b"\x00" * 100)
        raw.close()

    with RawServer([read, garbage], tls=server_context()) as server:
        result = exchange(flavour, server.url, verify=trusting())
    assert result.sent is Sent.MAYBE_SENT


def say_and_break(plain: bytes) -> Action:
    """Serve TLS without a socket, to send an answer and raw garbage at once; then do nothing."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server_context().wrap_bio(incoming, outgoing, server_side=True)

    def act(conversation: Conversation) -> None:
        for step in (tls.do_handshake, tls.read):
            while True:
                try:
                    step()
                except ssl.SSLWantReadError:
                    conversation.socket.sendall(outgoing.read())
                    incoming.write(conversation.socket.recv(65536))
                else:
                    break
        tls.write(plain)
        conversation.socket.sendall(outgoing.read() + b"\x00" * 100)

    return act


@pytest.mark.parametrize("text", [b"{}", b"[" + b"1," * 10_000 + b"1]"], ids=["short", "records"])
def test_an_answer_survives_a_broken_record_behind_it(flavour: Flavour, text: bytes) -> None:
    """Though both come at once: what was decrypted before is read."""
    with RawServer([say_and_break(answer(200, text))]) as server:
        url = server.url.replace("http:", "https:")
        result = exchange(flavour, url, verify=trusting())
    assert (result.status, result.body, result.problem) == (200, text, None)


@pytest.mark.parametrize(
    ("part", "sent", "read_before"),
    [
        (b"", Sent.MAYBE_SENT, b""),
        (b"HTTP/1.1 200 X\r\n", Sent.MAYBE_SENT, b""),
        (answer(200, b'{"a": 1}')[:-1], Sent.RESPONDED, b'{"a": 1'),
        (body(b'{"a": 1}'), Sent.RESPONDED, b'{"a": 1}'),
    ],
    ids=["nothing", "half-a-head", "half-a-body", "without-length"],
)
def test_a_broken_record_ends_an_incomplete_answer(
    flavour: Flavour, part: bytes, sent: Sent, read_before: bytes
) -> None:
    """Once the bytes before it are read, and without a wait for more, which never come."""
    with RawServer([say_and_break(part), hang]) as server:
        url = server.url.replace("http:", "https:")
        result = exchange(flavour, url, verify=trusting())
    assert (result.sent, result.body) == (sent, read_before)
    assert "SSLError" in (result.problem or "")


def test_sessions_are_resumed(flavour: Flavour) -> None:
    """The second and third connection to a server cost no whole handshake."""
    context = server_context()
    settings: dict[str, Any] = {"verify": trusting(), "trust_env": False}

    async def thrice(account: pace_pay.Account) -> None:
        async with AsyncClient(account, **settings) as client:
            for key in ("order-1", "order-2", "order-3"):
                await client.cancel(pace_pay.Cancellation(UUID), key=key)

    with RawServer([read, say(NO_CONTENT)], tls=context) as server:
        account = pace_pay.Account("token-one", server.url)
        if flavour == "async":
            asyncio.run(thrice(account))
        else:
            with Client(account, **settings) as client:
                for key in ("order-1", "order-2", "order-3"):
                    client.cancel(pace_pay.Cancellation(UUID), key=key)
        assert (server.accepted, context.session_stats()["hits"]) == (3, 2)


def test_a_server_that_resumes_nothing_is_offered_nothing_for_ever(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking a session costs as much as it saves."""
    monkeypatch.setattr("countermand._http.tls.MAX_REFUSALS", 2)
    context = server_context()
    context.num_tickets = 0
    options = TransportOptions(verify=trusting(), trust_env=False)
    request = PreparedRequest(method="POST", url="", headers=())

    async def run(transport: AsyncTransport) -> None:
        for _ in range(3):
            await transport.send(request, 5.0, transport.progress())

    with RawServer([read, say(NO_CONTENT)], tls=context) as server:
        request = attrs.evolve(request, url=server.url)
        transport: Any
        if flavour == "async":
            transport = options.open_async(server.url)
            asyncio.run(run(transport))
        else:
            transport = options.open_blocking(server.url)
            for _ in range(3):
                transport.send(request, 5.0, transport.progress())
        assert (len(server.requests), context.session_stats()["hits"]) == (3, 0)
    assert [*transport._sessions._sessions.values()] == [None]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_name_the_host_and_the_protocol(
    flavour: Flavour, version: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SNI without the last dot, and ALPN http/1.1; a large request is several records."""
    named: list[Any] = []
    context = server_context("shop.example")
    context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    original = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *rest, **more: original("127.0.0.1", *rest, **more)
    )

    def protocol(conversation: Conversation) -> None:
        connection: Any = conversation.socket
        named.append(connection.selected_alpn_protocol())

    with RawServer([read, protocol, say(answer(200, b"{}"))], tls=context) as server:
        url = f"https://Shop.Example.:{server.port}/"
        result = exchange(flavour, url, verify=trusting(), content=b"x" * 100_000)
        assert (result.status, named) == (200, ["shop.example", "http/1.1"])
        assert server.requests[0].body == b"x" * 100_000


def test_no_authority_is_loaded_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes longer than everything else in a client."""
    monkeypatch.setattr(ssl, "create_default_context", None)
    Client(pace_pay.Account("token-one", "http://127.0.0.1:1"), trust_env=False).close()


def test_the_environment_names_a_folder_of_authorities(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """SSL_CERT_DIR, as with httpx; a folder is taken as `verify`, too."""
    loaded: list[Any] = []
    make = ssl.create_default_context

    def create(**options: Any) -> ssl.SSLContext:
        loaded.append(options)
        return make()

    monkeypatch.setattr(ssl, "create_default_context", create)
    account = pace_pay.Account("token-one", "https://gateway.example")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    Client(account).close()
    Client(account, verify=str(tmp_path)).close()
    assert loaded == [{"capath": str(tmp_path)}, {"capath": str(tmp_path)}]


@pytest.mark.parametrize("host", [".example", "."])
def test_a_name_that_tls_refuses_means_not_sent(flavour: Flavour, host: str) -> None:
    """Before anything is connected."""
    result = exchange(flavour, f"https://{host}/", verify=trusting())
    assert result.sent is Sent.NOT_SENT
    assert "no host name" in (result.problem or "")


def test_bytes_after_close_notify_are_not_read() -> None:
    """The stream has ended, whatever comes."""
    server_side, context = server_context(), trusting()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(incoming, outgoing, server_side=True)
    layer = TlsLayer(context, "127.0.0.1")
    for _ in range(3):
        incoming.write(layer.outgoing())
        with contextlib.suppress(ssl.SSLWantReadError):
            server.do_handshake()
        layer.decrypt(outgoing.read())
    server.write(b"last")
    with contextlib.suppress(ssl.SSLWantReadError):
        server.unwrap()
    assert layer.decrypt(outgoing.read()) == b"last"
    assert layer.has_ended
    assert layer.decrypt(b"anything") == b""
    assert AUTHORITY
