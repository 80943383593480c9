"""One span for each call, and below it one client span for each of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from countermand import events
from countermand_ops.otel._attributes import (
    CALL_ENDED,
    CALL_STARTED,
    error_type,
    fields_of,
    http_of,
)

if TYPE_CHECKING:
    from contextvars import Token


@frozen
class OpenCall:
    """A call whose span has not ended."""

    span: trace.Span
    context: contexts.Context
    """The context in which the call's span is the current one."""
    token: Token[contexts.Context]


@define(eq=False)
class Spans:
    """Makes the spans of the calls of any number of threads and tasks."""

    tracer: trace.Tracer
    _open: dict[int, OpenCall] = field(factory=dict[int, OpenCall])

    def before(self, event: events.Event) -> None:
        """Start the span of a call, or make that of a request, before the event is measured."""
        match event:
            case events.CallStarted():
                self._start(event)
            case events.AttemptEnded() | events.ReadEnded():
                self._add_request(event)
            case events.WaitEnded():
                self._add_wait(event)
            case _:
                pass

    def after(self, event: events.Event) -> None:
        """End the span of a call, after the event was measured."""
        if isinstance(event, events.CallEnded):
            self._end(event)

    def _start(self, event: events.CallStarted) -> None:
        span = self.tracer.start_span(
            f"{event.kind.value} {event.provider}",
            kind=SpanKind.INTERNAL,
            attributes=fields_of(event, CALL_STARTED),
            start_time=_nanoseconds(event.at),
        )
        inside = trace.set_span_in_context(span)
        # The caller's own callables make spans below the call's.
        self._open[event.call] = OpenCall(span, inside, contexts.attach(inside))

    def _add_request(self, event: events.AttemptEnded | events.ReadEnded) -> None:
        attributes = http_of(event) | fields_of(event, ("key", "provider", "operation", "sent"))
        attributes |= {
            "url.full": event.url,
            "countermand.is_read": isinstance(event, events.ReadEnded),
        }
        if event.resend_count:
            attributes["http.request.resend_count"] = event.resend_count
        span = self.tracer.start_span(
            f"{event.method} {event.path_template}",
            context=self._open[event.call].context,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            start_time=_nanoseconds(event.at - event.seconds),
        )
        if error_type(event) is not None:
            span.set_status(Status(StatusCode.ERROR, event.problem))
        span.end(_nanoseconds(event.at))

    def _add_wait(self, event: events.WaitEnded) -> None:
        attributes = fields_of(event, ("reason", "seconds"))
        span = self._open[event.call].span
        span.add_event("countermand.wait", attributes, _nanoseconds(event.at - event.seconds))

    def _end(self, event: events.CallEnded) -> None:
        call = self._open.pop(event.call)
        call.span.set_attributes(fields_of(event, CALL_ENDED))
        if event.error is not None:
            call.span.set_attribute("error.type", event.error)
            call.span.set_status(Status(StatusCode.ERROR, event.message))
        call.span.end(_nanoseconds(event.at))
        # A coroutine that was dropped with its event loop ends in another context.
        if contexts.get_current() is call.context:
            contexts.detach(call.token)


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
