"""How a conclusion is stored, and read again by another process or a later version. Pure."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from countermand import errors
from countermand._amounts import FULL, Full, plain
from countermand.attempts import Attempt, Attempts, RawResponse, Sent
from countermand.provider._responses import json_object, parsed
from countermand.receipt import Evidence, Outcome, Receipt

if TYPE_CHECKING:
    from countermand.errors import CountermandError
    from countermand.provider._cancellations import CancellationBase
    from countermand.provider._provider import Provider

STORED_BODY: Final = 64 * 1024
"""Bytes of a reply that are stored; a longer one is kept as its status alone."""

FACTS: Final = ("code", "reason", "location", "retry_after", "earlier_references")


def encoded(conclusion: Receipt | CountermandError) -> str:
    """A conclusion as JSON; it holds no credential, for none is in a conclusion."""
    if isinstance(conclusion, Receipt):
        content: dict[str, Any] = {
            "outcome": conclusion.outcome.value,
            "reference": conclusion.reference,
            "amount": _amount(conclusion.amount),
            "found": conclusion.evidence.value,
            "earlier_references": conclusion.earlier_references,
        }
    else:
        facts = {name: getattr(conclusion, name, None) for name in FACTS}
        content = {
            "error": type(conclusion).__name__,
            "message": conclusion.message,
            "facts": {name: value for name, value in facts.items() if value},
        }
    content["attempts"] = [_attempt(attempt) for attempt in conclusion.attempts]
    content["raw"] = _raw(conclusion.raw)
    return json.dumps(content, sort_keys=True)


def references(text: str | None) -> tuple[str, ...]:
    """The ids of the cancel that an unknown outcome had made out."""
    content: dict[str, Any] = json.loads(text) if text else {}
    facts: dict[str, Any] = content.get("facts", {})
    return tuple(facts.get("earlier_references", ()))


def decoded(
    text: str, key: str, cancellation: CancellationBase, provider: Provider[Any]
) -> Receipt | CountermandError:
    """The conclusion again; a receipt says that it comes from the ledger."""
    content = json.loads(text)
    attempts = Attempts(tuple(_read_attempt(stored) for stored in content["attempts"]))
    raw = _read_raw(content["raw"])
    if "error" in content:
        kind: type[CountermandError] = getattr(errors, content["error"])
        return kind(
            content["message"],
            key=key,
            cancellation=cancellation,
            attempts=attempts,
            status=raw.status if raw else None,
            raw=raw,
            **content["facts"],
        )
    response = None
    if raw is not None and raw.body:
        response = parsed(provider.build(cancellation, key), raw.status, json_object(raw))
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
            return plain(amount)
        case _:
            return amount


def _read_amount(stored: object) -> Decimal | int | Full | None:
    match stored:
        case "full":
            return FULL
        case str(digits):
            return Decimal(digits)
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
    body = raw.body if len(raw.body) <= STORED_BODY else b""
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
