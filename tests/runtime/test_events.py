"""`on_event`: what a call reports, in order; and what the listener does changes nothing."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from attrs import asdict, evolve, field, frozen
from attrs.exceptions import FrozenInstanceError
from countermand_clients.unzer.api.payments import get_payment

from countermand import (
    Advice,
    AsyncClient,
    Budget,
    Client,
    CountermandError,
    Evidence,
    ManualCancellationRequired,
    OutcomeUnknown,
    Policy,
    Receipt,
    Sent,
    bento,
    events,
    pace_pay,
    unzer,
    vtex,
)
from countermand._runtime.invocation import Invocation
from tests.support.flavours import Flavour, cancel, run
from tests.support.limits import TimeLimit, strike, time_limit
from tests.support.rawserver import TEST_TIMEOUT
from tests.support.samples import CANCELLATIONS, SUCCESS, VTEX_PAYMENT
from tests.support.transports import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

KEY: Final = "order-42"
UNZER: Final = unzer.Account("s-priv-hush", "https://unzer.invalid/v1")
VTEX: Final = vtex.Account("https://vtex.invalid", "app-key-of-ours", "app-token-of-ours")
PACE: Final = pace_pay.Account(lambda _user: "token-one", "https://pace.invalid")
CANCEL: Final = unzer.Cancellation("s-pay-1", "s-aut-1", amount=1)
CANCELS: Final = "/payments/{paymentId}/authorize/{authorizationId}/cancels"
AT_VTEX: Final = CANCELLATIONS["vtex"]
QUICK: Final = Policy(attempts=2, attempt_timeout=5.0, deadline=5.0)
UNLINKED: Final = {"errors": [{"code": "missing-linked-identity"}]}


def answers(*given: tuple[int, Any] | Exception) -> Recorder:
    """A transport that gives these answers, and then the last one."""
    rest = list(given)

    def answer(_request: httpx.Request) -> httpx.Response:
        found = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(found, Exception):
            raise found
        status, content = found
        return httpx.Response(status, json=content)

    return Recorder(answer)


@frozen
class Heard:
    """Keeps every event."""

    all: list[events.Event] = field(factory=list)

    def __call__(self, event: events.Event) -> None:
        """Keep an event."""
        self.all.append(event)

    @property
    def names(self) -> list[str]:
        """The names of their classes, in order."""
        return [type(event).__name__ for event in self.all]

    def the(self, kind: type) -> Any:
        """The only event of a class."""
        (found,) = (event for event in self.all if isinstance(event, kind))
        return found

    @property
    def end(self) -> events.CallEnded:
        """The end of the only call."""
        assert len({event.call for event in self.all}) == 1
        assert self.names[0] == "CallStarted"
        assert self.names[-1] == "CallEnded"
        assert isinstance(self.all[-1], events.CallEnded)
        return self.all[-1]


def no_pause(flavour: Flavour) -> Callable[[float], Any]:
    """In the place of a sleep."""
    return (lambda _: asyncio.sleep(0)) if flavour == "async" else (lambda _: None)


def test_a_retried_cancel_reports_each_step(flavour: Flavour) -> None:
    """Attempts and waits, with what a span needs."""
    heard, before = Heard(), time.time()
    result = cancel(
        flavour,
        VTEX,
        AT_VTEX,
        transport=answers((503, {}), SUCCESS["vtex"]),
        on_event=heard,
        policy=QUICK,
        random=lambda: 1.0,
        sleep=no_pause(flavour),
    )
    assert isinstance(result, Receipt)
    assert heard.names == [
        "CallStarted",
        "AttemptEnded",
        "WaitStarted",
        "WaitEnded",
        "AttemptEnded",
        "CallEnded",
    ]
    assert all((event.key, event.provider) == (KEY, "vtex") for event in heard.all)
    assert all(before <= event.at <= time.time() for event in heard.all)
    url = f"https://vtex.invalid/payments/{VTEX_PAYMENT}/cancellations"
    started = heard.the(events.CallStarted)
    assert (started.kind, started.operation) == ("cancel", "cancelPayment")
    assert started.url == url
    assert started.destination.startswith("https://vtex.invalid")
    one, two = (event for event in heard.all if isinstance(event, events.AttemptEnded))
    assert (one.method, one.url, one.path_template) == (
        "POST",
        url,
        "/payments/{paymentId}/cancellations",
    )
    assert (one.request, one.resend_count, one.sent, one.status) == (1, 0, Sent.RESPONDED, 503)
    assert (two.request, two.resend_count, two.sent, two.status) == (2, 1, Sent.RESPONDED, 200)
    assert 0 <= one.seconds <= heard.end.seconds
    wait = heard.the(events.WaitStarted)
    assert (wait.reason, wait.at_most) == (events.WaitReason.RETRY, QUICK.backoff.first)
    assert heard.the(events.WaitEnded).reason is events.WaitReason.RETRY
    assert heard.end.outcome is events.CallOutcome.CANCELLED
    assert (heard.end.evidence, heard.end.error, heard.end.message) == (Evidence.REPLY, None, None)
    assert (heard.end.attempts, heard.end.reads, heard.end.sent) == (2, 0, Sent.RESPONDED)
    assert (heard.end.status, heard.end.interrupted) == (200, False)
    assert heard.end.budget_left == pytest.approx(9.1)


def test_reads_are_told_from_attempts(flavour: Flavour) -> None:
    """After a lost answer; a read that is sent again counts its resends."""
    heard = Heard()
    failing = httpx.ReadError("cut")
    result = cancel(
        flavour,
        UNZER,
        CANCEL,
        transport=answers(failing, (503, {}), (503, {})),
        on_event=heard,
        policy=QUICK,
        random=lambda: 0.0,
        sleep=no_pause(flavour),
    )
    assert isinstance(result, OutcomeUnknown)
    attempt = heard.the(events.AttemptEnded)
    assert (attempt.sent, attempt.status, attempt.problem) == (
        Sent.MAYBE_SENT,
        None,
        "ReadError: cut",
    )
    assert attempt.path_template == CANCELS
    reads = [event for event in heard.all if isinstance(event, events.ReadEnded)]
    assert [(each.request, each.resend_count, each.operation) for each in reads] == [
        (2, 0, "getPayment"),
        (3, 1, "getPayment"),
    ]
    assert {each.url for each in reads} == {"https://unzer.invalid/v1/payments/s-pay-1"}
    end = heard.end
    assert (end.outcome, end.error) == (events.CallOutcome.UNKNOWN, "OutcomeUnknown")
    assert (end.advice, end.evidence) == (Advice.READ, None)
    assert (end.message, end.attempts, end.reads) == (result.message, 1, 2)
    assert (end.sent, end.status) == (Sent.MAYBE_SENT, None)
    assert not end.needs_person


def test_two_different_reads_are_no_resends(flavour: Flavour) -> None:
    """Unzer's payment names its cancels, which are read one by one."""
    heard = Heard()
    payment = {
        "id": "s-pay-1",
        "transactions": [
            {
                "type": "cancel-authorize",
                "status": "success",
                "url": f"https://unzer.invalid/v1/payments/s-pay-1/authorize/s-aut-1/cancels/{each}",
            }
            for each in ("s-cnl-1", "s-cnl-2")
        ],
    }
    cancel(
        flavour,
        UNZER,
        CANCEL,
        transport=answers(httpx.ReadError("cut"), (200, payment), (200, {})),
        on_event=heard,
    )
    reads = [event for event in heard.all if isinstance(event, events.ReadEnded)]
    assert len(reads) > 1
    assert {each.resend_count for each in reads} == {0}


