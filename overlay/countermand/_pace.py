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
    verdict_from_status,
)

if TYPE_CHECKING:
    from countermand.attempts import RawResponse

MISSING_LINKED_IDENTITY: Final = "missing-linked-identity"
ABOUT_PAYMENT: Final = (403, 404)


def is_error_document(reply: RawResponse) -> bool:
    """Whether the body is a JSON:API error document, even with an empty list."""
    return isinstance((json_object(reply) or {}).get("errors"), list)


def error_objects(reply: RawResponse) -> list[dict[str, Any]]:
    """The error objects of a JSON:API error document; empty for any other body."""
    return object_list(json_object(reply) or {}, "errors")


def interpret_error(reply: RawResponse) -> Verdict:
    """The verdict on a PACE reply that is no success.

    An error document describes the payment. The platform's login layer answers text/plain (wrong
    token, missing scope), which describes only the caller. Source: PACE's pages for the two
    cancels; for text/plain, PACE's published server framework.
    """
    errors = error_objects(reply)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        for problem in errors:
            if problem.get("code") == MISSING_LINKED_IDENTITY:
                return LinkRequired(problem=problem)
    first = errors[0] if errors else {}
    message = printable(first.get("detail")) or printable(first.get("title"))
    code = printable(first.get("code"))
    verdict = verdict_from_status(reply, message, code=code, reason=message)
    if errors and reply.status in ABOUT_PAYMENT and isinstance(verdict, Refused):
        return evolve(verdict, about_payment=True)
    return verdict
