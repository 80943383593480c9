"""What an account says of what it refuses, and what it lets others know of its credentials."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand import bento, pace_pay, unzer, vtex
from countermand.provider._accounts import credential_fingerprint, is_header_safe

SECRET: Final = "s-priv-do-not-show-me"
PLAIN: Final = "base_url must be a plain absolute URL without variables or spaces"
BEGINS: Final = "base_url must begin with https:// (or http://) and name a host"
EXTRAS: Final = "base_url must have no user info, query or fragment"
DOTS: Final = "base_url must have no dot segments"
PUBLIC: Final = (
    "private_key is a public key (s-pub- or p-pub-), which cannot cancel; "
    "pass the private key, s-priv-... or p-priv-..."
)


@pytest.mark.parametrize(
    ("url", "kind", "message"),
    [
        (7, TypeError, "base_url must be a str, not int"),
        (None, TypeError, "base_url must be a str, not NoneType"),
        ("", ValueError, PLAIN),
        ("https://a.example/a b", ValueError, PLAIN),
        ("https://a.example/\x7f", ValueError, PLAIN),
        *((f"https://a.example/{character}", ValueError, PLAIN) for character in '{}<>"\\^`|'),
        ("ftp://a.example", ValueError, BEGINS),
        ("https:///v1", ValueError, BEGINS),
        ("a.example", ValueError, BEGINS),
        ("https://a.example/?", ValueError, EXTRAS),
        ("https://a.example/#", ValueError, EXTRAS),
        ("https://u@a.example/", ValueError, EXTRAS),
        ("https://a.example/.", ValueError, DOTS),
        ("https://a.example/../v1", ValueError, DOTS),
    ],
)
def test_an_invalid_server_url_has_a_reason(url: Any, kind: type[Exception], message: str) -> None:
    """In one sentence, without the URL: it may hold a secret."""
    with pytest.raises(kind) as refused:
        pace_pay.Account(SECRET, base_url=url)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "url", ["https://a.example/X~!*'();@$&+,=[]%", "http://a.example/a..b/..."]
)
def test_a_path_may_have_every_other_character(url: str) -> None:
    """Only whole segments of dots climb."""
    assert pace_pay.Account(SECRET, base_url=url).endpoint == url


@pytest.mark.parametrize(
    ("credential", "kind", "message"),
    [
        (7, TypeError, "private_key must be a str, not int"),
        ("", ValueError, "private_key must be visible ASCII characters, and at least one"),
        ("a b", ValueError, "private_key must be visible ASCII characters, and at least one"),
        ("s-pub-1", ValueError, PUBLIC),
    ],
)
def test_an_invalid_credential_has_a_reason(
    credential: Any, kind: type[Exception], message: str
) -> None:
    """By its name and its type, never by its value."""
    with pytest.raises(kind) as refused:
        unzer.Account(credential)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("value", "can"), [("!", True), ("~", True), (" ", False), ("\x7f", False), ("", False)]
)
def test_a_header_carries_visible_ascii(value: str, *, can: bool) -> None:
    """From the exclamation mark to the tilde."""
    assert is_header_safe(value) is can


def test_a_merchant_s_fingerprint_never_changes() -> None:
    """Pinned: ledgers hold it, and with another one an old key would be another merchant's."""
    assert credential_fingerprint("s-priv-1") == PINNED
    assert unzer.Account("s-priv-1").principal == PINNED
    assert vtex.Account("https://a.example", "s-priv-1", SECRET).principal == PINNED
    assert pace_pay.Account(SECRET).principal == ""


PINNED: Final = "c83c74187505c41c"


def test_the_secrets_of_a_call_are_those_that_it_shows() -> None:
    """A call without a token has none; fixed credentials are secret as they go over the wire."""
    assert bento.Account(SECRET, "https://a.example").secrets(None) == ()
    assert bento.Account(SECRET, "https://a.example").secrets("tok") == ("tok",)
    assert unzer.Account("s-priv-1").secrets("tok") == ("s-priv-1", "cy1wcml2LTE6")
    assert vtex.Account("https://a.example", "k", "t").secrets("tok") == ("k", "t")


def test_credentials_go_into_the_headers_that_the_source_names() -> None:
    """A bearer token is the one that the call was given."""
    account = bento.Account(SECRET, "https://a.example")
    assert account.auth_headers("tok") == (("Authorization", "Bearer tok"),)
    assert unzer.Account("s-priv-1").auth_headers("tok") == (
        ("Authorization", "Basic cy1wcml2LTE6"),
    )
    for named, prefix in ((True, "X-PROVIDER-API"), (False, "X-VTEX-API")):
        provider = vtex.Account("https://a.example", "k", "t", provider_headers=named)
        pair = ((f"{prefix}-AppKey", "k"), (f"{prefix}-AppToken", "t"))
        assert provider.auth_headers("tok") == pair
