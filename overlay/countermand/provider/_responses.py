"""Replies: strict parsing of bodies, and the verdicts that need no provider's rules."""

from __future__ import annotations

import codecs
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast
from urllib.parse import urlsplit

from countermand.errors import Declined, Forbidden, Misdirected, NotFound
from countermand.provider._verdicts import (
    Done,
    MaybeExecuted,
    Refused,
    Throttled,
    TokenRejected,
    Verdict,
)
from countermand.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


def media_type(reply: RawResponse) -> str | None:
    """The media type in lower case, without parameters; None without a Content-Type."""
    value = reply.header("content-type")
    return value.partition(";")[0].strip().lower() or None if value is not None else None


def is_json(reply: RawResponse) -> bool:
    """Whether the Content-Type is JSON or missing."""
    kind = media_type(reply)
    return kind is None or kind == "application/json" or kind.endswith("+json")


def json_object(reply: RawResponse) -> dict[str, Any] | None:
    """The body as a JSON object, or None.

    None for a cut body, another media type, a wrong charset, invalid JSON, NaN, a duplicate name
    (RFC 8259 does not define which of the two counts), and any value that is not an object.
    """
    if reply.problem is not None or not is_json(reply):
        return None
    try:
        value = json.loads(
            reply.body.decode(_charset(reply)),
            object_pairs_hook=_reject_duplicate_names,
            parse_constant=_refuse_constant,
        )
    except (ValueError, LookupError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def object_member(document: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A member's value if it is an object, else None."""
    value = document.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def object_list(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a member that is an array, without its other items; else an empty list."""
    value = document.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def provider_id(value: object) -> str | None:
    """An id from a body, unchanged; None if it is not a str or is blank."""
    return value if isinstance(value, str) and value.strip() else None


def printable(value: object, max_length: int = 300) -> str | None:
    """A string from a body, made printable and cut to a length for messages; else None."""
    if not isinstance(value, str) or not value:
        return None
    shown = "".join(c if c.isprintable() else " " for c in value[:max_length])
    return shown.strip() or None


def _charset(reply: RawResponse) -> str:
    content_type = reply.header("content-type") or ""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            codec = codecs.lookup(value.strip().strip("\"'"))
            if codec.name in {"utf-8", "ascii", "iso8859-1", "cp1252"}:
                return codec.name
            raise LookupError(codec.name)
    return "utf-8"


def _reject_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


HTML_STATUSES: Final = (403, 404)
"""Statuses for which gateways and web servers send HTML pages of their own."""


def verdict_from_status(reply: RawResponse, message: str | None = None, **facts: Any) -> Verdict:
    """The verdict on a reply that is no success, from its status.

    Args:
        reply: The reply.
        message: The provider's message, made `printable`.
        facts: Fields of `Declined`: `code` and `reason`.
    """
    status = reply.status
    said = f"{status_phrase(status)}: {message}" if message else status_phrase(status)
    if reply.is_redirect:
        return _refuse_redirect(reply)
    if media_type(reply) == "text/html" and status in HTML_STATUSES:
        return Refused(error=Misdirected, message=f"{said}; a web page, no API: check base_url")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(message=said)
    if status == HTTPStatus.UNAUTHORIZED:
        return TokenRejected(message=said)
    if status == HTTPStatus.FORBIDDEN:
        return Refused(error=Forbidden, message=said)
    if status == HTTPStatus.NOT_FOUND:
        return Refused(error=NotFound, message=said)
    if reply.is_client_error:
        if is_json(reply):
            return Refused(error=Declined, message=said, error_fields=facts)
        return Refused(error=Misdirected, message=f"{said}; not a reply of the API: check base_url")
    return maybe_executed(reply, said)


def verdict_from_success(reply: RawResponse, call: Call[Any]) -> Verdict:
    """Success for a documented 2xx whose body, if one is documented, is a JSON object."""
    media_types = call.operation.media_types(reply.status)
    if media_types is None:
        return unexpected_success(reply)
    document = json_object(reply) if media_types else None
    if media_types and document is None:
        return unexpected_success(reply)
    return Done(outcome=Outcome.CANCELLED, response=parse_typed(call, reply.status, document))


def maybe_executed(reply: RawResponse, reason: str) -> MaybeExecuted:
    """The verdict on a reply that proves neither success nor failure."""
    return MaybeExecuted(message=reason, answered=reply.is_success)


def unexpected_success(reply: RawResponse) -> MaybeExecuted:
    """The verdict on a 2xx that is not documented, or whose body is cut or not as documented."""
    reason = reply.problem or "not the documented answer"
    return MaybeExecuted(
        message=f"{status_phrase(reply.status)} proves nothing: {reason}", answered=True
    )


def parse_typed(call: Call[Any], status: int, body: Mapping[str, Any] | None) -> Any:
    """The typed body, or None if it does not have the documented form."""
    try:
        return call.parse(status, body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def status_phrase(status: int) -> str:
    """The status with its reason phrase, such as `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _refuse_redirect(reply: RawResponse) -> Refused:
    location = _without_query(reply.header("location"))
    where = f" to {location}" if location else ""
    return Refused(
        error=Misdirected,
        message=f"{status_phrase(reply.status)}{where}; redirects are not followed: check base_url",
        error_fields={"location": location},
    )


def _without_query(location: str | None) -> str | None:
    """Origin and path of a URL: query and user info may hold a secret."""
    try:
        parts = urlsplit(location or "")
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    origin = f"{scheme}//{host}{port}" if host else ""
    return printable(origin + parts.path)
