"""A request as bytes: nothing in it can end it early, and its repr shows no credential."""

import h11
import pytest

from countermand._core.exchange import PreparedRequest
from countermand._http.failures import WireError
from countermand._http.request_bytes import serialize, split_url


def request(**changes: object) -> PreparedRequest:
    """A request with changes."""
    parts: dict[str, object] = {"method": "PUT", "url": "http://h/", "headers": (), "content": None}
    return PreparedRequest(**{**parts, **changes})  # type: ignore[arg-type]


def written(asked: PreparedRequest) -> bytes:
    """Its bytes."""
    origin, target = split_url(asked.url)
    return serialize(asked, origin, target)


@pytest.mark.parametrize(
    ("url", "host", "port", "authority", "target"),
    [
        ("http://shop.example", "shop.example", 80, "shop.example", "/"),
        ("HTTP://Shop.Example:80/a", "shop.example", 80, "shop.example", "/a"),
        ("https://shop.example:443/a?b=c#d", "shop.example", 443, "shop.example", "/a?b=c"),
        ("https://shop.example:80/", "shop.example", 80, "shop.example:80", "/"),
        ("http://shop.example?b=c", "shop.example", 80, "shop.example", "/?b=c"),
        ("http://[::1]:8080/a", "::1", 8080, "[::1]:8080", "/a"),
        ("http://[fe80::1]/", "fe80::1", 80, "[fe80::1]", "/"),
        ("http://user:secret@h/", "h", 80, "h", "/"),
        ("http://bücher.example/ä b?ö", "xn--bcher-kva.example", 80, "xn--bcher-kva.example", None),
        (
            "http://xn--bcher-kva.example/",
            "xn--bcher-kva.example",
            80,
            "xn--bcher-kva.example",
            "/",
        ),
        ("http://Maße.example", "xn--mae-6ka.example", 80, "xn--mae-6ka.example", "/"),
    ],
)
def test_a_url_is_taken_apart(
    url: str, host: str, port: int, authority: str, target: str | None
) -> None:
    """Host in ASCII and lower case, the port only where it is not the scheme's own."""
    origin, found = split_url(url)
    assert (origin.host, origin.port, origin.authority) == (host, port, authority)
    assert found == (target or "/%C3%A4%20b?%C3%B6")
    assert (origin.written_port is None) == (":8" not in authority.rpartition("]")[2])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/", "h/", "", "http://", "http:///a", "http://h:x/", "http://h:99999/", "http://[/",
        "http://" + "ä" * 300 + "/", "http://ä..b/", "http://h/" + "x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(url: str) -> None:
    """Nothing can be sent there."""
    with pytest.raises(WireError):
        split_url(url)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "PUT /x"},
        {"method": ""},
        {"method": "P\r\n"},
        {"method": "Ä"},
        {"url": "http://h/a b"},
        {"url": "http://h/a\nb"},
        {"url": "http://h/a\x00"},
        {"headers": (("a b", "c"),)},
        {"headers": (("", "c"),)},
        {"headers": (("a:", "c"),)},
        {"headers": (("a", "b\r\nc: d"),)},
        {"headers": (("a", "b\n"),)},
        {"headers": (("a", " b"),)},
        {"headers": (("a", "b\x00"),)},
        {"headers": (("a", "ä"),)},
    ],
)
def test_a_character_that_would_end_a_part_is_refused(changes: dict[str, object]) -> None:
    """Before the first byte; the message shows no value."""
    with pytest.raises(WireError, match="HTTP forbids"):
        written(request(**changes))


@pytest.mark.parametrize(
    ("method", "content", "length"),
    [
        ("PUT", None, "0"), ("POST", b"", "0"), ("PATCH", None, "0"), ("PUT", b"{}", "2"),
        ("GET", None, None), ("DELETE", None, None), ("DELETE", b"{}", "2"),
    ],
)  # fmt: skip
def test_h11_reads_what_is_written(method: str, content: bytes | None, length: str | None) -> None:
    """The other side of the library that reads the answers."""
    headers = (("X-Value", "a\tb  c"), ("Empty", ""), ("Host", "thief"), ("Content-Length", "7"))
    asked = request(method=method, url="http://h:81/a?b", headers=headers, content=content)
    server = h11.Connection(h11.SERVER)
    server.receive_data(written(asked))
    event = server.next_event()
    assert isinstance(event, h11.Request)
    assert (event.method.decode(), event.target) == (method, b"/a?b")
    found = {name.decode(): value.decode() for name, value in event.headers}
    expected = {"host": "h:81", "x-value": "a\tb  c", "empty": "", "connection": "close"}
    assert found == expected | ({} if length is None else {"content-length": length})
    if content:
        data = server.next_event()
        assert isinstance(data, h11.Data)
        assert data.data == content
    assert isinstance(server.next_event(), h11.EndOfMessage)


def test_the_bytes_of_a_request_do_not_show_themselves() -> None:
    """An error tracker that keeps local variables keeps their repr."""
    secret = "s-priv-0123456789"
    made = written(request(headers=(("Authorization", secret),)))
    assert secret not in repr(made)
    assert secret.encode() in made
