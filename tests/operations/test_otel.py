"""OpenTelemetry: spans below the caller's own, metrics, and gauges of the ledger.

The SDK, its in-memory exporters and Prometheus' exporter are what an application would use.
"""

from __future__ import annotations

import ast
import asyncio
import contextvars
import logging
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import httpx
import prometheus_client
import promql_parser
import pytest
import yaml
from attrs import define, field
from opentelemetry import trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

from countermand import (
    AsyncClient,
    CancelRequest,
    Client,
    CountermandError,
    Ledger,
    Policy,
    bento,
    events,
    pace_pay,
    unzer,
    vtex,
)
from countermand.sandbox import FaultProxy, Sandbox, faults
from countermand_ops import otel
from tests.package.sources import ROOT
from tests.support.claims import break_down, claimant, unknown
from tests.support.flavours import Flavour, cancel
from tests.support.samples import CANCELLATIONS, SUCCESS
from tests.support.transports import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

KEY: Final = "order-42"
SECRET: Final = "s-priv-hush-hush-hush"
UNZER: Final = unzer.Account(SECRET, "https://unzer.invalid/v1")
VTEX: Final = vtex.Account("https://vtex.invalid:8443", "app-key-of-ours", "app-token-of-ours")
CANCEL: Final = unzer.Cancellation("s-pay-1", "s-aut-1", amount=1)
CANCELS: Final = "/payments/{paymentId}/authorize/{authorizationId}/cancels"
QUICK: Final = Policy(attempts=2, attempt_timeout=5.0, deadline=5.0)
PACE_CANCEL: Final = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")
PAGE: Final = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
OPERATIONS: Final = sorted((ROOT / "operations" / "countermand_ops" / "otel").glob("*.py"))


