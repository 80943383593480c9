"""What a read of a payment says before its cancel: every state of every provider."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from countermand import FULL, RawResponse, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.errors import AlreadyCaptured
from countermand.provider import (
    Absent,
    Changing,
    Comparison,
    Done,
    Found,
    NotKnown,
    Refused,
    Refuted,
    Taken,
)
from countermand.receipt import Outcome
from countermand_ops.bulk._looks import Look, Status, is_answered, look_at
from countermand_ops.bulk._money import Money

if TYPE_CHECKING:
    from countermand.provider import BaseCancellation, Provider

UUID = "c5b3a1c4-6f3a-4c43-8a2b-0f9f6ad0f3a1"
UNZER = unzer.Cancellation("s-pay-1", amount=FULL)
BENTO = bento.Cancellation("or-1", "tx-1", refund_amount=FULL)
PACE = pace_pay.Cancellation(UUID)


def reply(document: object, status: int = 200) -> RawResponse:
    """A reply with this document."""
    headers = (("content-type", "application/json"),)
    return RawResponse(status=status, headers=headers, body=json.dumps(document).encode())


def look(
    provider: Provider[Any], cancellation: BaseCancellation, *replies: RawResponse | None
) -> Look:
    """What is seen if the reads get these replies."""
    reads = look_at(provider, cancellation)
    assert reads is not None
    next(reads)
    try:
        for each in replies:
            reads.send(each)
    except StopIteration as finished:
        found: Look = finished.value
        return found
    raise AssertionError("the look goes on")


def payment(name: str, charged: object, remaining: object) -> dict[str, Any]:
    """A payment at Unzer."""
    amount = {"charged": charged, "remaining": remaining}
    return {"state": {"name": name}, "currency": "EUR", "amount": amount}


@pytest.mark.parametrize(
    ("document", "status", "left"),
    [
        (payment("pending", "0.0000", "90.0000"), Status.CANCELLABLE, "90.0000"),
        (payment("partly", "40.0000", "50.0000"), Status.CANCELLABLE, "50.0000"),
        (payment("completed", "90.0000", "0.0000"), Status.CAPTURED, "0.0000"),
        (payment("canceled", "0.0000", "0.0000"), Status.ALREADY_CANCELLED, "0.0000"),
        (payment("create", "0.0000", "0.0000"), Status.UNREADABLE, "0.0000"),
        (payment("create", None, "NaN"), Status.UNREADABLE, None),
        (payment("pending", "0.0000", "-5.0000"), Status.UNREADABLE, None),
        (payment("completed", "90.0000", None), Status.CAPTURED, None),
        (payment("pending", "0.0000", "1E+500"), Status.UNREADABLE, None),
        (payment("pending", "0.0000", "1E-700"), Status.UNREADABLE, None),
        (payment("pending", "0.0000", f"1.{'0' * 101}"), Status.UNREADABLE, None),
        ({}, Status.UNREADABLE, None),
    ],
)
def test_unzer_shows_what_can_be_cancelled(
    document: dict[str, Any], status: Status, left: str | None
) -> None:
    """By the sums of the payment."""
    found = look(unzer.PROVIDER, UNZER, reply(document))
    assert found.status is status
    assert found.left.amount == (None if left is None else Decimal(left))


def transaction(state: str, captured: object = 0, refunded: object = 0) -> RawResponse:
    """A transaction at Bento."""
    amounts = {"authorizedAmount": 900, "capturedAmount": captured, "refundedAmount": refunded}
    return reply({"data": {"state": state, "currency": "USD", **amounts}})


@pytest.mark.parametrize(
    ("seen", "status", "left"),
    [
        (transaction("AuthSucceeded"), Status.CANCELLABLE, "9.00"),
        (transaction("AuthVoided"), Status.ALREADY_CANCELLED, "0"),
        (transaction("CaptureSucceeded", 900), Status.CAPTURED, "9.00"),
        (transaction("Refunded", 900, 400), Status.CAPTURED, "5.00"),
        (transaction("RefundFailed", 900), Status.CAPTURED, "9.00"),
        (transaction("Refunded", 900, 900), Status.ALREADY_CANCELLED, "0.00"),
        (transaction("Refunding", 900), Status.UNREADABLE, None),
        (transaction("CaptureSucceeded", None, 0), Status.CAPTURED, None),
        (transaction("CaptureSucceeded", 900, "x"), Status.CAPTURED, None),
        (transaction("CaptureSucceeded", -900, 0), Status.CAPTURED, None),
        (transaction("CaptureSucceeded", 400, 900), Status.CAPTURED, None),
        (transaction("Refunded", 0.5, 0.5), Status.CAPTURED, None),
        (transaction("CaptureSucceeded", 10**100), Status.CAPTURED, None),
        (transaction("CaptureSucceeded", 10**50 + 1), Status.CAPTURED, f"1{'0' * 48}.01"),
        (reply({"data": {"state": "AuthSucceeded", "currency": "USD"}}), Status.CANCELLABLE, None),
        (reply({"data": {"state": "Refunded", "currency": "USD"}}), Status.CAPTURED, None),
        (reply({}), Status.UNREADABLE, None),
    ],
)
def test_bento_shows_whether_it_is_a_void_or_a_refund(
    seen: RawResponse, status: Status, left: str | None
) -> None:
    """By the transaction's state; what is under way can not be cancelled now."""
    found = look(bento.PROVIDER, BENTO, seen)
    assert found.status is status
    assert found.left.amount == (None if left is None else Decimal(left))
    if seen.body.find(b"Refunding") > 0:
        assert found.message == "the transaction is Refunding"


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (reply({"data": {"attributes": {"currency": "EUR"}}}), Status.CAPTURED),
        (reply({}), Status.CAPTURED),
        (reply({}, 410), Status.ALREADY_CANCELLED),
        (reply({}, 404), Status.UNREADABLE),
        (None, Status.UNREADABLE),
    ],
)
def test_pace_shows_completed_transactions_only(seen: RawResponse | None, status: Status) -> None:
    """404 says nothing; both of its APIs are read at PACE Pay."""
    assert look(pace_pay.PROVIDER, PACE, seen).status is status
    fueling = pace_fueling.Cancellation(UUID, UUID)
    assert look(pace_fueling.PROVIDER, fueling, seen).status is status


