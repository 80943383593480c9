"""Typed bodies are parsed when they are asked for; a judged reply keeps nothing but its bytes."""

from __future__ import annotations

import json
import pickle
from typing import Any, Final

from attrs import evolve

from countermand import RawResponse, Receipt
from countermand._core.outcomes import to_receipt
from countermand._core.request import CallState
from countermand.provider import Call, Done, json_object, typed_later
from countermand.receipt import Outcome
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, example, reply
from tests.support.script import request_plan

CANCELLED: Final = reply(200, example("unzer.cancelPayment.200.cancelled.json"))
CALL: Final[Call[Any]] = PROVIDERS["unzer"].build_request(CANCELLATIONS["unzer"], KEY)


def counted(parsed: list[int]) -> Call[Any]:
    """The sample call, which notes each time that it parses."""

    def parse(status: int, body: Any) -> Any:
        parsed.append(status)
        return CALL.parse(status, body)

    return evolve(CALL, parse=parse)


def receipt_of(call: Call[Any], answer: RawResponse, *secrets: str) -> Receipt:
    """The receipt of a call that got an answer."""
    plan = evolve(
        request_plan("unzer"),
        call=call,
        interpret=lambda given: PROVIDERS["unzer"].interpret(given, call, CANCELLATIONS["unzer"]),
    )
    state = CallState(credentials=dict.fromkeys(secrets))
    state.add_exchange(plan, answer)
    return to_receipt(state, plan)


def test_a_typed_body_is_parsed_once_and_only_when_it_is_asked_for() -> None:
    """Most callers never look at it."""
    parsed: list[int] = []
    receipt = receipt_of(counted(parsed), CANCELLED)
    assert (repr(receipt), receipt.to_dict()["outcome"]) != ("", "")
    assert parsed == []
    assert receipt.response.id == "s-cnl-1"
    assert receipt.response is receipt.response
    assert parsed == [200]


def test_a_receipt_pickles_whatever_parses_its_body() -> None:
    """A provider of another distribution may parse by a function without a name."""
    receipt = receipt_of(counted([]), CANCELLED)
    again = pickle.loads(pickle.dumps(receipt))
    assert again == receipt
    assert again.response == receipt.response
    assert again.response.id == "s-cnl-1"


def test_receipts_with_other_typed_bodies_differ() -> None:
    """Parsed or not, it is the body that counts."""
    one = Receipt(outcome=Outcome.CANCELLED, key=KEY, response=typed_later(CALL, CANCELLED))
    assert one == Receipt(outcome=Outcome.CANCELLED, key=KEY, response=one.response)
    assert one != Receipt(outcome=Outcome.CANCELLED, key=KEY, response="another")
    assert evolve(one, key="other").response == one.response


def test_a_typed_body_shows_no_credential() -> None:
    """What is parsed later is the redacted reply."""
    document = json.loads(CANCELLED.body)
    document["message"]["merchant"] = "you sent s-priv-0123456789"
    answer = evolve(CANCELLED, body=json.dumps(document).encode())
    receipt = receipt_of(CALL, answer, "s-priv-0123456789")
    assert receipt.response.message.merchant == "you sent [redacted]"
    assert b"s-priv-0123456789" not in pickle.dumps(receipt)


def test_a_body_is_read_once_while_the_reply_is_judged() -> None:
    """Afterwards the reply holds its bytes alone: the document may hold what was struck out."""
    answer = evolve(CANCELLED)
    document = json_object(answer)
    assert json_object(answer) is document
    receipt = receipt_of(CALL, answer)
    assert receipt.raw is answer
    assert getattr(answer, "_document", None) is None
    assert receipt.response.id == "s-cnl-1"
    assert getattr(answer, "_document", None) is None


def test_what_is_no_document_is_read_once_as_well() -> None:
    """That a body is none is an answer, too."""
    answer = reply(200, b"<html>")
    assert json_object(answer) is None
    object.__setattr__(answer, "body", b"{}")
    assert json_object(answer) is None


def test_a_body_that_breaks_off_has_no_typed_form() -> None:
    """The receipt has None, and no exception."""
    done = Done(outcome=Outcome.CANCELLED, response=typed_later(CALL, reply(200, b"{")))
    assert done.response is None


def test_a_typed_body_has_the_hash_of_what_it_holds() -> None:
    """A receipt is a value, so it may stand in a set wherever its body may."""
    call = evolve(CALL, parse=lambda _status, _body: "typed")
    one, other = (
        Receipt(outcome=Outcome.CANCELLED, key=KEY, response=body)
        for body in (typed_later(call, CANCELLED), "typed")
    )
    assert len({one, other}) == 1
