"""Attributes of spans and metrics, from the fields of an event.

Those of HTTP have the names of OpenTelemetry's conventions. All others are called `countermand.`
and the name of the event's field.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from countermand.events import CallEvent, RequestEnded

Attributes = dict[str, str | bool | int | float]

PORTS: Final = {"http": 80, "https": 443}
ERROR_STATUS: Final = 400
"""From this status on, a request of a client is an error."""

CALL_STARTED: Final = ("key", "provider", "kind", "operation", "destination")
CALL_ENDED: Final = (
    "outcome",
    "evidence",
    "advice",
    "sent",
    "attempts",
    "reads",
    "needs_person",
    "interrupted",
)
OUTCOME: Final = ("provider", "kind", "outcome", "evidence", "needs_person")
"""Of the metrics: few values each."""


def fields_of(event: CallEvent, names: Iterable[str]) -> Attributes:
    """The fields of these names, without those that are None."""
    found: Attributes = {}
    for name in names:
        value = getattr(event, name)
        if value is not None:
            found[f"countermand.{name}"] = value.value if isinstance(value, Enum) else value
    return found


def http_of(event: RequestEnded) -> Attributes:
    """The attributes of a request that have few values each, by the HTTP conventions."""
    url = urlsplit(event.url)
    found: Attributes = {
        "http.request.method": event.method,
        "server.address": url.hostname or "",
        "server.port": url.port or PORTS.get(url.scheme, 0),
        "url.template": event.path_template,
    }
    if event.status is not None:
        found["http.response.status_code"] = event.status
    failure = error_type(event)
    return found if failure is None else {**found, "error.type": failure}


def error_type(event: RequestEnded) -> str | None:
    """The status if it is an error, or how far a request got that has none; otherwise None."""
    if event.status is None:
        return event.sent.value
    return str(event.status) if event.status >= ERROR_STATUS else None
