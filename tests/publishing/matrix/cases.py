"""What a generated client has to read and to send: the examples, and answers that they allow."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from specs.publishing.document import Node, operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PREFIX: Final = "#/components/schemas/"
NEW_VALUE: Final = "somethingNew"
LARGE: Final = 3_000_000_000
"""An amount in minor units that needs more than 32 bits: 30 million of a currency with cents."""

CHECKS: Final = {
    "examples": "every example of an answer",
    "new value": "a value that no list has yet, wherever one may come",
    "unknown member": "a member that is not documented, in every object",
    "error with 2xx": "the provider's error under a 2xx, with its code",
    "card": "a transaction with a stored card",
    "null": "null, wherever it is allowed",
    "large": "an amount of more than 32 bits",
}
CARD: Final = {
    "type": "card",
    "card": {"brand": "visa", "mechanism": "applePay", "expiryDate": "2012-10", "last4": "1111"},
}


@frozen
class Case:
    """An answer of an operation with this status; `schema` names the schema of its body."""

    check: str
    operation: str
    status: str
    schema: str
    body: Any

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return json.dumps(self.body)


@frozen
class Send:
    """A cancel of a known amount: what its request has to be like on the wire.

    `body` is None where there is none; `accept` is the whole header where PACE demands it.
    """

    path: str
    body: dict[str, Any] | None
    accept: str | None = None


JSON_API: Final = "application/vnd.api+json"
SENDS: Final = {
    "bento": Send("/orders/or-1/transactions/tx-1/_cancel", {"refundAmount": 5000}),
    "unzer": Send("/payments/s-pay-1/authorize/cancels", {"amount": "10.00"}),
    "vtex": Send("/payments/P1/cancellations", {"paymentId": "P1", "requestId": "R1", "value": 5}),
    "pace-pay": Send("/transactions/c3f037ea-492e-4033-9b4b-4efc7beca16c/cancel", None, JSON_API),
    "pace-fueling": Send(
        "/gas-stations/a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1/transactions/c3f037ea-492e-4033-9b4b-4efc7beca16c",
        None,
        JSON_API,
    ),
}


def cases(api: str, document: Node) -> Iterator[Case]:
    """Every answer that a client of the API has to read, from its exact edition."""
    made: set[str] = set()
    for operation, status, schema, example in _examples(document):
        case = Case("examples", operation, status, schema.name.removeprefix(PREFIX), example)
        yield case
        success = status.startswith("2")
        if api == "unzer" and success and "errors" in example:
            yield Case("error with 2xx", operation, status, case.schema, example)
        for check, change in CHANGES.items():
            body = change(schema, copy.deepcopy(example))
            key = f"{check} {operation} {status}"
            if body != example and key not in made:
                made.add(key)
                yield Case(check, operation, status, case.schema, body)


def _examples(document: Node) -> Iterator[tuple[str, str, Node, Any]]:
    for operation in operations(document):
        for status, response in operation.responses.items():
            for media_type, media in response.child("content").members.items():
                if media_type.endswith("json"):
                    for example in media.child("examples").members.values():
                        yield operation.id, status, media.child("schema"), example.get("value")


def _new_value(schema: Node, value: Any) -> Any:
    """The value with something new in the place of each value of an open list."""
    if schema.get("x-open"):
        return NEW_VALUE
    return _walked(schema, value, _new_value)


def _unknown_member(schema: Node, value: Any) -> Any:
    made = _walked(schema, value, _unknown_member)
    return {**made, "newMember": {"a": [1]}} if isinstance(made, dict) else made


def _null(schema: Node, value: Any) -> Any:
    if isinstance(schema.get("type"), list) and "null" in schema.get("type"):
        return None
    return _walked(schema, value, _null)


def _card(schema: Node, value: Any) -> Any:
    """The value with a card where a payment method may stand."""
    made = _walked(schema, value, _card)
    if isinstance(made, dict) and "paymentMethod" in schema.child("properties"):
        return {**made, "paymentMethod": CARD}
    return made


def _large(schema: Node, value: Any) -> Any:
    """The value with a large amount where whole numbers count money."""
    if schema.get("type") == "integer" and "mount" in schema.pointer:
        return LARGE
    return _walked(schema, value, _large)


CHANGES: Final = {
    "new value": _new_value,
    "unknown member": _unknown_member,
    "null": _null,
    "card": _card,
    "large": _large,
}


def _walked(schema: Node, value: Any, change: Callable[[Node, Any], Any]) -> Any:
    """The value with each part of it changed, by the alternative that describes it."""
    for alternative in (*schema.child("anyOf").entries, *schema.child("oneOf").entries):
        if _describes(alternative, value):
            return change(alternative, value)
    if isinstance(value, list):
        return [change(schema.child("items"), each) for each in value]
    if not isinstance(value, dict):
        return value
    members = schema.child("properties")
    return {
        k: change(members.child(k), each) if k in members else each for k, each in value.items()
    }


def _describes(alternative: Node, value: Any) -> bool:
    required = set(alternative.get("required", ()))
    tag = alternative.child("properties").child("type").get("const")
    known = {*required, *value} <= set(alternative.child("properties").names)
    return required <= set(value) and known and (tag is None or tag == value.get("type"))


def lost(case: Case, read: Any) -> str:
    """What a client lost of the answer's values; empty if it has all that are documented."""
    ignored = case.body if case.check != "unknown member" else _without(case.body)
    return next(_missing(ignored, read, ""), "")


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(each) for each in value]
    if isinstance(value, dict):
        return {name: _without(each) for name, each in value.items() if name != "newMember"}
    return value


def _missing(told: Any, read: Any, where: str) -> Iterator[str]:
    """A null counts as absent, and an amount as the same in text and as a number."""
    if told is None or told in ({}, []):
        return
    if isinstance(told, dict):
        for name, each in told.items():
            yield from _missing(
                each, read.get(name) if isinstance(read, dict) else None, f"{where}/{name}"
            )
    elif isinstance(told, list):
        for place, each in enumerate(told):
            there = isinstance(read, list) and place < len(read)
            yield from _missing(each, read[place] if there else None, f"{where}/{place}")
    elif told != read:
        yield f"{where} became {json.dumps(read)}"