OUTCOMES: Final[dict[str, tuple[Any, Any, Any, Any]]] = {
    "accepted": (
        UNZER,
        CANCEL,
        (200, {"id": "s-cnl-1", "isSuccess": False, "isPending": True, "isError": False}),
        {"outcome": "accepted", "error": None, "needs_person": False},
    ),
    "refused": (
        UNZER,
        CANCEL,
        (404, {"errors": [{"code": "API.310.100.003", "merchantMessage": "not there"}]}),
        {"outcome": "not cancelled", "error": "NotFound", "needs_person": False},
    ),
    "a person's work": (
        VTEX,
        AT_VTEX,
        (501, {**SUCCESS["vtex"][1], "cancellationId": None, "code": "cancel-manually"}),
        {"outcome": "not cancelled", "error": "ManualCancellationRequired", "needs_person": True},
    ),
    "nobody can look": (
        bento.Account("token-one", "https://bento.invalid", read=False),
        CANCELLATIONS["bento"],
        httpx.ReadError("cut"),
        {"outcome": "unknown", "error": "OutcomeUnknown", "needs_person": True},
    ),
}


@pytest.mark.parametrize(
    ("account", "order", "answer", "expected"), OUTCOMES.values(), ids=OUTCOMES
)
def test_the_end_says_what_came_of_it(
    flavour: Flavour, account: Any, order: Any, answer: Any, expected: dict[str, Any]
) -> None:
    """In one of nine words, with the error's name, and whether a person has to act."""
    heard = Heard()
    cancel(flavour, account, order, transport=answers(answer), on_event=heard)
    assert {name: getattr(heard.end, name) for name in expected} == expected


