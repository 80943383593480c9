"""Verdicts that need no provider's rules: from what a reply proves to what it means. Pure."""

from __future__ import annotations

from functools import lru_cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from countermand.attempts import TypedBody
from countermand.errors import Declined, Forbidden, Misdirected, NotFound
from countermand.provider._bodies import (
    forget_document,
    is_json,
    json_object,
    media_type,
    printable,
)
from countermand.provider._evidence import Proof, is_transient, prove
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
    from collections.abc import Callable, Mapping

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse


def verdict_from_reply(
    reply: RawResponse, call: Call[Any], message: str | None = None, **facts: Any
) -> Verdict:
    """The verdict on a reply from what it proves, for any operation.

    Args:
        reply: The reply.
        call: The request that it answers.
        message: The provider's message, made `printable`.
        facts: Fields of `Declined`: `code` and `reason`.
    """
    match prove(reply, call):
        case Proof.EXECUTED:
            return Done(outcome=Outcome.CANCELLED, response=typed_later(call, reply))
        case Proof.REFUSED:
            return _own_refusal(reply, call, message, **facts)
        case Proof.NOT_PROCESSED:
            return _not_processed(reply, message)
        case Proof.UNDECIDED:
            said = message or "no reason given"
            return maybe_executed(
                reply, f"{status_phrase(reply.status)}: the provider does not know: {said}"
            )
        case _:
            return proves_nothing(reply, message)


def maybe_executed(reply: RawResponse, reason: str, reference: str | None = None) -> MaybeExecuted:
    """The verdict on a reply that proves neither success nor failure."""
    return MaybeExecuted(message=reason, reference=reference, transient=is_transient(reply))


def proves_nothing(
    reply: RawResponse, message: str | None = None, reference: str | None = None
) -> MaybeExecuted:
    """The verdict on a reply that is cut, undocumented, or perhaps not the provider's."""
    said = _said(reply, message)
    if reply.is_server_error and not reply.problem:
        return maybe_executed(reply, said, reference)
    if reply.problem:
        why = reply.problem
    elif reply.is_success and reply.body and is_json(reply):
        why = "not the documented answer"
    else:
        why = f"{_kind_of_body(reply)}, not the API's own: check base_url"
    nothing = "; it proves nothing" if message else " proves nothing"
    return maybe_executed(reply, f"{said}{nothing}: {why}", reference)


def typed_later(call: Call[Any], reply: RawResponse) -> Any:
    """The typed body of a reply for `Done.response`, parsed when it is first asked for.

    It is None if the reply does not have the documented form.
    """
    if call.operation.media_types(reply.status):
        return TypedBody(reply, _reader(call.parse))
    return parse_typed(call, reply.status, None)


def parse_typed(call: Call[Any], status: int, body: Mapping[str, Any] | None) -> Any:
    """The typed body, or None if it does not have the documented form."""
    return _parse(call.parse, status, body)


@lru_cache(maxsize=64)
def _reader(parse: Callable[[int, object], Any]) -> Callable[[RawResponse], Any]:
    """Parses a reply; one for each operation, since every receipt that is kept has it."""
    return partial(_parse_reply, parse)


def _parse_reply(parse: Callable[[int, object], Any], reply: RawResponse) -> Any:
    document = json_object(reply)
    forget_document(reply)
    return _parse(parse, reply.status, document)


def _parse(parse: Callable[[int, object], Any], status: int, body: object) -> Any:
    try:
        return parse(status, body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def status_phrase(status: int) -> str:
    """The status with its reason phrase, such as `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _own_refusal(reply: RawResponse, call: Call[Any], message: str | None, **facts: Any) -> Verdict:
    """The verdict on the provider's own error document."""
    said = _said(reply, message)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(message=said)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return TokenRejected(message=said)
    code = facts.get("code")
    about_payment = not call.operation.evidence.state.isdisjoint({str(reply.status), code})
    if reply.status == HTTPStatus.FORBIDDEN:
        return Refused(error=Forbidden, message=said, about_payment=about_payment)
    if reply.status == HTTPStatus.NOT_FOUND:
        return Refused(error=NotFound, message=said, about_payment=about_payment)
    return Refused(error=Declined, message=said, error_fields=facts, about_payment=about_payment)


def _not_processed(reply: RawResponse, message: str | None) -> Verdict:
    """The verdict on a status by which HTTP says that the request was not processed."""
    said = _said(reply, message)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(message=said, foreign=True)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return TokenRejected(message=said, foreign=True)
    if reply.is_redirect:
        return _refuse_redirect(reply)
    return Refused(error=Misdirected, message=f"{said}; not processed, says HTTP: check base_url")


def _said(reply: RawResponse, message: str | None) -> str:
    phrase = status_phrase(reply.status)
    return f"{phrase}: {message}" if message else phrase


def _kind_of_body(reply: RawResponse) -> str:
    if reply.is_redirect:
        location = _without_query(reply.header("location"))
        return f"a redirect to {location}" if location else "a redirect"
    kind = printable(media_type(reply))
    if not reply.body:
        return "an empty body"
    return f"a body of type {kind}" if kind else "a body without a type"


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
