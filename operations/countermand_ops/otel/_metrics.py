"""Metrics of calls, requests and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from countermand import events
from countermand_ops.otel._attributes import OUTCOME, fields_of, http_of

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

CALL_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0)
REQUEST_SECONDS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
"""As the conventions of `http.client.request.duration` advise."""


class Metrics:
    """Measures events."""

    def __init__(self, meter: Meter) -> None:
        self._outcomes = meter.create_counter(
            "countermand.outcomes", "{call}", "Calls that have ended"
        )
        self._attempts = meter.create_counter(
            "countermand.attempts", "{request}", "Requests that may move money"
        )
        self._call_duration = meter.create_histogram(
            "countermand.call.duration",
            "s",
            "Duration of calls, waits included",
            explicit_bucket_boundaries_advisory=CALL_SECONDS,
        )
        self._request_duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=REQUEST_SECONDS,
        )
        self._wait_duration = meter.create_histogram(
            "countermand.wait.duration",
            "s",
            "Duration of the waits of calls",
            explicit_bucket_boundaries_advisory=CALL_SECONDS,
        )
        self._budget_left = meter.create_gauge(
            "countermand.retry_budget.left", "{retry}", "Retries that an account's budget permits"
        )

    def __call__(self, event: events.Event) -> None:
        """Measure an event."""
        match event:
            case events.AttemptEnded():
                self._attempts.add(1, fields_of(event, ("provider", "sent")))
                self._request_duration.record(event.seconds, _of_request(event))
            case events.ReadEnded():
                self._request_duration.record(event.seconds, _of_request(event))
            case events.WaitEnded():
                self._wait_duration.record(event.seconds, fields_of(event, ("provider", "reason")))
            case events.CallEnded():
                self._measure_call(event)
            case _:
                pass

    def _measure_call(self, event: events.CallEnded) -> None:
        attributes = fields_of(event, OUTCOME)
        if event.error is not None:
            attributes["error.type"] = event.error
        self._outcomes.add(1, attributes)
        self._call_duration.record(event.seconds, fields_of(event, ("provider", "kind", "outcome")))
        if event.budget_left is not None:
            place = fields_of(event, ("provider", "destination"))
            self._budget_left.set(event.budget_left, place)


def _of_request(
    event: events.AttemptEnded | events.ReadEnded,
) -> dict[str, str | bool | int | float]:
    return http_of(event) | fields_of(event, ("provider",))