def test_every_error_of_a_cancel_has_an_outcome_of_its_own() -> None:
    """A new class of error must not count as unknown by accident."""
    from countermand._runtime.reports import OF_ERRORS  # noqa: PLC0415

    assert {kind for kind, _ in OF_ERRORS} == set(CountermandError.__subclasses__())


def test_conflicts_and_stored_receipts_make_no_request(flavour: Flavour) -> None:
    """The second call gets the receipt, the third has another payment; the client is still busy."""
    heard = Heard()
    other = evolve(CANCEL, payment_id="s-pay-2")

    async def twice() -> None:
        async with AsyncClient(
            UNZER, transport=answers(SUCCESS["unzer"]), on_event=heard
        ) as client:
            for order in (CANCEL, CANCEL, other):
                await asyncio.gather(client.cancel(order, key=KEY), return_exceptions=True)

    if flavour == "async":
        asyncio.run(twice())
    else:
        with Client(UNZER, transport=answers(SUCCESS["unzer"]), on_event=heard) as client:
            for order in (CANCEL, CANCEL):
                client.cancel(order, key=KEY)
            with pytest.raises(CountermandError):
                client.cancel(other, key=KEY)
    ends = [event for event in heard.all if isinstance(event, events.CallEnded)]
    assert [end.outcome for end in ends] == ["cancelled", "cancelled", "key conflict"]
    assert [end.attempts for end in ends] == [1, 0, 0]
    assert [end.sent for end in ends] == [Sent.RESPONDED, Sent.NOT_SENT, Sent.NOT_SENT]
    assert len({end.call for end in ends}) == 3


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [((200, {"id": "s-pay-1"}), "answered"), ((404, {"errors": []}), "not cancelled")],
)
def test_execute_reports_its_request_as_an_attempt(
    flavour: Flavour, answer: tuple[int, Any], outcome: str
) -> None:
    """It has no key, and a read of its own is no read of a cancel."""
    heard = Heard()
    run(
        flavour,
        UNZER,
        "execute",
        get_payment.call("s-pay-1"),
        transport=answers(answer),
        on_event=heard,
    )
    assert heard.names == ["CallStarted", "AttemptEnded", "CallEnded"]
    end = heard.end
    assert (end.kind, end.key, end.outcome, end.evidence) == ("execute", None, outcome, None)
    assert (end.attempts, end.reads) == (1, 0)