@pytest.mark.parametrize(("provider", "order"), [(unzer.PROVIDER, UNZER), (bento.PROVIDER, BENTO)])
@pytest.mark.parametrize("seen", [None, reply({}, 404), reply({"errors": [{"code": "x"}]})])
def test_an_answer_that_is_none_shows_nothing(
    provider: Provider[Any], order: BaseCancellation, seen: RawResponse | None
) -> None:
    """Why is said by the request's error."""
    assert look(provider, order, seen) == Look(Status.UNREADABLE)


def test_not_every_provider_has_a_read() -> None:
    """And an account may say that there is to be none."""
    assert look_at(vtex.PROVIDER, vtex.Cancellation("p")) is None
    assert look_at(bento.UNREAD_PROVIDER, BENTO) is None


REFUSED = Refused(error=AlreadyCaptured, message="captured")


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (Found(Done(outcome=Outcome.CANCELLED)), Look(Status.ALREADY_CANCELLED)),
        (Refuted(REFUSED), Look(Status.CAPTURED, "captured")),
        (Absent("no cancel"), Look(Status.CANCELLABLE)),
        (Taken({}), Look(Status.CANCELLABLE)),
        (NotKnown("who knows"), Look(Status.UNREADABLE, "who knows")),
        (Changing("it changes"), Look(Status.UNREADABLE, "it changes")),
    ],
)
def test_other_providers_are_read_as_before_or_after_a_cancel(finding: Any, expected: Look) -> None:
    """By what they offer to the client."""
    call = unzer.build_request(UNZER, "k")

    def read(*_: object) -> Any:
        yield call
        return finding

    assert look(evolve(unzer.PROVIDER, api="other", read_back=read), UNZER, None) == expected
    comparison: Any = Comparison(before=read, after=read, instead="")
    compared = evolve(unzer.PROVIDER, api="other", comparison=comparison)
    assert look(compared, UNZER, None) == expected


def test_only_the_api_answers() -> None:
    """A web page in its place is no answer of it."""
    call = unzer.build_request(UNZER, "k")
    assert not is_answered(None, call)
    assert not is_answered(reply({}, 404), call)
    assert is_answered(reply({"isSuccess": True}), call)


def test_amounts_have_the_digits_of_their_currency() -> None:
    """If none is lost."""
    cases = {("EUR", "90.0000"): "90.00", ("EUR", "1.005"): "1.005", ("JPY", "10.0"): "10"}
    for (currency, amount), shown in cases.items():
        assert str(Money(currency, Decimal(amount)).tidy().amount) == shown
    assert Money("EUR").tidy() == Money("EUR")
