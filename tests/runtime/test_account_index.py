"""The accounts of a client are looked at once, when it is made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest

from countermand import Client, InvalidCancellation, pace_pay, unzer
from countermand._core.request import printed_url
from countermand._runtime.accounts import (
    AccountIndex,
    destination_of,
    trusts_environment,
)
from countermand._urls import normalized_url
from tests.support.claims import CANCEL

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}


def accounts(number: int) -> list[unzer.Account]:
    """So many merchants of one server."""
    return [
        unzer.Account(f"s-priv-{each:04d}", "http://unzer.invalid/v1") for each in range(number)
    ]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The accounts whose address or merchant was read, by key."""
    seen: list[str] = []
    for name in ("endpoint", "principal"):
        getter = getattr(unzer.Account, name).fget

        def read(self: Any, getter: Any = getter) -> Any:
            seen.append(self.private_key)
            return getter(self)

        monkeypatch.setattr(unzer.Account, name, property(read))
    return seen


def test_a_cancel_reads_its_own_account_alone(reads: list[str]) -> None:
    """The work for one cancel is the same with 1 and with 300 accounts."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=ANSWER))
    counts = []
    for number in (1, 300):
        every = accounts(number)
        with Client(*every, transport=transport) as client:
            reads.clear()
            client.cancel(CANCEL, key="order-1", account=every[-1])
            assert set(reads) == {every[-1].private_key}
            counts.append(len(reads))
    assert counts[0] == counts[1]


def test_an_equal_account_stands_for_the_client_s_own() -> None:
    """Tokens and connections are kept for one object."""
    every = accounts(3)
    index = AccountIndex(every)
    copy = attrs.evolve(every[1])
    assert copy is not every[1]
    assert index.select("unzer", copy) is every[1]


def test_of_two_equal_accounts_the_chosen_one_is_used() -> None:
    """Both are the client's own."""
    first, second = attrs.evolve(accounts(1)[0]), attrs.evolve(accounts(1)[0])
    index = AccountIndex([first, second])
    assert index.select("unzer", second) is second
    assert index.select("unzer", first) is first


def test_an_account_of_another_api_is_no_choice() -> None:
    """It is one of the client's, but not for this call."""
    index = AccountIndex([accounts(1)[0], pace_pay.Account("token", "http://pace.invalid")])
    with pytest.raises(InvalidCancellation, match="not one of this client's accounts for pace_pay"):
        index.select("pace_pay", index.all[0])
    with pytest.raises(InvalidCancellation, match="not one of this client's accounts for bento"):
        index.select("bento", index.all[0])


def test_a_destination_is_the_server_and_the_merchant() -> None:
    """PACE's accounts have no merchant, so nothing follows the server."""
    merchant = accounts(1)[0]
    assert destination_of(merchant) == f"http://unzer.invalid/v1 {merchant.principal}"
    assert destination_of(pace_pay.Account("token", "http://pace.invalid")) == "http://pace.invalid"


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://UNZER.invalid/v1", True),
        ("http://unzer.invalid:80/v1", True),
        ("http://unzer.invalid./v1", True),
        ("http://unzer.invalid:8080/v1", False),
        ("https://unzer.invalid/v1", False),
        ("http://unzer.invalid/V1", False),
    ],
)
def test_two_spellings_of_a_server_are_one_destination(url: str, *, same: bool) -> None:
    """So their cancels of one payment lock each other, and a key is found again."""
    known = accounts(1)[0]
    other = attrs.evolve(known, base_url=url)
    assert (destination_of(other) == destination_of(known)) is same


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://" + "a" * 70 + ".example", "http://" + "a" * 70 + ".example"),
    ],
)
def test_a_destination_keeps_what_is_no_other_spelling(url: str, shown: str) -> None:
    """An address of IPv6 with its brackets, and a name of any length."""
    assert destination_of(pace_pay.Account("token", url)) == shown


@pytest.mark.parametrize(
    ("endpoint", "path", "shown"),
    [
        ("https://a.example/v1", "/payments/1", "https://a.example/v1/payments/1"),
        ("https://a.example:8443", "/x", "https://a.example:8443/x"),
        ("https://user:p@ss@a.example/v1", "/x", "https://a.example/v1/x"),
        ("https://a.example/v1?key=hush&q=?", "/x", "https://a.example/v1"),
        ("https://a.example", "/to/@b/c", "https://a.example/to/@b/c"),
        ("https://user:pw@a.example", "/to/http://b/c", "https://a.example/to/http://b/c"),
        ("https://a.example", "/" + "x" * 282, "https://a.example/" + "x" * 282),
        ("https://a.example", "/" + "x" * 283, "https://a.example/" + "x" * 282 + "..."),
    ],
    ids=lambda text: text[:40],
)
def test_a_url_is_shown_without_what_may_be_secret(endpoint: str, path: str, shown: str) -> None:
    """And not endlessly: an id may have any length."""
    assert printed_url(endpoint, path) == shown


def test_an_account_may_refuse_the_environment_s_proxies() -> None:
    """A third party's account without the attribute takes them."""
    for trusts in (True, False):
        account: Any = SimpleNamespace(trust_env=trusts)
        assert trusts_environment(account) is trusts
    assert trusts_environment(accounts(1)[0])


def test_what_is_no_account_is_named() -> None:
    """By its type, with the right form."""
    form = r"^not an account: str; pass accounts one by one, such as Client\(unzer\.Account\("
    with pytest.raises(TypeError, match=form):
        AccountIndex(["s-priv-1"])  # type: ignore[list-item]


def test_a_choice_is_needed_and_must_be_one_of_the_client_s() -> None:
    """Each refusal says what is wrong."""
    index = AccountIndex(accounts(2))
    with pytest.raises(InvalidCancellation, match="2 accounts for unzer: say which"):
        index.select("unzer", None)
    with pytest.raises(InvalidCancellation, match="not one of this client's accounts"):
        index.select("unzer", unzer.Account("s-priv-other"))
    with pytest.raises(InvalidCancellation, match="no account for bento"):
        index.select("bento", None)


def test_a_url_without_a_host_gets_none() -> None:
    """A redirect may name a file."""
    assert normalized_url("file:///x") == "file:///x"


def test_the_account_of_a_destination_is_found() -> None:
    """The ledger names a destination; the client finds the account by it."""
    every = accounts(2)
    index = AccountIndex(every)
    assert index.at(destination_of(every[1])) is every[1]
    assert index.destination(every[1]) == destination_of(every[1])
    with pytest.raises(InvalidCancellation, match="no account for elsewhere"):
        index.at("elsewhere")


def test_of_two_accounts_of_one_api_neither_is_reachable_beside_the_other() -> None:
    """A read of another API needs one account there, not a guess."""
    first, second = accounts(2)
    pace = pace_pay.Account("token", "http://pace.invalid")
    index = AccountIndex([first, second, pace])
    assert index.reach(first).accounts == {"unzer": first, "pace_pay": pace}
    assert index.reach(pace).accounts == {"pace_pay": pace}
    assert index.reach(first) is index.reach(first)
    assert index.reach(pace).refreshable_apis == set()


def test_a_token_that_a_function_gives_can_be_fetched_anew() -> None:
    """One that is a text cannot."""
    asked = pace_pay.Account(lambda _user: "token", "http://pace.invalid")
    index = AccountIndex([*accounts(1), asked])
    assert index.reach(asked).apis == {"unzer", "pace_pay"}
    assert index.reach(asked).refreshable_apis == {"pace_pay"}
