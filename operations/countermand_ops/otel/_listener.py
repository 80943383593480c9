"""The function that a client's `on_event` gets."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from opentelemetry import metrics, trace

from countermand_ops.otel._ledger import observe_ledger
from countermand_ops.otel._metrics import Metrics
from countermand_ops.otel._spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.events import Event
    from countermand.ledger import Ledger

SCOPE: Final = "countermand"
"""The instrumentation scope of all spans and metrics."""


def listener(
    ledger: Ledger | None = None,
    *,
    tracer_provider: trace.TracerProvider | None = None,
    meter_provider: metrics.MeterProvider | None = None,
) -> Callable[[Event], None]:
    """Make a listener for `Client(on_event=...)` that makes spans and metrics of its events.

    Args:
        ledger: If given, its unresolved keys are counted whenever metrics are collected: one query,
            in the thread that collects. Of many processes, one is enough.
        tracer_provider: Makes the spans; the global one if left out.
        meter_provider: Collects the metrics; the global one if left out.
    """
    release = version("countermand")
    tracer = trace.get_tracer(SCOPE, release, tracer_provider)
    meter = metrics.get_meter(SCOPE, release, meter_provider)
    spans, measured = Spans(tracer), Metrics(meter)
    if ledger is not None:
        observe_ledger(meter, ledger)

    def listen(event: Event) -> None:
        # Measured before the span of the call ends, so that exemplars lead to it.
        spans.before(event)
        measured(event)
        spans.after(event)

    return listen
