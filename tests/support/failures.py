"""Every kind of error that a call can raise, raised by real calls with known credentials."""

from __future__ import annotations

import asyncio
import signal
from base64 import b64encode
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NoReturn

import httpx
from attrs import frozen

from countermand import (
    FULL,
    AsyncClient,
    Client,
    Policy,
    bento,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)
from tests.support.flavours import FLAVOURS, PLAIN_TLS
from tests.support.rawserver import RawServer, answer, close, hang, port_without_listener, read, say
from tests.support.transports import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.flavours import Flavour

UUID: Final = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
TOKEN: Final = "tok/en+0123456789=abcdefghijklmnopqrstuvwxyz"
KEY: Final = "s-priv-0123456789abc?>?>"
APP_KEY: Final = "app-key-0123456789"
APP_TOKEN: Final = "app/token+0123456789=="
BASIC: Final = b64encode(f"{KEY}:".encode()).decode()
PASSWORD: Final = "proxy-password-0123456789"
SECRETS: Final = (TOKEN, KEY, BASIC, APP_KEY, APP_TOKEN, PASSWORD)
POLICY: Final = Policy(attempts=1, attempt_timeout=5.0, deadline=5.0, budget=None)
CANCELLATIONS: Final[dict[str, Any]] = {
    "pace_pay": pace_pay.Cancellation(UUID),
    "pace_fueling": pace_fueling.Cancellation(UUID, UUID),
    "bento": bento.Cancellation("o", "t", refund_amount=FULL),
    "unzer": unzer.Cancellation("s-pay-1", amount=1),
    "vtex": vtex.Cancellation("P1"),
}


class TimeLimitError(Exception):
    """What the signal handler of a job queue raises."""


def account(api: str, url: str) -> Any:
    """An account of a provider at a server."""
    match api:
        case "pace_pay":
            return pace_pay.Account(TOKEN, url)
        case "pace_fueling":
            return pace_fueling.Account(lambda _: TOKEN, url)
        case "bento":
            return bento.Account(TOKEN, url, read=False)
        case "unzer":
            return unzer.Account(KEY, url)
        case _:
            return vtex.Account(url, APP_KEY, APP_TOKEN)


@frozen
class Call:
    """One call, which fails."""

    name: str
    flavour: Flavour
    api: str
    url: str
    transport: Any = None
    time_limit: float | None = None

    def run(self) -> None:
        """Make the call."""
        with _time_limit(self.time_limit):
            self._cancel()

    def _cancel(self) -> None:
        settings: dict[str, Any] = {"policy": POLICY, "transport": self.transport}
        settings |= {"verify": PLAIN_TLS, "trust_env": False}
        made = account(self.api, self.url)
        if self.flavour == "async":
            asyncio.run(self._run(made, settings))
            return
        with Client(made, **settings) as client:
            client.cancel(CANCELLATIONS[self.api], key="order-42")

    async def _run(self, made: Any, settings: dict[str, Any]) -> None:
        async with AsyncClient(made, **settings) as client:
            await client.cancel(CANCELLATIONS[self.api], key="order-42")


@contextmanager
def _time_limit(seconds: float | None) -> Iterator[None]:
    """End the block by an exception of a signal handler, wherever it is."""

    def on_alarm(*_: object) -> NoReturn:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds or 0.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _raise(error: BaseException) -> Callable[[httpx.Request], NoReturn]:
    def behave(request: httpx.Request) -> NoReturn:
        if type(error) is RuntimeError:
            # The careless message of a transport.
            error.args = (str(request.headers),)
        raise error

    return behave


def calls(flavour: Flavour, api: str) -> Iterator[Call]:
    """Calls of one provider that fail in every way."""
    nobody = f"http://127.0.0.1:{port_without_listener()}"
    yield Call("refused connection", flavour, api, nobody)
    if api in {"bento", "pace_pay"}:
        # Accounts of the same class as the next one's.
        return
    yield Call("unknown host", flavour, api, "http://unknown.invalid")
    for status in (302, 400, 401, 404, 429, 500):
        with RawServer([read, say(answer(status, b"{}")), close]) as server:
            yield Call(f"status {status}", flavour, api, server.url)
    with RawServer([read, close]) as server:
        yield Call("lost answer", flavour, api, server.url)
    with RawServer([hang]) as server:
        yield Call("time limit", flavour, api, server.url, time_limit=0.2)
    with RawServer([close]) as server:
        yield Call("failed handshake", flavour, api, server.url.replace("http://", "https://"))
    for error in (RuntimeError(), httpx.ReadTimeout(""), TimeLimitError(), KeyboardInterrupt()):
        transport = Recorder(_raise(error))
        yield Call(repr(error), flavour, api, "http://a.example", transport)


def refused_constructions() -> Iterator[Callable[[], object]]:
    """Constructors that refuse what they get, as a credential with a line end."""
    for kind in (Client, AsyncClient):
        yield lambda kind=kind: kind(  # type: ignore[misc]
            account("unzer", "http://a.example"),
            proxy=f"http://user:{PASSWORD}@proxy.example:99999",
        )
    yield lambda: pace_pay.Account(f"{TOKEN}\n")
    yield lambda: pace_fueling.Account(f"Bearer {TOKEN}")
    yield lambda: bento.Account(TOKEN, "nowhere", read=False)
    yield lambda: unzer.Account(f"{KEY}:")
    yield lambda: unzer.Account(private_key=KEY, base_url=7)  # type: ignore[arg-type]
    yield lambda: vtex.Account("https://a.example", APP_KEY, f"{APP_TOKEN}\n")
    yield lambda: vtex.Account("https://a.example", APP_KEY, APP_TOKEN, provider_headers=1)  # type: ignore[arg-type]
    yield lambda: vtex.Account("https://a.example", APP_KEY, APP_TOKEN, "more")  # type: ignore[misc]


def failures() -> Iterator[tuple[str, BaseException]]:
    """Every error with its traceback, by name."""
    for flavour, api in product(FLAVOURS, CANCELLATIONS):
        for call in calls(flavour, api):
            try:
                call.run()
            except BaseException as error:  # noqa: BLE001 - interruptions, too
                yield f"{flavour}, {api}, {call.name}", error
    for construct in refused_constructions():
        try:
            construct()
        except (TypeError, ValueError) as error:
            yield str(error), error


def leaks(text: str) -> list[str]:
    """The credentials that a text contains."""
    return [secret for secret in SECRETS if secret in text]
