"""PACE Pay and PACE Fueling: their common error document and login layer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from countermand.provider import (
    LinkRequired,
    Refused,
    Verdict,
    json_object,
    object_list,
    printable,
    verdict_from_reply,
)

if TYPE_CHECKING:
    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse

MISSING_LINKED_IDENTITY: Final = "missing-linked-identity"
MISSING_SCOPE: Final = "requires scope"


def error_objects(reply: RawResponse) -> list[dict[str, Any]]:
    """The error objects of a JSON:API error document; empty for any other body."""
    return object_list(json_object(reply) or {}, "errors")


def interpret_reply(reply: RawResponse, call: Call[Any]) -> Verdict:
    """The verdict on a reply of PACE.

    An error document describes the payment. The platform's login layer answers text/plain (wrong
    token, missing scope), which describes only the caller; so does a document with its words.
    Source: PACE's pages for the two cancels; for text/plain, PACE's published server framework,
    which can turn plain errors into documents.
    """
    errors = error_objects(reply)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        for problem in errors:
            if problem.get("code") == MISSING_LINKED_IDENTITY:
                return LinkRequired(problem=problem)
    first = errors[0] if errors else {}
    message = printable(first.get("detail")) or printable(first.get("title"))
    code = printable(first.get("code"))
    verdict = verdict_from_reply(reply, call, message, code=code, reason=message)
    about_caller = not errors or MISSING_SCOPE in (message or "")
    if isinstance(verdict, Refused) and about_caller:
        return evolve(verdict, about_payment=False)
    return verdict
