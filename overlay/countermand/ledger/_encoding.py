"""Receipts and errors as JSON, to be decoded by other processes and later versions. Pure."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from countermand import errors
from countermand._amounts import FULL, Full, format_amount
from countermand.attempts import Attempt, RawResponse, Sent
from countermand.errors import CountermandError
from countermand.provider._bodies import json_object
from countermand.provider._responses import parse_typed
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from countermand.provider._cancellations import BaseCancellation
    from countermand.provider._provider import Provider

MAX_STORED_BODY: Final = 64 * 1024
"""Bytes. Of a reply with a longer body, only the status and the type are stored."""

ERROR_FIELDS: Final = (
    "about_payment",
    "code",
    "reason",
    "location",
    "retry_after",
    "earlier_references",
)


def encode_result(result: Receipt | CountermandError) -> str:
    """Encode a result. The text contains no credential, because no result does."""
    if isinstance(result, Receipt):
        content: dict[str, Any] = {
            "outcome": result.outcome.value,
            "reference": result.reference,
            "amount": _amount(result.amount),
            "evidence": result.evidence.value,
            "earlier_references": result.earlier_references,
        }
    else:
        fields = {name: getattr(result, name, None) for name in ERROR_FIELDS}
        content = {
            "error": _error_class(result),
            "message": result.message,
            "fields": {name: value for name, value in fields.items() if value},
        }
    content["attempts"] = [_attempt(attempt) for attempt in result.attempts]
    content["raw"] = _raw(result.raw)
    return json.dumps(content, sort_keys=True)


def decode_references(text: str | None) -> tuple[str, ...]:
    """Return the `earlier_references` of a stored `OutcomeUnknown`; empty for other results."""
    content: dict[str, Any] = json.loads(text) if text else {}
    fields: dict[str, Any] = content.get("fields", {})
    return tuple(fields.get("earlier_references", ()))


def decode_result(
    text: str, key: str, cancellation: BaseCancellation, provider: Provider[Any]
) -> Receipt | CountermandError:
    """Decode a result. A receipt gets the evidence `LEDGER`.

    Raises:
        Exception: one of DECODE_ERRORS; the text was written by another version or program.
    """
    content = json.loads(text)
    attempts = tuple(_read_attempt(stored) for stored in content["attempts"])
    raw = _read_raw(content["raw"])
    if "error" in content:
        kind = getattr(errors, content["error"], None)
        if not (isinstance(kind, type) and issubclass(kind, CountermandError)):
            raise ValueError(f"there is no error {content['error']!r}")
        return kind(
            content["message"],
            key=key,
            cancellation=cancellation,
            attempts=attempts,
            status=raw.status if raw else None,
            raw=raw,
            **content["fields"],
        )
    response = None
    if raw is not None and raw.body:
        response = parse_typed(
            provider.build_request(cancellation, key), raw.status, json_object(raw)
        )
    return Receipt(
        outcome=Outcome(content["outcome"]),
        key=key,
        reference=content["reference"],
        amount=_read_amount(content["amount"]),
        evidence=Evidence.LEDGER,
        earlier_references=tuple(content["earlier_references"]),
        attempts=attempts,
        response=response,
        raw=raw,
    )


def _amount(amount: Decimal | int | Full | None) -> object:
    match amount:
        case Full():
            return "full"
        case Decimal():
            return format_amount(amount)
        case _:
            return amount


def _read_amount(stored: object) -> Decimal | int | Full | None:
    match stored:
        case "full":
            return FULL
        case str(digits):
            amount = Decimal(digits)
            if not amount.is_finite():
                raise ValueError(f"{digits!r} is no amount")
            return amount
        case int(minor_units):
            return minor_units
        case _:
            return None


def _attempt(attempt: Attempt) -> list[object]:
    return [attempt.sent.value, attempt.status, attempt.problem, attempt.at]


def _read_attempt(stored: list[Any]) -> Attempt:
    sent, status, problem, at = stored
    return Attempt(sent=Sent(sent), status=status, problem=problem, at=at)


def _raw(raw: RawResponse | None) -> dict[str, Any] | None:
    if raw is None:
        return None
    body = raw.body if len(raw.body) <= MAX_STORED_BODY else b""
    return {
        "status": raw.status,
        "type": raw.header("content-type"),
        "body": b64encode(body).decode(),
        "problem": raw.problem,
    }


def _read_raw(stored: dict[str, Any] | None) -> RawResponse | None:
    if stored is None:
        return None
    kind = stored["type"]
    return RawResponse(
        status=stored["status"],
        headers=(("content-type", kind),) if kind else (),
        body=b64decode(stored["body"]),
        problem=stored["problem"],
    )


def _error_class(error: CountermandError) -> str:
    """The name of the error's class, or of its nearest base that `countermand.errors` defines."""
    names = (kind.__name__ for kind in type(error).__mro__ if kind in vars(errors).values())
    return next(names)
