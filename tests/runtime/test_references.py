"""What a call leaves behind: no frame of its caller, which would keep all that the caller knows."""

from __future__ import annotations

import asyncio
import gc
import weakref
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final

import pytest

from countermand import FULL, AsyncClient, Client, CountermandError, unzer
from tests.support.flavours import ONCE, PLAIN_TLS
from tests.support.rawserver import RawServer, answer, close, read, say
from tests.support.samples import example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.flavours import Flavour

JSON: Final = "Content-Type: application/json"
SETTINGS: Final[dict[str, Any]] = {"policy": ONCE, "verify": PLAIN_TLS, "trust_env": False}
PAYMENT: Final = unzer.Cancellation("s-pay-1", amount=FULL)
SCRIPTS: Final = {
    "cancelled": [read, say(answer(200, example("unzer.cancelPayment.200.cancelled.json"), JSON))],
    "refused": [read, say(answer(400, b'{"errors": [{"code": "API.340.100.018"}]}', JSON))],
    "unauthenticated": [read, say(answer(401, b'{"errors": [{"code": "API.710.000.002"}]}', JSON))],
    "lost": [read, close],
    "a page": [read, say(answer(502, b"<html>", "Content-Type: text/html"))],
}
every_end = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)


class Known:
    """What a caller knows, in a variable of its own."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the garbage collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def cancel(client: Client, errors: list[CountermandError]) -> weakref.ref[Known]:
    """Cancel, and return what shows whether this frame is gone."""
    known = Known()
    try:
        client.cancel(PAYMENT, key="order-42")
    except CountermandError as error:
        errors.append(error)
    return weakref.ref(known)


async def awaited_cancel(client: AsyncClient, errors: list[CountermandError]) -> weakref.ref[Known]:
    """The same under asyncio."""
    known = Known()
    try:
        await client.cancel(PAYMENT, key="order-42")
    except CountermandError as error:
        errors.append(error)
    return weakref.ref(known)


def calls(
    flavour: Flavour, url: str, number: int, errors: list[CountermandError]
) -> list[weakref.ref[Known]]:
    """Cancel so often with one client and key; the client is open until all have ended."""
    account = unzer.Account("s-priv-example", url)

    async def awaited() -> list[weakref.ref[Known]]:
        async with AsyncClient(account, **SETTINGS) as client:
            return [await awaited_cancel(client, errors) for _ in range(number)]

    if flavour == "async":
        return asyncio.run(awaited())
    with Client(account, **SETTINGS) as client:
        return [cancel(client, errors) for _ in range(number)]


@pytest.mark.usefixtures("uncollected")
@every_end
def test_a_caller_s_frame_ends_with_the_call(flavour: Flavour, script: Any) -> None:
    """Whatever the end is, a request of a web service does not live on in its error."""
    errors: list[CountermandError] = []
    with RawServer(script) as server:
        [known] = calls(flavour, server.url, 1, errors)
    errors.clear()
    assert known() is None


def test_a_remembered_refusal_is_raised_anew(flavour: Flavour) -> None:
    """An error tracker that shows the second caller's frames must not show the first one's."""
    errors: list[CountermandError] = []
    with RawServer(SCRIPTS["refused"]) as server:
        calls(flavour, server.url, 2, errors)
    first, second = errors
    assert [request.line.split()[0] for request in server.requests] == ["POST", "GET"]
    assert first is not second
    assert (type(first), str(first), vars(first)) == (type(second), str(second), vars(second))
    assert first.__traceback__ is not None
    shown = [frame.f_code.co_name for frame, _ in walk_tb(second.__traceback__)]
    assert len([name for name in shown if name.endswith("cancel")]) == 2