@define
class Telemetry:
    """An application's SDK, and what it has collected."""

    sampler: Any = None
    exporter: InMemorySpanExporter = field(factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = field(factory=InMemoryMetricReader)
    tracers: TracerProvider = field(init=False)
    meters: MeterProvider = field(init=False)

    def __attrs_post_init__(self) -> None:
        nobody = Resource.create({})
        self.tracers = TracerProvider(resource=nobody, sampler=self.sampler)
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader], resource=nobody)

    def listener(self, ledger: Ledger | None = None) -> Callable[[events.Event], None]:
        """What a client gets."""
        return otel.listener(ledger, tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def tracer(self) -> trace.Tracer:
        """For spans of the application's own."""
        return self.tracers.get_tracer("application")

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended."""
        return self.exporter.get_finished_spans()

    def named(self, start: str) -> list[ReadableSpan]:
        """The spans whose names start so."""
        return [span for span in self.spans if span.name.startswith(start)]

    def the(self, start: str) -> ReadableSpan:
        """The only span whose name starts so."""
        (found,) = self.named(start)
        return found

    def metric(self, name: str) -> list[tuple[Mapping[str, Any], Any]]:
        """The attributes and values of a metric; of a histogram, its data point."""
        data = self.reader.get_metrics_data()
        return [
            (point.attributes or {}, getattr(point, "value", point))
            for resource in ([] if data is None else data.resource_metrics)
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture
def telemetry(caplog: pytest.LogCaptureFixture) -> Iterator[Telemetry]:
    """An SDK; a listener that fails would be logged, and change nothing."""
    made = Telemetry()
    yield made
    made.tracers.shutdown()
    made.meters.shutdown()
    assert "on_event has raised" not in caplog.text


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


def settings(flavour: Flavour, on_event: Any, *given: Any) -> dict[str, Any]:
    """Of a client that retries at once."""
    pause: Any = (lambda _: asyncio.sleep(0)) if flavour == "async" else (lambda _: None)
    transport = answers(*given)
    return {"transport": transport, "on_event": on_event, "policy": QUICK, "sleep": pause}


def is_child(child: ReadableSpan, parent: ReadableSpan) -> bool:
    """Whether a span is right below another one."""
    return child.parent is not None and child.parent.span_id == parent.context.span_id


def test_a_retried_cancel_is_a_span_with_a_client_span_for_each_attempt(
    flavour: Flavour, telemetry: Telemetry
) -> None:
    """By the HTTP conventions; the wait is an event of the call's span."""
    given = (httpx.ReadError("cut"), (503, {}), SUCCESS["vtex"])
    options = settings(flavour, telemetry.listener(), *given)
    options["policy"] = Policy(attempts=3, attempt_timeout=5.0, deadline=5.0)
    cancel(flavour, VTEX, CANCELLATIONS["vtex"], **options)
    call = telemetry.the("cancel vtex")
    assert (call.kind, call.parent, call.status.status_code) == (
        SpanKind.INTERNAL,
        None,
        StatusCode.UNSET,
    )
    attributes = dict(call.attributes or {})
    assert str(attributes.pop("countermand.destination")).startswith("https://vtex.invalid:8443")
    assert attributes == {
        "countermand.key": KEY,
        "countermand.provider": "vtex",
        "countermand.kind": "cancel",
        "countermand.operation": "cancelPayment",
        "countermand.outcome": "cancelled",
        "countermand.evidence": "reply",
        "countermand.sent": "responded",
        "countermand.attempts": 3,
        "countermand.reads": 0,
        "countermand.needs_person": False,
        "countermand.interrupted": False,
    }
    one, two, three = telemetry.named("POST /payments/{paymentId}/cancellations")
    assert all(is_child(span, call) for span in (one, two, three))
    assert {span.kind for span in (one, two, three)} == {SpanKind.CLIENT}
    shared = {
        "http.request.method": "POST",
        "server.address": "vtex.invalid",
        "server.port": 8443,
        "url.template": "/payments/{paymentId}/cancellations",
        "url.full": "https://vtex.invalid:8443/payments/"
        "B2F246B3CE46469FBDD23039868E95D0/cancellations",
        "countermand.key": KEY,
        "countermand.provider": "vtex",
        "countermand.operation": "cancelPayment",
        "countermand.is_read": False,
    }
    assert dict(one.attributes or {}) == {
        **shared,
        "error.type": "maybe sent",
        "countermand.sent": "maybe sent",
    }
    assert dict(two.attributes or {}) == {
        **shared,
        "http.request.resend_count": 1,
        "http.response.status_code": 503,
        "error.type": "503",
        "countermand.sent": "responded",
    }
    assert dict(three.attributes or {}) == {
        **shared,
        "http.request.resend_count": 2,
        "http.response.status_code": 200,
        "countermand.sent": "responded",
    }
    assert [span.status.status_code for span in (one, two, three)] == [
        StatusCode.ERROR,
        StatusCode.ERROR,
        StatusCode.UNSET,
    ]
    assert one.status.description == "ReadError: cut"
    waits = [(event.name, dict(event.attributes or {})) for event in call.events]
    assert [name for name, _ in waits] == ["countermand.wait"] * 2
    assert {each["countermand.reason"] for _, each in waits} == {"retry"}
    assert all(span.end_time and span.start_time for span in telemetry.spans)


def test_a_span_takes_as_long_as_what_it_stands_for(telemetry: Telemetry) -> None:
    """By the client's clock; the times of day are the host's."""
    now = [1000.0]

    def answer(_request: httpx.Request) -> httpx.Response:
        now[0] += 2.5
        return httpx.Response(200, json=SUCCESS["unzer"][1])

    listen = telemetry.listener()
    cancel(
        "sync",
        UNZER,
        CANCEL,
        transport=Recorder(answer),
        on_event=listen,
        clock=lambda: now[0],
        policy=Policy(),
    )
    span = telemetry.the("POST")
    assert span.start_time is not None
    assert span.end_time is not None
    assert (span.end_time - span.start_time) / 1e9 == pytest.approx(2.5, abs=1e-5)
    (_, point), *_ = telemetry.metric("http.client.request.duration")
    assert (point.count, point.sum) == (1, 2.5)
    (_, point), *_ = telemetry.metric("countermand.call.duration")
    assert (point.count, point.sum) == (1, 2.5)


def test_an_unknown_outcome_is_an_error_with_advice(flavour: Flavour, telemetry: Telemetry) -> None:
    """Reads are client spans, too, and say so."""
    given = (httpx.ReadError("cut"), (503, {}))
    result = cancel(flavour, UNZER, CANCEL, **settings(flavour, telemetry.listener(), *given))
    call = telemetry.the("cancel unzer")
    attributes = dict(call.attributes or {})
    assert call.status.status_code is StatusCode.ERROR
    assert call.status.description == result.message  # type: ignore[union-attr]
    assert attributes["error.type"] == "OutcomeUnknown"
    assert attributes["countermand.outcome"] == "unknown"
    assert attributes["countermand.advice"] == "read"
    assert attributes["countermand.sent"] == "maybe sent"
    assert "countermand.evidence" not in attributes
    reads = telemetry.named("GET /payments/{paymentId}")
    assert [dict(each.attributes or {})["countermand.is_read"] for each in reads] == [True, True]
    assert [dict(each.attributes or {}).get("http.request.resend_count") for each in reads] == [
        None,
        1,
    ]


def test_the_callers_span_is_the_parent_in_each_thread(telemetry: Telemetry) -> None:
    """And is the current one again when the call has ended."""
    options = settings("sync", telemetry.listener(), SUCCESS["unzer"])
    seen: list[bool] = []
    together = threading.Barrier(4)

    def work(client: Client, number: int) -> None:
        with telemetry.tracer.start_as_current_span(f"caller {number}") as mine:
            together.wait(10.0)
            client.cancel(unzer.Cancellation(f"s-pay-{number}", amount=1), key=f"order-{number}")
            seen.append(trace.get_current_span() is mine)

    with Client(UNZER, **options) as client, ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(work, client, number) for number in range(4)]:
            each.result()
    assert seen == [True] * 4
    assert_family(telemetry, 4)


