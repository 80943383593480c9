"""Identifiers with characters of every kind arrive as one path segment, unchanged."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from countermand import FULL, CountermandError, InvalidCancellation, bento, unzer, vtex
from tests.support.flavours import Flavour, cancel
from tests.support.rawserver import RawServer, answer, read, say

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

HOSTILE = (
    "a/b",
    "/",
    "//host.invalid/x",
    "../../admin",
    "...",
    "x?y=1",
    "#",
    "\u00e4",
    "\U0001f600",
    "e\u0301",
    "%2e",
    "%2e%2e",
    "%",
    "%zz",
    "a b",
    " ",
    "+",
    "\\",
    ";v=1",
    "a:b@c",
    "{id}",
    "'\"<>|^`[]",
    "~",
    "\u200b",
    "\u2028",
    "x" * 2000,
)

PLACES: dict[str, tuple[Callable[[str], Any], Callable[[str], Any], int, int]] = {
    "bento-order": (
        lambda url: bento.Account("token-one", url, read=False),
        lambda value: bento.Cancellation(value, "tx", refund_amount=FULL),
        4,
        8,
    ),
    "bento-transaction": (
        lambda url: bento.Account("token-one", url, read=False),
        lambda value: bento.Cancellation("or", value, refund_amount=FULL),
        6,
        8,
    ),
    "unzer-payment": (
        lambda url: unzer.Account("s-priv-example", url),
        lambda value: unzer.Cancellation(value, amount=FULL),
        2,
        5,
    ),
    "unzer-authorization": (
        lambda url: unzer.Account("s-priv-example", url),
        lambda value: unzer.Cancellation("p", value, amount=FULL),
        4,
        6,
    ),
    "vtex-payment": (
        lambda url: vtex.Account(url, "app-key", "app-token"),
        vtex.Cancellation,
        2,
        4,
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_id_arrives_as_one_segment_and_decodes_to_itself(place: str) -> None:
    """No id adds a segment, a query or a fragment, and none is normalised away."""
    account, cancellation, position, segments = PLACES[place]
    with RawServer([read, say(answer(405))]) as server:
        for value in HOSTILE:
            cancel("sync", account(server.url), cancellation(value))
    assert len(server.requests) == len(HOSTILE)
    for request, value in zip(server.requests, HOSTILE, strict=True):
        assert request.target.isascii()
        assert not set(request.target) & set("?#\\ ")
        parts = request.target.split("/")
        assert len(parts) == segments
        assert unquote(parts[position], errors="strict") == value


def test_both_clients_write_an_id_alike(flavour: Flavour) -> None:
    """The asynchronous client encodes no other way."""
    with RawServer([read, say(answer(405))]) as server:
        account = unzer.Account("s-priv-example", server.url)
        cancel(flavour, account, unzer.Cancellation("a/b?\u00e4%2e", amount=FULL))
    assert server.requests[0].target == "/payments/a%2Fb%3F%C3%A4%252e/authorize/cancels"


def test_an_id_too_long_for_any_url_ends_in_a_typed_error(flavour: Flavour) -> None:
    """The error is typed, and nothing is sent."""
    with RawServer([read, say(answer(405))]) as server:
        account = unzer.Account("s-priv-example", server.url)
        known = cancel(flavour, account, unzer.Cancellation("x" * 70_000, amount=FULL))
        assert isinstance(known, CountermandError)
        assert server.requests == []


@pytest.mark.parametrize("place", PLACES)
def test_an_id_that_cannot_arrive_is_refused_before_anything_is_sent(place: str) -> None:
    """Empty, a dot segment, a control character, half a surrogate pair."""
    for value in ("", ".", "..", "a\x00", "a\n", "\x7f", "\ud800", "\x85"):
        with pytest.raises(InvalidCancellation):
            pytest.fail(f"{value!r}: {PLACES[place][1](value)}")
