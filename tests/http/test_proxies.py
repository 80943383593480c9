"""Forward proxies: from an argument or from the environment, for plain HTTP and through CONNECT."""

import base64
import ssl
from collections.abc import Iterator

import pytest
import trustme

from countermand import Sent
from tests.support.flavours import Flavour, exchange
from tests.support.rawserver import (
    NO_CONTENT,
    RawServer,
    answer,
    close,
    hang,
    port_without_listener,
    read,
    reset,
    say,
)
from tests.support.tunnel import tunnel

AUTHORITY = trustme.CA()
ENVIRONMENT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's own proxy settings from the environment."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """A client's context that trusts the test's authority and no other."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@pytest.fixture
def secure() -> Iterator[RawServer]:
    """A TLS server that answers 204."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    with RawServer([read, say(NO_CONTENT)], tls=context) as server:
        yield server


@pytest.mark.parametrize(
    "script",
    [
        [read, say(answer(407))],
        [read, say(answer(502))],
        [read, say(answer(403, b"<html>no</html>"))],
        [read, close],
        [read, reset],
        [read, say(b"HTTP/1.1 20"), close],
        [close],
    ],
    ids=["407", "502", "403", "closed", "reset", "half-an-answer", "closed-unread"],
)
def test_a_proxy_that_opens_no_tunnel_means_not_sent(
    flavour: Flavour, script: list[object]
) -> None:
    """The header fields of CONNECT are not our request: the provider saw nothing."""
    with RawServer(script) as proxy:  # type: ignore[arg-type]
        result = exchange(flavour, "https://unzer.invalid/v1", proxy=proxy.url)
    assert result.sent is Sent.NOT_SENT
    assert [request.line for request in proxy.requests] in (
        [],
        ["CONNECT unzer.invalid:443 HTTP/1.1"],
    )


def test_a_proxy_that_hangs_before_the_tunnel_means_not_sent(flavour: Flavour) -> None:
    """The deadline holds there too."""
    with RawServer([read, hang]) as proxy:
        result = exchange(flavour, "https://unzer.invalid/v1", proxy=proxy.url, limit=0.2)
        assert proxy.left.acquire(timeout=5)
    assert result.sent is Sent.NOT_SENT


def test_a_refused_proxy_means_not_sent(flavour: Flavour) -> None:
    """The proxy's port has no listener."""
    dead = f"http://127.0.0.1:{port_without_listener()}"
    assert exchange(flavour, "https://unzer.invalid", proxy=dead).sent is Sent.NOT_SENT
    assert exchange(flavour, "http://unzer.invalid", proxy=dead).sent is Sent.NOT_SENT


def test_a_tunnel_carries_the_request(
    flavour: Flavour, secure: RawServer, trusting: ssl.SSLContext
) -> None:
    """TLS goes through to the provider; the proxy sees only its address."""
    with RawServer([tunnel(secure.port)]) as proxy:
        result = exchange(flavour, f"{secure.url}/x", proxy=proxy.url, verify=trusting)
    assert (result.status, len(secure.requests)) == (204, 1)
    assert [request.line for request in proxy.requests] == [
        f"CONNECT 127.0.0.1:{secure.port} HTTP/1.1"
    ]


def test_a_tunnel_that_breaks_after_the_request_may_have_sent_it(
    flavour: Flavour, trusting: ssl.SSLContext
) -> None:
    """After the first byte inside the tunnel the request may have arrived."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    with (
        RawServer([read, reset], tls=context) as provider,
        RawServer([tunnel(provider.port)]) as proxy,
    ):
        result = exchange(flavour, provider.url, proxy=proxy.url, verify=trusting)
    assert result.sent is Sent.MAYBE_SENT


def test_a_certificate_that_is_not_trusted_means_not_sent(
    flavour: Flavour, secure: RawServer
) -> None:
    """Inside a tunnel too: the handshake fails before there is a request."""
    with RawServer([tunnel(secure.port)]) as proxy:
        result = exchange(flavour, secure.url, proxy=proxy.url)
    assert (result.sent, secure.requests) == (Sent.NOT_SENT, [])


def test_a_plain_request_goes_to_the_proxy_whole(flavour: Flavour) -> None:
    """For http:// the proxy gets the absolute target, and its answer is the answer."""
    with RawServer([read, say(answer(502))]) as proxy:
        result = exchange(flavour, "http://unzer.invalid/v1/x", proxy=proxy.url)
    assert (result.sent, result.status) == (Sent.RESPONDED, 502)
    assert proxy.requests[0].target == "http://unzer.invalid/v1/x"


def test_the_proxys_credentials_go_to_the_proxy_alone(
    flavour: Flavour, secure: RawServer, trusting: ssl.SSLContext
) -> None:
    """A proxy's name and password are sent with CONNECT and not with the request."""
    with RawServer([tunnel(secure.port)]) as proxy:
        address = proxy.url.replace("//", "//name:pass-word@")
        exchange(flavour, secure.url, proxy=address, verify=trusting)
    expected = base64.b64encode(b"name:pass-word").decode()
    assert proxy.requests[0].fields["proxy-authorization"] == f"Basic {expected}"
    assert "proxy-authorization" not in secure.requests[0].fields


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_environment_names_the_proxy(
    flavour: Flavour, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with httpx: unless `trust_env` is False."""
    with RawServer([read, say(NO_CONTENT)]) as proxy, RawServer([read, say(NO_CONTENT)]) as direct:
        monkeypatch.setenv(variable, proxy.url)
        exchange(flavour, f"{direct.url}/a", trust_env=True)
        exchange(flavour, f"{direct.url}/b", trust_env=False)
    assert [request.target for request in proxy.requests] == [f"{direct.url}/a"]
    assert [request.target for request in direct.requests] == ["/b"]


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_the_environment_may_leave_out_the_proxys_scheme(
    flavour: Flavour, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`host:port` means http://host:port."""
    with RawServer([read, say(NO_CONTENT)]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"{scheme}127.0.0.1:{proxy.port}")
        assert exchange(flavour, "http://unzer.invalid/a", trust_env=True).status == 204


@pytest.mark.parametrize(
    ("exception", "direct"),
    [
        ("127.0.0.1", 1),
        ("*", 1),
        ("other.example,127.0.0.1", 1),
        ("other.example", 0),
        ("", 0),
    ],
)
def test_no_proxy_names_the_exceptions(
    flavour: Flavour, exception: str, direct: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with httpx."""
    with RawServer([read, say(NO_CONTENT)]) as proxy, RawServer([read, say(NO_CONTENT)]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", exception)
        exchange(flavour, f"{server.url}/a", trust_env=True)
    assert (len(server.requests), len(proxy.requests)) == (direct, 1 - direct)


def test_no_proxy_knows_ipv6_addresses(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_PROXY=::1` means http://[::1]:port, as with httpx."""
    with RawServer([read, say(NO_CONTENT)]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "::1")
        exchange(flavour, f"http://[::1]:{port_without_listener()}/a", trust_env=True)
    assert proxy.requests == []


def test_the_environments_https_proxy_is_for_https_alone(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheme of the provider's address selects the proxy."""
    with RawServer([read, say(answer(407))]) as proxy, RawServer([read, say(NO_CONTENT)]) as server:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert exchange(flavour, server.url, trust_env=True).status == 204
        result = exchange(flavour, "https://unzer.invalid", trust_env=True)
    assert result.sent is Sent.NOT_SENT
    assert len(proxy.requests) == 1