def test_the_callers_span_is_the_parent_in_each_task(telemetry: Telemetry) -> None:
    """Also where many calls are under way at once."""
    options = settings("async", telemetry.listener(), SUCCESS["unzer"])
    seen: list[bool] = []

    async def work(client: AsyncClient, number: int) -> None:
        with telemetry.tracer.start_as_current_span(f"caller {number}") as mine:
            order = unzer.Cancellation(f"s-pay-{number}", amount=1)
            await client.cancel(order, key=f"order-{number}")
            seen.append(trace.get_current_span() is mine)

    async def run() -> None:
        async with AsyncClient(UNZER, **options) as client:
            await asyncio.gather(*(work(client, number) for number in range(4)))

    asyncio.run(run())
    assert seen == [True] * 4
    assert_family(telemetry, 4)


def assert_family(telemetry: Telemetry, count: int) -> None:
    """Each caller has its own call below it, with its own key, and below that one attempt."""
    calls = telemetry.named("cancel unzer")
    assert len(calls) == count
    for call in calls:
        key = str((call.attributes or {})["countermand.key"])
        caller = telemetry.the(f"caller {key.removeprefix('order-')}")
        assert is_child(call, caller)
        (attempt,) = (span for span in telemetry.named("POST") if is_child(span, call))
        assert (attempt.attributes or {})["countermand.key"] == key


def test_calls_of_cancel_many_are_below_the_span_that_consumes_them(telemetry: Telemetry) -> None:
    """Their tasks begin in the consumer's context."""
    options = settings("async", telemetry.listener(), SUCCESS["unzer"])

    async def run() -> None:
        wanted = [
            CancelRequest(unzer.Cancellation(f"s-pay-{n}", amount=1), f"order-{n}")
            for n in range(5)
        ]
        async with AsyncClient(UNZER, **options) as client:
            with telemetry.tracer.start_as_current_span("batch"):
                async for _ in client.cancel_many(wanted, concurrency=2):
                    pass

    asyncio.run(run())
    batch = telemetry.the("batch")
    calls = telemetry.named("cancel unzer")
    assert len(calls) == 5
    assert all(is_child(call, batch) for call in calls)


@pytest.mark.parametrize("kind", ["blocking", "plain under asyncio", "coroutine"])
def test_spans_of_the_callers_callables_are_below_the_call(kind: str, telemetry: Telemetry) -> None:
    """In the same thread, on a thread of its own, and in the task."""

    def token(_user: str | None) -> str:
        with telemetry.tracer.start_as_current_span("token"):
            return "token-one"

    async def token_later(user: str | None) -> str:
        return token(user)

    source: Any = token_later if kind == "coroutine" else token
    flavour: Flavour = "sync" if kind == "blocking" else "async"
    account = pace_pay.Account(source, "https://pace.invalid")
    options = settings(flavour, telemetry.listener(), (204, None))
    cancel(flavour, account, PACE_CANCEL, **options)
    assert is_child(telemetry.the("token"), telemetry.the("cancel pace_pay"))


