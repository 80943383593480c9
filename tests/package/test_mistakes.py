"""Mistakes of users: each is refused where it is made, with the form that is right."""

from __future__ import annotations

import asyncio
import random
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from countermand_clients.unzer.api.payments import get_payment

from countermand import (
    FULL,
    AsyncClient,
    Backoff,
    Budget,
    Client,
    InvalidCancellation,
    LinkChallenge,
    Policy,
    bento,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)
from countermand.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT: Final = unzer.Account("s-priv-example")
CANCEL: Final = unzer.Cancellation("s-pay-1", amount=FULL)
SECRET: Final = "hush-hush"
PROXY: Final = f"http://user:{SECRET}@"
anything: Any = object()
nan: Final = float("nan")


async def token_later(_user: str | None) -> str:
    """Return a token, to be awaited."""
    return "token"


async def link_later(_challenge: LinkChallenge) -> None:
    """Be awaited."""


BOTH_CLIENTS: Final[dict[str, tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]]] = {
    "the class of an account": ((unzer.Account,), {}, TypeError, "the class Account; pass"),
    "a provider's module": ((unzer,), {}, TypeError, "the module countermand.unzer; pass"),
    "a list of accounts": (([ACCOUNT],), {}, TypeError, "list; pass accounts one by one"),
    "a key as account": (("s-priv-example",), {}, TypeError, "str; pass accounts one by one"),
    "a cancellation as account": ((CANCEL,), {}, TypeError, "not an account: Cancellation"),
    "None as account": ((None,), {}, TypeError, "not an account: NoneType"),
    "policy dict": ((), {"policy": {"deadline": 3}}, TypeError, "Policy(deadline=30.0), not dict"),
    "policy empty dict": ((), {"policy": {}}, TypeError, "such as Policy(deadline=30.0), not dict"),
    "policy class": ((), {"policy": Policy}, TypeError, "not the class Policy"),
    "policy number": ((), {"policy": 30.0}, TypeError, "policy must be a Policy"),
    "ledger URL": (
        (),
        {"ledger": "sqlite:///x"},
        TypeError,
        'Ledger("sqlite:///cancellations.db")',
    ),
    "ledger path": ((), {"ledger": Path("x")}, TypeError, "ledger must be a Ledger such as"),
    "ledger class": ((), {"ledger": Ledger}, TypeError, "not the class Ledger"),
    "ledger True": ((), {"ledger": True}, TypeError, "ledger must be a Ledger such as"),
    "link_identity text": ((), {"link_identity": "https://x"}, TypeError, "gets a LinkChallenge"),
    "on_event text": ((), {"on_event": "https://x"}, TypeError, "a function of an event, such as"),
    "on_event class": ((), {"on_event": LinkChallenge}, TypeError, "not the class LinkChallenge"),
    "on_event coroutine": ((), {"on_event": link_later}, TypeError, "not a coroutine function"),
    "link_identity class": ((), {"link_identity": LinkChallenge}, TypeError, "not the class"),
    "clock number": ((), {"clock": 5.0}, TypeError, "clock must be a function such as"),
    "sleep number": ((), {"sleep": 5.0}, TypeError, "sleep must be a function such as"),
    "random number": ((), {"random": 0.5}, TypeError, "random must be a function such as"),
    "random module": ((), {"random": random}, TypeError, "not the module random"),
    "proxy number": ((), {"proxy": 3128}, TypeError, "such as http://proxy.example:8080, not int"),
    "proxy empty": ((), {"proxy": ""}, ValueError, "such as http://proxy.example:8080"),
    "proxy without a scheme": ((), {"proxy": "h:8080"}, ValueError, "no valid URL"),
    "proxy scheme": ((), {"proxy": f"gopher{PROXY[4:]}h:1"}, ValueError, "no valid URL"),
    "proxy host": ((), {"proxy": f"{PROXY}bad host:1"}, ValueError, "no valid URL"),
    "proxy without a host": ((), {"proxy": "http://"}, ValueError, "no valid URL"),
    "proxy port": ((), {"proxy": f"{PROXY}h:99999"}, ValueError, "no valid URL"),
    "proxy port text": ((), {"proxy": f"{PROXY}h:port"}, ValueError, "no valid URL"),
    "verify None": ((), {"verify": None}, TypeError, "verify must be True, False, a path"),
    "verify number": ((), {"verify": 1}, TypeError, "an ssl.SSLContext, not int"),
    "cert number": ((), {"cert": 7}, TypeError, "cert must be a path as str, or a tuple"),
    "trust_env text": ((), {"trust_env": "no"}, TypeError, "trust_env must be True or False"),
    "transport class": ((), {"transport": httpx.HTTPTransport}, TypeError, "not the class HTTPT"),
    "transport client": ((), {"transport": httpx.Client}, TypeError, "not the class Client"),
    "transport text": ((), {"transport": "http://h"}, TypeError, "transport must be an httpx."),
}


