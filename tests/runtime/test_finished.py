"""A finished key is packed; the receipt that comes out is the one that went in."""

from __future__ import annotations

import sys
from decimal import Decimal
from http import HTTPStatus

import pytest
from attrs import evolve

from countermand import FULL, Attempt, Evidence, Outcome, RawResponse, Receipt, Sent
from countermand._runtime.finished import finished_key
from countermand.provider import typed_later
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, example, reply

CANCELLATION = CANCELLATIONS["unzer"]
ANSWER = evolve(
    reply(200, example("unzer.cancelPayment.200.cancelled.json"), x_trace="\u00e9\n"),
    url="https://api.unzer.com/v1/payments/s-pay-1/authorize/cancels",
)
CALL = PROVIDERS["unzer"].build_request(CANCELLATION, KEY)
PLAIN = Receipt(outcome=Outcome.CANCELLED, key=KEY)


@pytest.mark.parametrize(
    "receipt",
    [
        PLAIN,
        evolve(PLAIN, outcome=Outcome.ACCEPTED, amount=FULL, evidence=Evidence.READ_BACK),
        evolve(PLAIN, reference="s-cnl-1", amount=Decimal("1.0"), earlier_references=("C1", "C2")),
        evolve(
            PLAIN,
            attempts=(
                Attempt(sent=Sent.NOT_SENT, problem="no route", at=0.5),
                Attempt(sent=Sent.RESPONDED, status=HTTPStatus.OK, at=1),
            ),
            raw=RawResponse(status=HTTPStatus.OK, body=b"\0", problem="cut", sent_again=True),
        ),
        evolve(PLAIN, raw=ANSWER, response=typed_later(CALL, ANSWER)),
        evolve(PLAIN, raw=ANSWER, response="typed at once"),
    ],
    ids=range(6),
)
def test_a_remembered_receipt_is_equal_to_the_recorded_one(receipt: Receipt) -> None:
    """With its attempts, its reply and its typed body."""
    again = finished_key(receipt, CANCELLATION, "https://api.unzer.com/v1").receipt(KEY)
    assert again == receipt
    assert again.response == receipt.response
    assert again.to_dict() == receipt.to_dict()


def test_a_finished_key_takes_little_memory() -> None:
    """The reply's bytes, and little more: no parsed body and no small objects."""
    receipt = evolve(PLAIN, raw=ANSWER, response=typed_later(CALL, ANSWER))
    finished = finished_key(receipt, CANCELLATION, "https://api.unzer.com/v1")
    extra = sys.getsizeof(finished) + sys.getsizeof(finished.packed) - len(ANSWER.body)
    assert extra < 400