def test_an_interrupted_execute_that_was_answered_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it read is no receipt of a cancel."""
    heard = Heard()
    original = Invocation.result_of

    def struck(self: Invocation, value: Any) -> Any:
        if self.state.attempt_log or getattr(value, "status", None):
            raise KeyboardInterrupt
        return original(self, value)

    monkeypatch.setattr(Invocation, "result_of", struck)
    with (
        Client(UNZER, transport=answers((200, {"id": "s-pay-1"})), on_event=heard) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        client.execute(get_payment.call("s-pay-1"))
    assert (heard.end.outcome, heard.end.interrupted) == ("answered", True)
    assert heard.end.evidence is None


def test_a_wait_for_a_place_is_reported_with_its_length(flavour: Flavour) -> None:
    """Only by the call that has waited; the other one ends when this is reported."""
    heard, waits, begun = Heard(), threading.Event(), threading.Event()

    def listen(event: events.Event) -> None:
        heard(event)
        if isinstance(event, events.WaitStarted):
            waits.set()

    def answer(_request: httpx.Request) -> httpx.Response:
        begun.set()
        assert waits.wait(TEST_TIMEOUT)
        return httpx.Response(200, json=SUCCESS["unzer"][1])

    async def answer_later(request: httpx.Request) -> httpx.Response:
        return await asyncio.to_thread(answer, request)

    settings: Any = {"policy": Policy(concurrency=1), "on_event": listen}

    async def both() -> None:
        transport = httpx.MockTransport(answer_later)
        async with AsyncClient(UNZER, transport=transport, **settings) as client:
            await asyncio.gather(*(client.cancel(CANCEL, key=key) for key in ("one", "two")))

    if flavour == "async":
        asyncio.run(both())
    else:
        with (
            Client(UNZER, transport=httpx.MockTransport(answer), **settings) as client,
            ThreadPoolExecutor(1) as pool,
        ):
            first = pool.submit(client.cancel, CANCEL, key="one")
            assert begun.wait(TEST_TIMEOUT)
            client.cancel(CANCEL, key="two")
            first.result()
    wait, waited = heard.the(events.WaitStarted), heard.the(events.WaitEnded)
    assert (wait.key, wait.reason, waited.reason) == ("two", "place", "place")
    assert 0 < wait.at_most <= 30.0
    assert 0 <= waited.seconds <= 30.0


def test_a_wait_for_a_key_is_reported(flavour: Flavour) -> None:
    """With `wait=True`: another call has the key, and ends while this one pauses."""
    heard = Heard()
    invocation: list[Invocation] = []

    def pause(_seconds: float) -> Any:
        release(invocation[0])
        return asyncio.sleep(0)

    def release(holder: Invocation) -> None:
        holder.store.release(holder.required_claim.claim, timeout=1.0)

    def hold(client: Any) -> None:
        held = client._prepare_cancel(
            CANCEL, key=KEY, user=None, account=None, deadline=None, wait=False
        )
        invocation.append(held)
        held.store.claim(held.required_claim.claim, timeout=1.0)

    settings: Any = {"transport": answers(SUCCESS["unzer"]), "on_event": heard, "sleep": pause}

    async def wait_async() -> None:
        async with AsyncClient(UNZER, **settings) as client:
            hold(client)
            await client.cancel(CANCEL, key=KEY, wait=True)

    if flavour == "async":
        asyncio.run(wait_async())
    else:
        settings["sleep"] = lambda _: release(invocation[0])
        with Client(UNZER, **settings) as client:
            hold(client)
            client.cancel(CANCEL, key=KEY, wait=True)
    assert heard.names == ["CallStarted", "WaitStarted", "WaitEnded", "AttemptEnded", "CallEnded"]
    assert heard.the(events.WaitStarted).reason is events.WaitReason.KEY


def test_a_login_is_a_wait_without_limit(flavour: Flavour) -> None:
    """A user is asked to link an identity."""
    heard = Heard()
    cancel(
        flavour,
        PACE,
        CANCELLATIONS["pace_pay"],
        transport=answers((401, UNLINKED), (204, None)),
        on_event=heard,
        link_identity=lambda _challenge: "token-two",
    )
    wait = heard.the(events.WaitStarted)
    assert (wait.reason, wait.at_most) == (events.WaitReason.LOGIN, None)
    assert heard.the(events.WaitEnded).reason is events.WaitReason.LOGIN


def test_an_attempt_that_came_too_late_to_be_sent_is_an_attempt(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was suspended. Events and `attempts` agree."""
    heard, transport = Heard(), answers((204, None))
    monkeypatch.setattr(Invocation, "time_to_send", lambda *_: 0.0)
    cancel(flavour, PACE, CANCELLATIONS["pace_pay"], transport=transport, on_event=heard)
    attempt = heard.the(events.AttemptEnded)
    assert (attempt.sent, attempt.problem) == (
        Sent.NOT_SENT,
        "the deadline passed before it was sent",
    )
    assert heard.end.attempts == 1
    assert transport.sent == []