@pytest.mark.parametrize("client", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("accounts", "settings", "error", "words"), BOTH_CLIENTS.values(), ids=BOTH_CLIENTS
)
def test_a_wrong_setting_is_refused_when_the_client_is_made(
    client: Any,
    accounts: tuple[Any, ...],
    settings: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    """Not at the first payment; and no message shows a password."""
    with pytest.raises(error) as refused:
        client(*(accounts or (ACCOUNT,)), **settings)
    assert words in str(refused.value)
    assert SECRET not in f"{refused.value!r}{refused.value.__cause__!r}"
    assert type(refused.value) is error


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Client(ACCOUNT, sleep=asyncio.sleep), "sleep is a coroutine function"),
        (lambda: AsyncClient(ACCOUNT, sleep=anything_of(time.sleep)), "such as asyncio.sleep"),
        (lambda: Client(ACCOUNT, link_identity=link_later), "needs AsyncClient"),
        (lambda: Client(pace_pay.Account(token_later)), "token is a coroutine function"),
        (
            lambda: Client(ACCOUNT, transport=anything_of(httpx.AsyncHTTPTransport())),
            "an httpx.BaseTransport, not AsyncHTTPTransport",
        ),
        (
            lambda: AsyncClient(ACCOUNT, transport=anything_of(httpx.HTTPTransport())),
            "an httpx.AsyncBaseTransport, not HTTPTransport",
        ),
    ],
)
def test_the_other_client_s_functions_are_refused(make: Callable[[], Any], words: str) -> None:
    """A blocking client cannot await."""
    with pytest.raises(TypeError) as refused:
        make()
    assert words in str(refused.value)


def anything_of(value: object) -> Any:
    """The value, whatever its type should be."""
    return value


