"""Ctrl-C at the moments when nothing waits: the caller gets it, and the truth with it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest
from attrs import evolve

from countermand import Client, CountermandError, NotCancelled, pace_pay, unzer
from tests.support.samples import CANCELLATIONS, KEY

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNTS = {
    "pace_pay": (pace_pay, pace_pay.Account("token-of-mine")),
    "unzer": (unzer, unzer.Account("s-priv-of-mine")),
}
either = pytest.mark.parametrize("api", ACCOUNTS)


def executes(sent: list[httpx.Request]) -> httpx.MockTransport:
    """A provider that executes each request and then fails."""

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(500)

    return httpx.MockTransport(handle)


def interrupted_cancel(api: str, sent: list[httpx.Request], clock: Callable[[], float]) -> object:
    """Cancel until Ctrl-C, and return its cause: the error of this package."""
    client = Client(ACCOUNTS[api][1], transport=executes(sent), clock=clock, sleep=lambda _: None)
    with client, pytest.raises(KeyboardInterrupt) as raised:
        client.cancel(CANCELLATIONS[api], key=KEY)
    return raised.value.__cause__


@either
@pytest.mark.parametrize("tick", range(16))
def test_ctrl_c_at_any_reading_of_the_clock_is_reported_truthfully(api: str, tick: int) -> None:
    """It is only said to be not cancelled if no request had gone out."""
    ticks = count()
    sent: list[httpx.Request] = []

    def clock() -> float:
        if next(ticks) == tick + 1:  # the first reading belongs to the client's making
            raise KeyboardInterrupt
        return 0.0

    try:
        known = interrupted_cancel(api, sent, clock)
    except pytest.fail.Exception:
        assert next(ticks) <= tick + 1
        return
    except CountermandError:  # the call was over before this reading
        return
    assert isinstance(known, CountermandError)
    assert not (sent and isinstance(known, NotCancelled))


@either
def test_ctrl_c_while_a_reply_is_interpreted_is_reported_truthfully(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request had been sent, so the cause of Ctrl-C is an unknown outcome."""
    module, _ = ACCOUNTS[api]

    def interpret(*_arguments: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "PROVIDER", evolve(module.PROVIDER, interpret=interpret))
    sent: list[httpx.Request] = []
    known = interrupted_cancel(api, sent, lambda: 0.0)
    assert len(sent) == 1
    assert isinstance(known, CountermandError)
    assert not isinstance(known, NotCancelled)
    assert known.key == KEY
