"""Shows every cancel in structlog, Prometheus and Sentry, without changing a call."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sentry_sdk
import structlog
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider

from countermand import events
from countermand_ops import otel

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger


def log_as_json() -> None:
    """Print the lines of the logger `countermand` as JSON, with the fields of their events."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logger = logging.getLogger("countermand")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def listener(ledger: Ledger) -> Callable[[events.Event], None]:
    """What a client gets as `on_event`: metrics for Prometheus, and messages for Sentry.

    The metrics are in prometheus_client's default registry: serve it as you serve your own.
    """
    count = otel.listener(ledger, meter_provider=MeterProvider([PrometheusMetricReader()]))

    def on_event(event: events.Event) -> None:
        count(event)
        if isinstance(event, events.CallEnded) and event.needs_person:
            with sentry_sdk.new_scope() as scope:
                scope.set_tag("countermand.key", event.key)
                scope.set_tag("countermand.provider", event.provider)
                # One issue for each provider and kind of end, whatever the keys are.
                scope.fingerprint = ["countermand", event.provider, event.outcome]
                sentry_sdk.capture_message(f"{event.key}: {event.message}", "error")

    return on_event