def test_a_listener_that_raises_changes_nothing_and_is_logged_once_for_each_fault(
    flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    """Every kind of event and of exception is a fault; three calls tell them no three times."""
    heard: list[events.Event] = []

    def fail(event: events.Event) -> None:
        heard.append(event)
        if isinstance(event, events.CallEnded) and event.key == "order-3":
            raise OSError("the queue is full")
        raise ValueError("hush")

    transport = answers(SUCCESS["unzer"])

    async def three() -> list[Receipt]:
        async with AsyncClient(UNZER, transport=transport, on_event=fail) as client:
            return [await client.cancel(CANCEL, key=f"order-{n}") for n in (1, 2, 3)]

    if flavour == "async":
        receipts = asyncio.run(three())
    else:
        with Client(UNZER, transport=transport, on_event=fail) as client:
            receipts = [client.cancel(CANCEL, key=f"order-{n}") for n in (1, 2, 3)]
    assert [receipt.outcome for receipt in receipts] == ["cancelled"] * 3
    assert len(heard) == 9
    logged = [record.getMessage() for record in caplog.records]
    assert logged == [
        "on_event has raised at CallStarted; the call goes on",
        "on_event has raised at AttemptEnded; the call goes on",
        "on_event has raised at CallEnded; the call goes on",
        "on_event has raised at CallEnded; the call goes on",
    ]
    assert all(record.exc_info for record in caplog.records)


def test_a_time_limit_in_a_listener_ends_the_call(flavour: Flavour) -> None:
    """The listener did not raise it. The answer is kept, as after Ctrl-C."""
    transport = answers(SUCCESS["unzer"])
    struck: list[events.Event] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.AttemptEnded) and not struck:
            struck.append(event)
            strike()

    async def twice() -> Receipt:
        async with AsyncClient(UNZER, transport=transport, on_event=listen) as client:
            with pytest.raises(TimeLimit):
                await client.cancel(CANCEL, key=KEY)
            return await client.cancel(CANCEL, key=KEY)

    with time_limit():
        if flavour == "async":
            receipt = asyncio.run(twice())
        else:
            with Client(UNZER, transport=transport, on_event=listen) as client:
                with pytest.raises(TimeLimit):
                    client.cancel(CANCEL, key=KEY)
                receipt = client.cancel(CANCEL, key=KEY)
    assert receipt.outcome == "cancelled"
    assert len(transport.sent) == 1


