"""What a status means where the provider's own rules have nothing to say. Pure and total."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from countermand._body import is_json, json_object, media_type, text
from countermand._verdicts import Done, Refused, TokenRefused, TryLater, Unclear, Verdict
from countermand.errors import Declined, Forbidden, Misdirected, NotFound
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


PAGES: Final = (403, 404)
"""Statuses that gateways and web servers give pages of their own."""


def by_status(reply: RawResponse, words: str | None = None, **facts: Any) -> Verdict:
    """The verdict that a status alone allows.

    Args:
        reply: What came back.
        words: What the provider said, fit for a message.
        facts: What a `Declined` is to carry (code, reason).
    """
    status = reply.status
    said = f"{phrase(status)}: {words}" if words else phrase(status)
    if reply.is_redirect:
        return _redirected(reply)
    if media_type(reply) == "text/html" and status in PAGES:
        return Refused(error=Misdirected, message=f"{said}; a web page is not the API")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryLater(message=said)
    if status == HTTPStatus.UNAUTHORIZED:
        return TokenRefused(message=said)
    if status == HTTPStatus.FORBIDDEN:
        return Refused(error=Forbidden, message=said)
    if status == HTTPStatus.NOT_FOUND:
        return Refused(error=NotFound, message=said)
    if reply.is_client_error:
        if is_json(reply):
            return Refused(error=Declined, message=said, facts=facts)
        return Refused(error=Misdirected, message=f"{said}; this is not the API")
    return unclear(reply, said)


def succeeded(reply: RawResponse, call: Call[Any]) -> Verdict:
    """A documented 2xx with a readable body, or one that is documented to have none."""
    media_types = call.operation.media_types(reply.status)
    if media_types is None:
        return unbelievable(reply)
    document = json_object(reply) if media_types else None
    if media_types and document is None:
        return unbelievable(reply)
    return Done(outcome=Outcome.CANCELLED, response=parsed(call, reply.status, document))


def unclear(reply: RawResponse, reason: str) -> Unclear:
    """A reply that proves nothing either way."""
    return Unclear(message=reason, answered=reply.is_success)


def unbelievable(reply: RawResponse) -> Unclear:
    """A 2xx that is not the documented one, or whose body cannot be read."""
    why = reply.problem or "not the documented answer"
    return Unclear(message=f"{phrase(reply.status)} cannot be believed: {why}", answered=True)


def parsed(call: Call[Any], status: int, body: Mapping[str, Any] | None) -> Any:
    """The typed body, or None where it has not the documented form."""
    try:
        return call.parse(status, body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def phrase(status: int) -> str:
    """The status as a person reads it."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _redirected(reply: RawResponse) -> Refused:
    location = _without_query(reply.header("location"))
    where = f" to {location}" if location else ""
    return Refused(
        error=Misdirected,
        message=f"{phrase(reply.status)}{where}; a redirect is never followed",
        facts={"location": location},
    )


def _without_query(location: str | None) -> str | None:
    """Origin and path: a query or user info may hold a secret."""
    try:
        parts = urlsplit(location or "")
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    origin = f"{scheme}//{host}{port}" if host else ""
    return text(origin + parts.path)
