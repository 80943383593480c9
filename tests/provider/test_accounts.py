"""Accounts: where and as whom; what is wrong is refused, and no secret is ever shown."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest
from attrs import evolve, field, frozen

from countermand import Client, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.provider import require_https

SECRET: Final = "s-priv-do-not-show-me"
URL: Final = "https://pay.example/v1"
ACCOUNTS: Final[dict[str, Any]] = {
    "pay": pace_pay.Account(SECRET),
    "fueling": pace_fueling.Account(SECRET),
    "bento": bento.Account(SECRET, URL),
    "unzer": unzer.Account(SECRET),
    "vtex": vtex.Account(URL, SECRET, SECRET + "-token"),
}
AT_URL: Final[dict[str, Any]] = {
    "pay": lambda url: pace_pay.Account(SECRET, base_url=url),
    "fueling": lambda url: pace_fueling.Account(SECRET, base_url=url),
    "bento": lambda url: bento.Account(SECRET, url),
    "unzer": lambda url: unzer.Account(SECRET, base_url=url),
    "vtex": lambda url: vtex.Account(url, SECRET, SECRET),
}
AS: Final[dict[str, Any]] = {
    "pay": pace_pay.Account,
    "fueling": pace_fueling.Account,
    "bento": lambda secret: bento.Account(secret, URL),
    "unzer": unzer.Account,
    "vtex key": lambda secret: vtex.Account(URL, secret, SECRET),
    "vtex token": lambda secret: vtex.Account(URL, SECRET, secret),
}
each = pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
everywhere = pytest.mark.parametrize("make", AT_URL.values(), ids=AT_URL)
everyone = pytest.mark.parametrize("make", AS.values(), ids=AS)


def _evil(_user: object) -> str:
    return SECRET


@each
def test_no_text_about_an_account_shows_its_secret(account: Any) -> None:
    """repr, str, format, and those of whatever holds it."""
    with Client(account) as client:
        holders = [account, [account], {"account": account}, account.provider, client]
        texts = [repr(holder) for holder in [*holders, vars(client)]]
    texts += [str(account), f"{account}", f"{account!r}", "%s" % (account,), ascii(account)]  # noqa: UP031
    assert not [text for text in texts if SECRET in text]
    assert type(account).__name__ in repr(account)


@pytest.mark.parametrize("make", [AS["pay"], AS["fueling"], AS["bento"]])
def test_a_token_is_masked_by_itself(make: Any) -> None:
    """A traceback with local variables may show it without its account."""
    token = make(SECRET).token_source
    assert token == SECRET
    assert repr(token) == "[redacted]"


@each
def test_an_account_names_all_that_must_not_be_logged(account: Any) -> None:
    """Whatever stands in the credentials' headers is among the secrets."""
    secrets = account.secrets(SECRET)
    for _, value in account.auth_headers(SECRET):
        assert value.rpartition(" ")[2] in secrets


@each
def test_an_account_is_frozen_and_equal_to_its_like(account: Any) -> None:
    """A value: it can be a key of a dict and does not change under a client."""
    assert account == evolve(account)
    assert hash(account) == hash(evolve(account))
    with pytest.raises(AttributeError):
        account.base_url = "https://evil.example"


@pytest.mark.parametrize(
    ("account", "headers"),
    [
        ("pay", {"Authorization": "Bearer tok"}),
        ("fueling", {"Authorization": "Bearer tok"}),
        ("bento", {"Authorization": "Bearer tok"}),
        ("unzer", {"Authorization": "Basic cy1wcml2LWRvLW5vdC1zaG93LW1lOg=="}),
        ("vtex", {"X-VTEX-API-AppKey": SECRET, "X-VTEX-API-AppToken": SECRET + "-token"}),
    ],
)
def test_credentials_are_sent_as_the_source_says(account: str, headers: dict[str, str]) -> None:
    """Bearer, basic with an empty password, or two headers."""
    assert dict(ACCOUNTS[account].auth_headers("tok")) == headers


def test_vtex_s_other_header_names_are_used_where_the_manifest_says_so() -> None:
    """UsesProviderHeadersName switches between the two documented pairs."""
    account = vtex.Account(URL, SECRET, SECRET, provider_headers=True)
    names = [name for name, _ in account.auth_headers(None)]
    assert names == ["X-PROVIDER-API-AppKey", "X-PROVIDER-API-AppToken"]


UNSENDABLE: Final[list[Any]] = [
    "", " ", "a b", f"{SECRET}\n", f"{SECRET}\r\nX: y", f"{SECRET}\x00", f"{SECRET}ä", "\ud800",
    f"{SECRET}\x7f", None, 7, SECRET.encode(), [SECRET],
]  # fmt: skip