def test_ctrl_c_in_a_listener_does_not_lose_the_answer() -> None:
    """It is kept before it is reported: the next call with the key gets the receipt."""
    transport = answers(SUCCESS["unzer"])
    struck: list[events.Event] = []

    def strike(event: events.Event) -> None:
        if isinstance(event, events.AttemptEnded) and not struck:
            struck.append(event)
            raise KeyboardInterrupt

    with Client(UNZER, transport=transport, on_event=strike) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.cancel(CANCEL, key=KEY)
        assert "answered that it is cancelled" in str(caught.value.__cause__)
        assert client.cancel(CANCEL, key=KEY).outcome == "cancelled"
    assert len(transport.sent) == 1


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupted_call_ends_once(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the request is under way, and once more while that is recorded."""
    heard = Heard()

    def strike(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    if times == 2:
        monkeypatch.setattr(Invocation, "on_interrupt", strike)
    with (
        Client(UNZER, transport=Recorder(strike), on_event=heard) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        client.cancel(CANCEL, key=KEY)
    assert heard.names.count("CallEnded") == 1
    assert (heard.end.outcome, heard.end.interrupted) == ("unknown", True)


def test_a_third_ctrl_c_in_the_listener_does_not_replace_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the end is reported no second time."""
    heard = Heard()

    def strike(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt("second")

    def listen(event: events.Event) -> None:
        heard(event)
        if isinstance(event, events.CallEnded):
            raise SystemExit

    monkeypatch.setattr(Invocation, "on_interrupt", strike)
    with (
        Client(UNZER, transport=Recorder(strike), on_event=listen) as client,
        pytest.raises(KeyboardInterrupt, match="second"),
    ):
        client.cancel(CANCEL, key=KEY)
    assert heard.names.count("CallEnded") == 1


def test_a_dropped_coroutine_reports_its_end() -> None:
    """As one that is dropped with its event loop: nothing can be awaited."""
    heard = Heard()

    async def drop() -> None:
        async with AsyncClient(UNZER, transport=Recorder(), on_event=heard) as client:
            call = client.cancel(CANCEL, key=KEY)
            call.send(None)
            call.close()

    asyncio.run(drop())
    assert (heard.end.outcome, heard.end.interrupted) == ("unknown", True)


def test_a_cancelled_task_reports_its_end() -> None:
    """With what is known."""
    heard = Heard()

    async def run_and_cancel() -> None:
        waiting = asyncio.Event()

        async def answer(_request: httpx.Request) -> httpx.Response:
            waiting.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with AsyncClient(
            UNZER, transport=httpx.MockTransport(answer), on_event=heard
        ) as client:
            task = asyncio.create_task(client.cancel(CANCEL, key=KEY))
            await waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run_and_cancel())
    assert (heard.end.outcome, heard.end.interrupted) == ("unknown", True)
    assert heard.the(events.AttemptEnded).sent is Sent.MAYBE_SENT


def test_a_refused_argument_is_no_call(flavour: Flavour) -> None:
    """Nothing has begun."""
    heard = Heard()
    cancel(flavour, UNZER, CANCEL, key="", on_event=heard)
    assert heard.all == []


def test_an_event_is_a_frozen_value() -> None:
    """A listener may keep it, and change nothing."""
    heard = Heard()
    cancel("sync", UNZER, CANCEL, transport=answers(SUCCESS["unzer"]), on_event=heard)
    event: Any = heard.all[0]
    with pytest.raises(FrozenInstanceError):
        event.key = "another"
    assert "hush" not in repr([asdict(each) for each in heard.all])


def test_without_a_listener_no_event_is_made() -> None:
    """Not even their module is loaded, where the log is off as well."""
    program = (
        "import sys, httpx, logging\n"
        "from countermand import Client, unzer\n"
        "answer = httpx.Response(200, json={'id': 's-cnl-1', 'isSuccess': True,"
        " 'isPending': False, 'isError': False})\n"
        "transport = httpx.MockTransport(lambda _: answer)\n"
        "with Client(unzer.Account('s-priv-1'), transport=transport) as client:\n"
        "    client.cancel(unzer.Cancellation('s-pay-1', amount=1))\n"
        "    print('countermand.events' in sys.modules)\n"
        "    logging.getLogger('countermand').setLevel(logging.INFO)\n"
        "    client.cancel(unzer.Cancellation('s-pay-1', amount=1))\n"
        "    print('countermand.events' in sys.modules)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["False", "True"]


def test_without_a_budget_none_is_left() -> None:
    """None, and not zero."""
    heard = Heard()
    settings: Any = {"transport": answers(SUCCESS["unzer"]), "on_event": heard}
    cancel("sync", UNZER, CANCEL, policy=Policy(budget=None), **settings)
    assert heard.end.budget_left is None
    spent = Heard()
    budget = Policy(budget=Budget(reserve=1.5, per_call=0.0))
    settings = {"transport": answers(SUCCESS["unzer"]), "on_event": spent}
    cancel("sync", UNZER, CANCEL, policy=budget, **settings)
    assert spent.end.budget_left == 1.5


def test_a_manual_cancel_is_logged_as_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """A person has to act, and the line says so."""
    _, _, answer, _ = OUTCOMES["a person's work"]
    with caplog.at_level(logging.INFO, logger="countermand"):
        result = cancel("sync", VTEX, AT_VTEX, transport=answers(answer))
    assert isinstance(result, ManualCancellationRequired)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "not cancelled, ManualCancellationRequired, needs a person (attempts: 1, " in (
        record.getMessage()
    )
    assert record.getMessage().endswith("): cancel-manually")