def test_a_ledgers_work_has_the_context_of_the_call(tmp_path: Path) -> None:
    """Under asyncio a SQLite ledger works in threads of its own."""
    caller: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")
    seen: set[str] = set()
    ledger: Any = Ledger(tmp_path / "cancellations.db")
    perform = ledger._database.perform

    def noting(*arguments: Any, **options: Any) -> Any:
        seen.add(caller.get())
        return perform(*arguments, **options)

    ledger._database.perform = noting

    async def run() -> None:
        caller.set("ada")
        transport = answers(SUCCESS["unzer"])
        async with AsyncClient(UNZER, ledger=ledger, transport=transport) as client:
            await client.cancel(CANCEL, key=KEY)
            await client.show(KEY)

    with ledger:
        asyncio.run(run())
    assert seen == {"ada"}


def test_an_interrupted_call_ends_its_span(telemetry: Telemetry) -> None:
    """Ctrl-C; the caller's span is the current one again."""

    def strike(_request: object) -> Any:
        raise KeyboardInterrupt

    listen = telemetry.listener()
    with (
        Client(UNZER, transport=Recorder(strike), on_event=listen) as client,
        telemetry.tracer.start_as_current_span("caller") as mine,
    ):
        with pytest.raises(KeyboardInterrupt):
            client.cancel(CANCEL, key=KEY)
        assert trace.get_current_span() is mine
    attributes = dict(telemetry.the("cancel unzer").attributes or {})
    assert attributes["countermand.interrupted"]
    assert attributes["countermand.outcome"] == "unknown"