@everyone
def test_a_credential_that_no_header_can_carry_is_refused_unseen(make: Any) -> None:
    """The error names the field and never the value."""
    for secret in UNSENDABLE:
        with pytest.raises((TypeError, ValueError)) as refused:
            pytest.fail(f"{secret!r}: {make(secret)}")
        assert "do-not-show-me" not in str(refused.value)
        assert isinstance(refused.value, ValueError if isinstance(secret, str) else TypeError)


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://api.example/v1", True),
        ("HTTP://API.example", True),
        ("http://api.example.:80/v2", True),
        ("http://beta.example", True),
        ("https://api.example/v1", False),
        ("http://my.api.example", False),
        ("http://.api.example", False),
        ("http://localhost:8000", False),
    ],
)
def test_a_provider_s_own_hosts_are_asked_by_https_alone(url: str, *, refused: bool) -> None:
    """Whatever the path and the port."""

    @frozen
    class Example:
        base_url: str = field(
            validator=require_https(["https://api.example/v1", "https://beta.example/v1"])
        )

    if not refused:
        assert Example(url).base_url == url
        return
    host = "beta.example" if "beta" in url else "api.example"
    with pytest.raises(ValueError, match="base_url") as error:
        Example(url)
    assert str(error.value) == (
        f"base_url must begin with https:// at {host}: "
        "http:// would send the credentials in the clear"
    )


def test_unzer_s_key_has_no_colon_of_its_own() -> None:
    """`-u key:` is curl's notation; the colon would end the user name."""
    with pytest.raises(ValueError, match="colon") as refused:
        unzer.Account(SECRET + ":")
    assert str(refused.value) == (
        "private_key must have no colon; countermand adds the empty password"
    )


@pytest.mark.parametrize("make", [AS["pay"], AS["fueling"], AS["bento"]])
def test_a_token_may_be_a_function(make: Any) -> None:
    """It is kept, not called, and not shown."""
    account = make(_evil)
    assert account.token_source is _evil
    assert "evil" not in repr(account)


NO_PLAIN_URL: Final[list[Any]] = [
    None, 7, b"https://a.example", "", " ", "pay.example", "//pay.example/v1", "/v1",
    "ftp://pay.example", "file:///etc/passwd", "https://", "https:///v1", "https://:443/v1",
    "https://{host}/payments/v1", "https://u:hidden@pay.example", "https://hidden@pay.example",
    "https://@pay.example", "https://pay.example?a=hidden", "https://pay.example/v1?",
    "https://pay.example/v1#hidden", "https://pay.example#", "https://pay.example/a b",
    "https://pay.example/\n", "\thttps://pay.example", "https://päy.example",
    "https://pay.example/ä", "https://pay.example/../x", "https://pay.example/v1/..",
    "https://pay.example/./v1", "https://pay.example:99999", "https://pay.example:abc",
    "https://pay.example\\@evil.example", "https://[::1", "https://pay.example/v1\x00",
]  # fmt: skip


@everywhere
def test_what_is_no_plain_absolute_url_is_refused(make: Any) -> None:
    """Where a request would go elsewhere than it reads, none is sent; nothing hidden is shown."""
    for url in NO_PLAIN_URL:
        with pytest.raises((TypeError, ValueError)) as refused:
            pytest.fail(f"{url!r}: {make(url)}")
        assert "hidden" not in str(refused.value)


@everywhere
@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://pay.example/v1", "https://pay.example/v1"),
        ("https://pay.example/v1/", "https://pay.example/v1"),
        ("https://pay.example/v1//", "https://pay.example/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("HTTPS://Pay.Example:443/V1", "HTTPS://Pay.Example:443/V1"),
        ("https://pay.example/a%20b", "https://pay.example/a%20b"),
    ],
)
def test_a_server_url_is_taken_with_or_without_the_last_slash(
    make: Any, url: str, endpoint: str
) -> None:
    """The operation's path is appended to it."""
    suffix = "/payments/v1" if make is AT_URL["bento"] else ""
    assert make(url).endpoint == endpoint + suffix


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://b.example", "https://b.example/payments/v1"),
        ("https://b.example/", "https://b.example/payments/v1"),
        ("https://b.example/payments/v1", "https://b.example/payments/v1"),
        ("https://b.example/payments/v1/", "https://b.example/payments/v1"),
        ("https://b.example/gw/payments/v1", "https://b.example/gw/payments/v1"),
        ("https://b.example/payments/v10", "https://b.example/payments/v10/payments/v1"),
        ("https://b.example/mypayments/v1", "https://b.example/mypayments/v1/payments/v1"),
    ],
)
def test_bento_s_version_path_is_added_where_it_is_missing(url: str, endpoint: str) -> None:
    """The page prints the path as part of the operation and names no host."""
    assert bento.Account(SECRET, url).endpoint == endpoint


def test_production_is_the_default_where_there_is_one() -> None:
    """The specification's first server; Bento and VTEX have none that everybody shares."""
    assert pace_pay.Account(SECRET).endpoint == "https://api.pace.cloud/pay/2024-1"
    assert pace_fueling.Account(SECRET).endpoint == "https://api.pace.cloud/fueling/2024-4"
    assert unzer.Account(SECRET).endpoint == "https://api.unzer.com/v1"


def test_an_equal_account_stands_for_the_client_s_own() -> None:
    """Sessions and connections belong to an account of the client, never to a passing copy."""
    mine = bento.Account(SECRET, URL)
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    with Client(mine, bento.Account(SECRET, "https://b.example"), transport=transport) as client:
        assert client._accounts.select("bento", bento.Account(SECRET, URL)) is mine
