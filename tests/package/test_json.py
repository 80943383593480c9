"""Receipts and errors as JSON: documented, stable keys, JSON types only, nothing personal."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final

import pytest
from kombu.utils import json as kombu_json

from countermand import (
    FULL,
    Attempt,
    CountermandError,
    Evidence,
    NotCancelled,
    Outcome,
    RawResponse,
    Receipt,
    Sent,
    bento,
    errors,
    pace_pay,
    vtex,
)
from countermand._values import to_json
from tests.package.test_errors import OWN, TREE, made

ATTEMPTS: Final = (
    Attempt(sent=Sent.NOT_SENT, problem="refused", at=0.0),
    Attempt(sent=Sent.RESPONDED, status=204, at=0.3),
)
RECEIPT: Final = Receipt(
    outcome=Outcome.ALREADY_CANCELLED,
    key="order-42",
    reference="C2",
    amount=Decimal("4.9000"),
    evidence=Evidence.READ_BACK,
    earlier_references=("C1",),
    attempts=ATTEMPTS,
    response={"name": "hush"},
    raw=RawResponse(status=200, headers=(("x-name", "hush"),), body=b"hush"),
)
SHOWN: Final = {
    "outcome": "already cancelled",
    "key": "order-42",
    "reference": "C2",
    "amount": "4.9000",
    "evidence": "read back",
    "earlier_references": ["C1"],
    "attempts": [
        {"sent": "not sent", "status": None, "problem": "refused", "at": 0.0},
        {"sent": "responded", "status": 204, "problem": None, "at": 0.3},
    ],
}
BASE: Final = {"error", "message", "next_step", "key", "cancellation", "attempts", "status"}


def is_json(value: object) -> bool:
    """Whether a value consists of exact JSON types, and of no subclass of them."""
    if type(value) is dict:
        return all(type(key) is str and is_json(each) for key, each in value.items())
    if type(value) is list:
        return all(map(is_json, value))
    return type(value) in {str, int, float, bool, type(None)}


def documented(kind: type) -> set[str]:
    """The keys that the docstring of `to_dict` names, and the attributes that classes add."""
    found = set[str]()
    for each in kind.__mro__:
        if "to_dict" in vars(each):
            found |= set(re.findall(r"`(\w+)`", vars(each)["to_dict"].__doc__ or ""))
        if issubclass(each, Exception) and each is not CountermandError:
            found |= set(re.findall(r"^        (\w+): ", each.__doc__ or "", re.MULTILINE))
    return found


def test_a_receipt_is_json() -> None:
    """With each enum as its value and the Decimal as its digits; neither reply nor typed body."""
    assert RECEIPT.to_dict() == SHOWN
    assert list(RECEIPT.to_dict()) == list(SHOWN)
    assert is_json(RECEIPT.to_dict())
    assert json.loads(json.dumps(RECEIPT.to_dict())) == SHOWN
    assert set(SHOWN) <= documented(Receipt)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, None), (500, 500), (FULL, "full"), (Decimal("1E+1"), "10"), (Decimal("0.10"), "0.10")],
    ids=repr,
)
def test_an_amount_keeps_its_unit(amount: Any, shown: object) -> None:
    """Minor units are numbers; a Decimal is text, because a float would round it."""
    found = Receipt(outcome=Outcome.CANCELLED, key="k", amount=amount).to_dict()["amount"]
    assert (found, type(found)) == (shown, type(shown))


@pytest.mark.parametrize("name", TREE)
def test_an_error_is_json(name: str) -> None:
    """Its class, what every error has, and what its class adds; the reply stays out."""
    error = made(name)
    shown = error.to_dict()
    assert is_json(shown)
    refused = {"about_payment"} if isinstance(error, NotCancelled) else set[str]()
    assert shown.keys() == BASE | refused | OWN.get(name, {}).keys() - {"next_step"}
    assert shown.keys() - {"error"} <= documented(type(error))
    assert (shown["error"], shown["message"], shown["status"]) == (name, "what happened", 400)
    assert shown["cancellation"] == {
        "api": "unzer",
        "payment_id": "s-pay-1",
        "authorization_id": None,
        "amount": "1.00",
    }
    assert shown["attempts"] == [{"sent": "responded", "status": 400, "problem": None, "at": 0.5}]
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize("name", TREE)
def test_every_attribute_of_an_error_has_its_key(name: str) -> None:
    """But the reply, so that none is forgotten."""
    error = made(name)
    assert vars(error).keys() - {"raw"} <= error.to_dict().keys()


@pytest.mark.parametrize("name", TREE)
def test_an_error_without_facts_is_json_too(name: str) -> None:
    """The keys do not depend on what is known."""
    bare = getattr(errors, name)("what happened")
    assert bare.to_dict().keys() == made(name).to_dict().keys()
    assert is_json(bare.to_dict())


@pytest.mark.parametrize(
    ("cancellation", "shown"),
    [
        (
            bento.Cancellation("or_1", "tx_1", refund_amount=FULL),
            {"api": "bento", "order_id": "or_1", "transaction_id": "tx_1", "refund_amount": "full"},
        ),
        (
            bento.Cancellation("or_1", "tx_1", refund_amount=500),
            {"api": "bento", "order_id": "or_1", "transaction_id": "tx_1", "refund_amount": 500},
        ),
        (
            pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c"),
            {"api": "pace_pay", "transaction_id": "c3f037ea-492e-4033-9b4b-4efc7beca16c"},
        ),
    ],
    ids=["full", "minor units", "no amount"],
)
def test_a_cancellation_is_its_api_and_its_fields(
    cancellation: object, shown: dict[str, object]
) -> None:
    """The amount as in a receipt."""
    error = errors.NotFound("gone", cancellation=cancellation)
    assert error.to_dict()["cancellation"] == shown


def test_every_provider_s_cancellation_is_json() -> None:
    """Also one with optional fields."""
    error = errors.NotFound("gone", cancellation=vtex.Cancellation("p-1", "a-1"))
    assert is_json(error.to_dict())
    assert error.to_dict()["cancellation"]["api"] == "vtex"


def test_kombu_s_json_takes_receipts_and_errors() -> None:
    """A task may return or raise them; Celery's default serializer is this one."""
    assert kombu_json.loads(kombu_json.dumps({"result": RECEIPT})) == {"result": SHOWN}
    for name in TREE:
        error = made(name)
        assert kombu_json.loads(kombu_json.dumps([error])) == [error.to_dict()]


def test_the_next_step_stands_at_the_end_of_the_text() -> None:
    """And is a key of its own."""
    limited = errors.RateLimited("too many", key="k", retry_after=7.0)
    assert str(limited) == "too many (key k). Call again after 7 seconds."
    assert limited.to_dict()["next_step"] == "Call again after 7 seconds"
    assert errors.RateLimited("too many").next_step == "Call again after a while"
    link = errors.MissingLinkedIdentity("log in", action="Open https://login.example")
    assert link.next_step == link.action
    assert str(link) == "log in. Open https://login.example."


def test_a_value_of_another_kind_is_its_text() -> None:
    """A third party's error may hold anything."""
    assert to_json({"when": {1: [PurePath("a/b")]}}) == {"when": {"1": ["a/b"]}}