def test_a_coroutine_that_ends_in_another_context_disturbs_nothing(
    telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    """It was dropped, and the collector ran elsewhere."""

    async def drop() -> None:
        async with AsyncClient(
            UNZER, transport=answers(SUCCESS["unzer"]), on_event=telemetry.listener()
        ) as client:
            call = client.cancel(CANCEL, key=KEY)
            contextvars.copy_context().run(call.send, None)
            with telemetry.tracer.start_as_current_span("other") as mine:
                call.close()
                assert trace.get_current_span() is mine

    asyncio.run(drop())
    assert is_child(telemetry.the("POST"), telemetry.the("cancel unzer"))
    assert "detach" not in caplog.text


def test_what_is_not_sampled_costs_no_span(telemetry: Telemetry) -> None:
    """And is measured all the same."""
    telemetry = Telemetry(sampler=ALWAYS_OFF)
    given = ((503, {}), SUCCESS["vtex"])
    cancel("sync", VTEX, CANCELLATIONS["vtex"], **settings("sync", telemetry.listener(), *given))
    assert telemetry.spans == ()
    assert telemetry.metric("countermand.attempts")


def test_outcomes_attempts_durations_waits_and_budget_are_measured(
    flavour: Flavour, telemetry: Telemetry
) -> None:
    """With few values of each attribute."""
    listen = telemetry.listener()
    given = ((503, {}), SUCCESS["vtex"])
    cancel(flavour, VTEX, CANCELLATIONS["vtex"], **settings(flavour, listen, *given))
    given = ((404, {"errors": [{"code": "API.310.100.003", "merchantMessage": "no"}]}),)
    cancel(flavour, UNZER, CANCEL, **settings(flavour, listen, *given))
    assert telemetry.metric("countermand.outcomes") == [
        (
            {
                "countermand.provider": "vtex",
                "countermand.kind": "cancel",
                "countermand.outcome": "cancelled",
                "countermand.evidence": "reply",
                "countermand.needs_person": False,
            },
            1,
        ),
        (
            {
                "countermand.provider": "unzer",
                "countermand.kind": "cancel",
                "countermand.outcome": "not cancelled",
                "countermand.needs_person": False,
                "error.type": "NotFound",
            },
            1,
        ),
    ]
    assert telemetry.metric("countermand.attempts") == [
        ({"countermand.provider": "vtex", "countermand.sent": "responded"}, 2),
        ({"countermand.provider": "unzer", "countermand.sent": "responded"}, 1),
    ]
    ((attributes, point),) = telemetry.metric("countermand.wait.duration")
    assert attributes == {"countermand.provider": "vtex", "countermand.reason": "retry"}
    assert point.count == 1
    budgets = telemetry.metric("countermand.retry_budget.left")
    assert [value for _, value in budgets] == pytest.approx([9.1, 10.0])
    requests = telemetry.metric("http.client.request.duration")
    assert sum(point.count for _, point in requests) >= 3
    assert {attributes["server.address"] for attributes, _ in requests} == {
        "vtex.invalid",
        "unzer.invalid",
    }
    assert not any("url.full" in attributes for attributes, _ in requests)


def test_a_duration_leads_to_the_span_of_its_call(telemetry: Telemetry) -> None:
    """As an exemplar: it was measured while that span was the current one."""
    cancel("sync", UNZER, CANCEL, **settings("sync", telemetry.listener(), SUCCESS["unzer"]))
    call = telemetry.the("cancel unzer")
    ((_, point),) = telemetry.metric("countermand.call.duration")
    assert [exemplar.span_id for exemplar in point.exemplars] == [call.context.span_id]


def test_without_a_budget_no_budget_is_measured(telemetry: Telemetry) -> None:
    """Zero would say that it is spent."""
    options = settings("sync", telemetry.listener(), SUCCESS["unzer"])
    cancel("sync", UNZER, CANCEL, **{**options, "policy": Policy(budget=None)})
    assert telemetry.metric("countermand.retry_budget.left") == []


def test_open_keys_are_counted_when_metrics_are_collected(
    telemetry: Telemetry, tmp_path: Path
) -> None:
    """By provider, state and what they wait for, with the age of the oldest."""
    with Ledger(tmp_path / "cancellations.db") as ledger:
        telemetry.listener(ledger)
        assert telemetry.metric("countermand.ledger.open_keys") == []
        ledger.claim(claimant("one"))
        ledger.record_attempt(claimant("one"), 1)
        ledger.record_outcome(claimant("one"), unknown("one"))
        key = {"countermand.provider": "unzer", "countermand.state": "MAYBE_EXECUTED"}
        assert telemetry.metric("countermand.ledger.open_keys") == [(key, 1)]
        ((attributes, age),) = telemetry.metric("countermand.ledger.oldest_open_key.age")
        assert attributes == key
        assert 0 <= age < 600


def test_a_key_that_waits_for_a_person_is_seen(
    telemetry: Telemetry, tmp_path: Path, sandbox: Sandbox, proxy: FaultProxy
) -> None:
    """At the provider's own simulator: Bento cannot be read, and the answer is lost."""
    payment = sandbox.create_payment("bento", captured=True)
    known = sandbox.account("bento", proxy.base_url("bento"))
    account = bento.Account(known.token_source, known.endpoint, read=False)
    order = bento.Cancellation(payment.order_id, payment.transaction_id, refund_amount=500)
    proxy.script(faults.RESET_AFTER)
    with Ledger(tmp_path / "cancellations.db") as ledger:
        on_event = telemetry.listener(ledger)
        with (
            Client(account, ledger=ledger, on_event=on_event, trust_env=False) as client,
            pytest.raises(CountermandError),
        ):
            client.cancel(order, key=KEY)
        ((attributes, count),) = telemetry.metric("countermand.ledger.open_keys")
    assert (attributes["countermand.waiting_for"], count) == ("person", 1)
    assert dict(telemetry.the("cancel bento").attributes or {})["countermand.needs_person"]


def test_a_ledger_that_fails_leaves_a_gap_and_a_line(
    telemetry: Telemetry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The other metrics are collected."""
    with Ledger(tmp_path / "cancellations.db") as ledger:
        listen = telemetry.listener(ledger)
        cancel("sync", UNZER, CANCEL, **settings("sync", listen, SUCCESS["unzer"]))
        break_down(ledger, 1)
        with caplog.at_level(logging.WARNING):
            assert telemetry.metric("countermand.attempts")
    assert "open keys were not counted: the ledger cannot be used" in caplog.text


def test_no_credential_is_in_spans_or_metrics(flavour: Flavour, telemetry: Telemetry) -> None:
    """Even if the provider echoes it."""

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"errors": [{"merchantMessage": str(request.headers)}]})

    options = settings(flavour, telemetry.listener(), SUCCESS["unzer"])
    cancel(flavour, UNZER, CANCEL, **{**options, "transport": Recorder(echo)})
    data = telemetry.reader.get_metrics_data()
    assert data is not None
    collected = "".join(span.to_json() for span in telemetry.spans) + data.to_json()
    assert KEY in collected
    assert "hush" not in collected


def test_the_api_alone_is_used() -> None:
    """The application chooses the SDK. Without one, nothing is collected, and nothing fails."""
    allowed = {"opentelemetry.context", "opentelemetry.metrics", "opentelemetry.trace"}
    for path in OPERATIONS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opentel"):
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                assert node.module in allowed or names <= allowed
    program = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "import httpx\n"
        "from countermand import Client, unzer\n"
        "from countermand_ops import otel\n"
        f"answer = httpx.Response(200, json={SUCCESS['unzer'][1]!r})\n"
        "transport = httpx.MockTransport(lambda _: answer)\n"
        "account = unzer.Account('s-priv-1')\n"
        "with Client(account, transport=transport, on_event=otel.listener()) as client:\n"
        "    print(client.cancel(unzer.Cancellation('s-pay-1', amount=1)).outcome)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.stderr) == ("cancelled\n", "")


def test_a_missing_extra_is_named() -> None:
    """With what to install."""
    program = "import sys; sys.modules['opentelemetry'] = None; import countermand_ops.otel"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.stderr.strip().endswith(
        "countermand_ops.otel needs opentelemetry, which the extra 'otel' brings: "
        "pip install 'countermand[otel]'"
    )


def alert_rules() -> list[dict[str, Any]]:
    """The rules of the page."""
    (block,) = re.findall(r"```yaml\n(groups:.*?)```", PAGE, re.DOTALL)
    rules: list[dict[str, Any]] = [
        rule for group in yaml.safe_load(block)["groups"] for rule in group["rules"]
    ]
    return rules


@pytest.fixture
def scraped(tmp_path: Path) -> str:
    """What Prometheus scrapes of a client that has done everything once."""
    reader = PrometheusMetricReader()
    meters = MeterProvider([reader], resource=Resource.create({}))
    try:
        with Ledger(tmp_path / "cancellations.db") as ledger:
            listen = otel.listener(ledger, meter_provider=meters)
            for given in [((503, {}), SUCCESS["vtex"]), ((501, MANUALLY),), ((404, {}),)]:
                cancel(
                    "sync",
                    VTEX,
                    CANCELLATIONS["vtex"],
                    ledger=ledger,
                    key=f"order-{given[0][0]}",
                    **settings("sync", listen, *given),
                )
            return prometheus_client.generate_latest(prometheus_client.REGISTRY).decode()
    finally:
        meters.shutdown()


MANUALLY: Final = {**SUCCESS["vtex"][1], "cancellationId": None, "code": "cancel-manually"}


def test_every_alert_rule_names_series_and_labels_that_prometheus_sees(scraped: str) -> None:
    """And is written in its language."""
    rules = alert_rules()
    assert len(rules) >= 6
    series = set(re.findall(r"^(\w+?)(?:\{|\s)", scraped, re.MULTILINE))
    labels = set(re.findall(r'[{,](\w+)="', scraped))
    # A label that only some series have, in this run.
    labels.add("countermand_waiting_for")
    for rule in rules:
        expression = rule["expr"]
        promql_parser.parse(expression)
        named = set(re.findall(r"\b((?:countermand|http)_\w+?)(?=[{\[)\s]|$)", expression))
        grouped = re.findall(r"by \(([^)]*)\)", expression)
        used = {label.strip() for each in grouped for label in each.split(",")}
        used |= set(re.findall(r'(\w+)(?:=~|!~|!=|=)"', expression))
        assert named - used <= series, rule["alert"]
        assert named - used, rule["alert"]
        assert used - {"le"} <= labels, rule["alert"]
        assert rule["annotations"]["summary"]


def test_the_page_names_every_metric_and_attribute(scraped: str) -> None:
    """What a team builds on is written down: as OpenTelemetry calls it, and Prometheus."""
    for name in set(re.findall(r"^# HELP (countermand_\w+|http_\w+)", scraped, re.MULTILINE)):
        assert f"`{name}`" in PAGE, name
    source = "".join(path.read_text(encoding="utf-8") for path in OPERATIONS)
    for name in set(re.findall(r'"((?:countermand|http|url|server|error)\.[a-z_.]+)"', source)):
        assert f"`{name}`" in PAGE, name
    for name in (
        *{each.name for each in events.CallStarted.__attrs_attrs__ if each.name in KEPT},
        *{each.name for each in events.CallEnded.__attrs_attrs__ if each.name in KEPT},
    ):
        assert f"`countermand.{name}`" in PAGE, name


KEPT: Final = {
    "key",
    "provider",
    "kind",
    "operation",
    "destination",
    "outcome",
    "evidence",
    "advice",
    "sent",
    "attempts",
    "reads",
    "needs_person",
    "interrupted",
}
