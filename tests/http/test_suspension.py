"""A process that was suspended sends nothing afterwards, though the monotonic clock stood still."""

import time
from typing import Any

import httpx
import pytest

from countermand import Unreachable, pace_pay
from countermand._http import clocks
from countermand._runtime.invocation import Invocation
from countermand.ledger import Ledger
from tests.support.flavours import PLAIN_TLS, Flavour, cancel, exchange
from tests.support.rawserver import NO_CONTENT, RawServer, read, say
from tests.support.tls import server_context, trusting
from tests.support.tunnel import tunnel

CANCEL = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
HOUR = 3600.0


class Clocks:
    """The wall clock and the clock that goes on in suspension, an hour on after `suspend`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *running: str) -> None:
        self.skipped = 0.0
        wall, other = time.time, time.clock_gettime
        if "wall" in running:
            monkeypatch.setattr(time, "time", lambda: wall() + self.skipped)
        if "boottime" in running:
            monkeypatch.setattr(time, "clock_gettime", lambda which: other(which) + self.skipped)

    def suspend(self, *_arguments: Any) -> None:
        """Let an hour pass that the monotonic clock does not count."""
        self.skipped += HOUR


both_clocks = pytest.mark.parametrize("clock", ["wall", "boottime"])


@both_clocks
@pytest.mark.parametrize("durable", [False, True])
def test_a_worker_that_was_suspended_before_it_sent_sends_nothing(
    flavour: Flavour, clock: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, *, durable: bool
) -> None:
    """Between recording the attempt and sending it; meanwhile another may have sent."""
    slept = Clocks(monkeypatch, clock)
    build = Invocation.build_request

    def build_request(self: Invocation, command: Any) -> Any:
        slept.suspend()
        return build(self, command)

    monkeypatch.setattr(Invocation, "build_request", build_request)
    ledger = Ledger(f"sqlite:///{tmp_path}/cancels.db") if durable else None
    with RawServer([read, say(NO_CONTENT)]) as server:
        account = pace_pay.Account("token-one", server.url)
        known = cancel(flavour, account, CANCEL, ledger=ledger)
        assert server.accepted == 0
    if ledger is not None:
        ledger.close()
    assert isinstance(known, Unreachable)
    assert "the deadline passed before it was sent" in str(known)


@both_clocks
def test_a_worker_that_was_suspended_in_the_handshake_sends_nothing(
    flavour: Flavour, clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clocks are read right before the first byte."""
    slept = Clocks(monkeypatch, clock)
    context = server_context()
    context.sni_callback = slept.suspend
    with RawServer([read, say(NO_CONTENT)], tls=context) as server:
        account = pace_pay.Account("token-one", server.url)
        known = cancel(flavour, account, CANCEL, verify=trusting())
        assert server.requests == []
    assert isinstance(known, Unreachable)
    assert "the deadline passed before it was sent" in str(known)


def test_the_same_through_a_proxy(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """Httpcore's trace event comes before the first byte."""
    slept = Clocks(monkeypatch, "boottime")
    context = server_context()
    context.sni_callback = slept.suspend
    with (
        RawServer([read, say(NO_CONTENT)], tls=context) as server,
        RawServer([tunnel(server.port)]) as proxy,
    ):
        account = pace_pay.Account("token-one", server.url)
        known = cancel(flavour, account, CANCEL, verify=trusting(), proxy=proxy.url)
        assert server.requests == []
    assert isinstance(known, Unreachable)


def test_the_same_over_a_transport_of_the_caller_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it passes trace events on."""
    slept = Clocks(monkeypatch, "boottime")

    class Slow(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            slept.suspend()
            return super().handle_request(request)

    with RawServer([read, say(NO_CONTENT)]) as server:
        account = pace_pay.Account("token-one", server.url)
        known = cancel("sync", account, CANCEL, transport=Slow(verify=PLAIN_TLS, trust_env=False))
        assert server.requests == []
    assert isinstance(known, Unreachable)


def test_a_wall_clock_that_is_put_back_stops_nothing(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the clock on which the most time has passed counts."""
    readings = iter(range(1_000_000, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(readings)))
    with RawServer([read, say(NO_CONTENT)]) as server:
        assert exchange(flavour, server.url).status == 204


def test_a_system_without_such_a_clock_has_the_other_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows."""
    monkeypatch.setattr(clocks, "_ALWAYS_RUNNING", None)
    slept = Clocks(monkeypatch, "wall")
    deadline = clocks.Deadline(60.0)
    assert not deadline.passed_on_any_clock
    slept.suspend()
    assert deadline.passed_on_any_clock
    assert deadline.remaining > 0