def test_a_proxy_of_the_environment_is_checked_like_an_argument(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And without its password in the message."""
    monkeypatch.setenv("HTTPS_PROXY", f"{PROXY}bad host:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(ValueError, match=r"^proxy is no valid URL; write one such as") as refused:
        Client(ACCOUNT)
    assert SECRET not in repr(refused.value)


CALLS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "the class of a cancellation": ({"cancellation": unzer.Cancellation}, "the class Cancellation"),
    "an id": ({"cancellation": "s-pay-1"}, "str; pass one such as unzer.Cancellation(payment_id"),
    "an account": ({"cancellation": ACCOUNT}, "not a cancellation: Account"),
    "None": ({"cancellation": None}, "not a cancellation: NoneType"),
    "key int": ({"key": 42}, "key must be a str, not int"),
    "key bytes": ({"key": b"order-1"}, "key must be a str, not bytes"),
    "key empty": ({"key": ""}, "key must not be empty"),
    "key blank": ({"key": " \N{NO-BREAK SPACE} "}, "key must not be blank"),
    "key long": ({"key": "k" * 10_000}, "longer than 255 characters: it has 10000, and begins"),
    "user int": ({"user": 7}, "user must be a str, not int"),
    "user bytes": ({"user": b"ada"}, "user must be a str, not bytes"),
    "user NUL": ({"user": "a\0"}, "user contains a NUL"),
    "account name": ({"account": "main"}, "str is not one of this client's accounts for unzer"),
    "account class": ({"account": unzer.Account}, "the class Account is not one of this client's"),
    "account of another": (
        {"account": unzer.Account("s-priv-other")},
        "Account is not one of this client's accounts for unzer; pass one of those",
    ),
    "deadline text": ({"deadline": "5"}, "deadline must be a number such as 30.0, not str"),
    "deadline negative": ({"deadline": -1}, "deadline must be positive, not -1"),
    "deadline NaN": ({"deadline": nan}, "deadline must be a number of at most"),
    "deadline bool": ({"deadline": True}, "deadline must be a number such as 30.0, not bool"),
    "wait text": ({"wait": "no"}, "wait must be True or False, not str"),
    "wait number": ({"wait": 30.0}, "wait must be True or False, not float"),
}


@pytest.mark.parametrize(("arguments", "words"), CALLS.values(), ids=CALLS)
def test_a_wrong_argument_of_cancel_is_refused(arguments: dict[str, Any], words: str) -> None:
    """Nothing is sent, the message is short, and both clients say the same."""
    given = {"cancellation": CANCEL, **arguments}
    sent: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: sent.append(request) or httpx.Response(500))
    with (
        Client(ACCOUNT, transport=transport) as client,
        pytest.raises(InvalidCancellation) as refused,
    ):
        client.cancel(**given)
    assert words in refused.value.message
    assert len(str(refused.value)) < 300

    async def again() -> None:
        async with AsyncClient(ACCOUNT, transport=transport) as other:
            await other.cancel(**given)

    with pytest.raises(InvalidCancellation) as alike:
        asyncio.run(again())
    assert alike.value.message == refused.value.message
    assert sent == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"call": get_payment}, "the module countermand_clients.unzer.api.payments.get_payment"),
        ({"call": get_payment.call}, "function; pass one such as get_payment.call(payment_id)"),
        ({"call": CANCEL}, "not a call of a generated operation: Cancellation"),
        ({"user": 7}, "user must be a str, not int"),
        ({"account": "main"}, "str is not one of this client's accounts"),
        ({"deadline": "5"}, "deadline must be a number such as 30.0, not str"),
    ],
)
def test_a_wrong_argument_of_execute_is_refused(arguments: dict[str, Any], words: str) -> None:
    """As of `cancel`."""
    given = {"call": get_payment.call("s-pay-1"), **arguments}
    with Client(ACCOUNT) as client, pytest.raises(InvalidCancellation) as refused:
        client.execute(**given)
    assert words in refused.value.message


VALUES: Final[dict[str, tuple[Callable[[], object], type[Exception], str]]] = {
    "deadline text": (
        lambda: Policy(deadline=anything_of("5")),
        TypeError,
        "such as 30.0, not str",
    ),
    "deadline negative": (lambda: Policy(deadline=-1), ValueError, "must be positive, not -1"),
    "deadline NaN": (lambda: Policy(deadline=nan), ValueError, "a number of at most"),
    "window negative": (lambda: Policy(late_arrival_window=-1), ValueError, "must not be negative"),
    "attempts float": (lambda: Policy(attempts=anything_of(4.0)), TypeError, "an int such as 4"),
    "backoff dict": (
        lambda: Policy(backoff=anything_of({})),
        TypeError,
        "Backoff(first=0.25), not",
    ),
    "budget number": (lambda: Policy(budget=anything_of(9)), TypeError, "or None, not int"),
    "first bool": (lambda: Backoff(first=True), TypeError, "such as 0.25, not bool"),
    "reserve None": (
        lambda: Budget(reserve=anything_of(None)),
        TypeError,
        "such as 10.0, not None",
    ),
    "Unzer public key": (lambda: unzer.Account("s-pub-2a10"), ValueError, "is a public key"),
    "Unzer public key p": (lambda: unzer.Account("P-PUB-2a10"), ValueError, "s-priv-... or p-priv"),
    "Unzer key bytes": (lambda: unzer.Account(anything_of(b"x")), TypeError, "a str, not bytes"),
    "Unzer http": (
        lambda: unzer.Account("s-priv-1", "http://api.unzer.com/v1"),
        ValueError,
        "https:// at api.unzer.com: http:// would send the credentials in the clear",
    ),
    "Unzer sandbox http": (
        lambda: unzer.Account("s-priv-1", "http://SBX-API.unzer.com.:80/v1"),
        ValueError,
        "must begin with https:// at sbx-api.unzer.com",
    ),
    "PACE Pay http": (
        lambda: pace_pay.Account("t", "HTTP://api.pace.cloud/pay/2024-1"),
        ValueError,
        "must begin with https:// at api.pace.cloud",
    ),
    "PACE Fueling http": (
        lambda: pace_fueling.Account("t", "http://api.pace.cloud:8080/fueling/2024-4"),
        ValueError,
        "must begin with https:// at api.pace.cloud",
    ),
    "token Bearer": (lambda: pace_pay.Account("Bearer t"), ValueError, "countermand adds it"),
    "token bEARER": (lambda: bento.Account(" bEARER\tt", "http://h"), ValueError, "adds it"),
    "token bare Bearer": (lambda: pace_pay.Account("bearer"), ValueError, "countermand adds it"),
    "token None": (lambda: pace_pay.Account(anything_of(None)), TypeError, "not NoneType"),
    "token bytes": (lambda: pace_pay.Account(anything_of(b"t")), TypeError, "not bytes"),
    "token class": (lambda: pace_pay.Account(anything_of(str)), TypeError, "not the class str"),
    "token newline": (lambda: pace_pay.Account("t\n"), ValueError, "visible ASCII"),
    "base_url number": (lambda: bento.Account("t", anything_of(7)), TypeError, "a str, not int"),
    "VTEX headers text": (
        lambda: vtex.Account("http://h", "k", "t", provider_headers=anything_of("no")),
        TypeError,
        "provider_headers must be True or False, not str",
    ),
    "Unzer amount float": (
        lambda: unzer.Cancellation("s-pay-1", amount=anything_of(4.9)),
        InvalidCancellation,
        "must be a Decimal, an int or FULL, not float",
    ),
    "Bento amount text": (
        lambda: bento.Cancellation("o", "t", refund_amount=anything_of("5")),
        InvalidCancellation,
        "must be an int in minor units or FULL, not str",
    ),
    "ledger number": (lambda: Ledger(anything_of(7)), TypeError, "sqlite:///cancellations.db"),
    "ledger None": (lambda: Ledger(anything_of(None)), TypeError, "a URL or a path, not NoneType"),
    "ledger text": (lambda: Ledger("cancellations.db"), ValueError, "or a pathlib.Path of a file"),
    "ledger empty": (lambda: Ledger(""), ValueError, "no valid URL; write sqlite:///"),
    "ledger two slashes": (lambda: Ledger("sqlite://a/b.db"), ValueError, "three or four slashes"),
    "ledger port": (lambda: Ledger(f"postgresql://u:{SECRET}@h:x/n"), ValueError, "no valid URL"),
    "ledger mysql": (lambda: Ledger(f"mysql://u:{SECRET}@h/n"), ValueError, "not mysql; write"),
    "ledger parameters": (lambda: Ledger("sqlite:///x?mode=ro"), ValueError, "no parameters"),
    "ledger driver": (
        lambda: Ledger(f"postgresql+psycopg://u:{SECRET}@h/n"),
        ValueError,
        "chooses its driver itself, not psycopg; write sqlite:///",
    ),
    "ledger password": (
        lambda: Ledger(f"postgresql://u:{SECRET}@x@h/n"),
        ValueError,
        "must be written as %40",
    ),
    "ledger setting": (
        lambda: Ledger(f"postgresql://u:{SECRET}@h/n?no_such=1"),
        ValueError,
        "no valid URL; write sqlite:///",
    ),
    "lease text": (
        lambda: Ledger(Path("x.db"), lease=anything_of("30")),
        TypeError,
        "lease must be a number of seconds, not str",
    ),
}


@pytest.mark.parametrize(("make", "error", "words"), VALUES.values(), ids=VALUES)
def test_a_wrong_value_is_refused_when_it_is_made(
    make: Callable[[], object], error: type[Exception], words: str
) -> None:
    """Which error, by the kind of fault; no message shows a credential."""
    with pytest.raises(error) as refused:
        make()
    assert type(refused.value) is error
    assert words in str(refused.value)
    assert not [each for each in (SECRET, "2a10", "'t'") if each in repr(refused.value)]


@pytest.mark.parametrize("url", ["http://api.unzer.com.example/v1", "http://127.0.0.1:8000/v1"])
def test_http_stays_allowed_elsewhere(url: str) -> None:
    """For tests, and for a proxy on this host that adds TLS."""
    assert unzer.Account("s-priv-1", url).endpoint == url


def test_a_ledger_s_methods_name_the_wrong_argument(tmp_path: Path) -> None:
    """Key, age and a person's word."""
    with Ledger(tmp_path / "a.db") as ledger:
        with pytest.raises(InvalidCancellation, match="key must be a str, not int"):
            ledger.find(anything_of(7))
        with pytest.raises(TypeError, match="older_than must be a number of seconds, not str"):
            ledger.purge(older_than=anything_of("2 days"))
        with pytest.raises(ValueError, match="older_than must be a number of seconds that fits"):
            ledger.purge(older_than=10**400)
        with pytest.raises(InvalidCancellation, match="cancelled must be a bool, not str"):
            ledger.resolve("k", cancelled=anything_of("no"), by="ada", reason="seen")


@pytest.mark.parametrize(
    ("client", "transport"),
    [(Client, httpx.HTTPTransport), (AsyncClient, httpx.AsyncHTTPTransport)],
)
def test_a_proxy_beside_a_transport_is_refused(client: Any, transport: Any) -> None:
    """The transport has connections of its own, and would not use it."""
    with pytest.raises(ValueError, match="pass proxy or transport, not both"):
        client(ACCOUNT, transport=transport(), proxy=f"{PROXY}h:8080")


def test_a_clock_that_tells_no_seconds_is_refused() -> None:
    """When the client is made, and not at the first payment."""
    with pytest.raises(TypeError, match=r"clock\(\) must be a number of seconds"):
        Client(ACCOUNT, clock=anything_of(lambda: "noon"))


def test_a_key_that_is_a_text_of_digits_is_no_mistake() -> None:
    """A control: what can be meant is taken."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"isSuccess": True}))
    with Client(ACCOUNT, transport=transport, policy=Policy(), sleep=time.sleep) as client:
        receipt = client.cancel(
            unzer.Cancellation("s-pay-1", amount=Decimal("4.900000")), key="42", wait=True
        )
    assert receipt.key == "42"
