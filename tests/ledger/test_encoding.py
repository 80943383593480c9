"""Results as stored text, and as another process decodes them."""

from __future__ import annotations

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve

from countermand import (
    FULL,
    Advice,
    Attempt,
    CountermandError,
    Declined,
    Evidence,
    Misdirected,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    RawResponse,
    Receipt,
    Sent,
)
from countermand.ledger._encoding import (
    MAX_STORED_BODY,
    decode_references,
    decode_result,
    encode_result,
)
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS

JSON: Final = (("content-type", "application/json"),)
BODY: Final = b'{"id": "s-cnl-1", "isSuccess": true}'
LOG: Final = (
    Attempt(sent=Sent.MAYBE_SENT, problem="reset", at=0.25),
    Attempt(sent=Sent.RESPONDED, status=200, at=1.5),
)
RECEIPT: Final = Receipt(
    outcome=Outcome.ACCEPTED,
    key=KEY,
    reference="s-cnl-1",
    amount=Decimal("1E+1"),
    evidence=Evidence.READ_BACK,
    earlier_references=("C1", "C2"),
    attempts=LOG,
    raw=RawResponse(status=200, headers=(*JSON, ("set-cookie", "x")), body=BODY, problem="cut"),
)
RECEIPT_STORED: Final[dict[str, Any]] = {
    "outcome": "accepted",
    "reference": "s-cnl-1",
    "amount": "10",
    "evidence": "read back",
    "earlier_references": ["C1", "C2"],
    "attempts": [["maybe sent", None, "reset", 0.25], ["responded", 200, None, 1.5]],
    "raw": {
        "status": 200,
        "type": "application/json",
        "body": b64encode(BODY).decode(),
        "problem": "cut",
    },
}
REFUSAL: Final = Declined(
    "Unzer: declined: API.1: no",
    code="API.1",
    reason="no",
    key=KEY,
    cancellation=CANCELLATIONS["unzer"],
    attempts=LOG,
    status=400,
    raw=RawResponse(status=400),
)
REFUSAL_STORED: Final[dict[str, Any]] = {
    "error": "Declined",
    "message": "Unzer: declined: API.1: no",
    "fields": {"code": "API.1", "reason": "no"},
    "attempts": RECEIPT_STORED["attempts"],
    "raw": {"status": 400, "type": None, "body": "", "problem": None},
}


def read(text: str) -> Any:
    """Decode a result, as another process does."""
    return decode_result(text, KEY, CANCELLATIONS["unzer"], PROVIDERS["unzer"])


@pytest.mark.parametrize(
    ("result", "stored"),
    [(RECEIPT, RECEIPT_STORED), (REFUSAL, REFUSAL_STORED)],
    ids=["receipt", "refusal"],
)
def test_the_stored_text_is_pinned(result: Any, stored: dict[str, Any]) -> None:
    """Later versions must decode it. Names are sorted, so equal results have equal texts."""
    assert encode_result(result) == json.dumps(stored, sort_keys=True)


def test_a_receipt_is_decoded_as_it_was_except_for_its_evidence() -> None:
    """Of the headers only the type is stored; a cut body gives no typed response."""
    raw = RawResponse(status=200, headers=JSON, body=BODY, problem="cut")
    expected = evolve(RECEIPT, evidence=Evidence.LEDGER, amount=Decimal(10), raw=raw)
    again = read(json.dumps(RECEIPT_STORED))
    assert again == expected
    assert again.attempts == LOG


def test_a_refusal_is_decoded_as_it_was() -> None:
    """Class, message, fields, key, cancellation, attempts, status and reply."""
    again = read(json.dumps(REFUSAL_STORED))
    assert type(again) is Declined
    assert vars(again) == vars(REFUSAL)
    assert again.attempts == LOG


def test_a_refusal_without_a_reply_has_no_status() -> None:
    """For example after a read-back."""
    again = read(encode_result(Declined("no", key=KEY)))
    assert (again.status, again.raw, again.attempts) == (None, None, ())


@pytest.mark.parametrize(
    "error",
    [
        Misdirected("302", location="https://a.example/"),
        RateLimited("429", retry_after=7.5),
        OutcomeUnknown("lost", retry_after=1.0, earlier_references=("C1", "C2")),
        CountermandError("anything"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_field_of_an_error_is_stored(error: CountermandError) -> None:
    """And no other field."""
    again = read(encode_result(error))
    facts = ("location", "retry_after", "code", "reason", "earlier_references")
    for name in facts:
        assert getattr(again, name, None) == getattr(error, name, None)
    assert set(json.loads(encode_result(error))["fields"]) == {
        name for name in facts if getattr(error, name, None)
    }


@pytest.mark.parametrize(
    ("amount", "stored"),
    [
        (None, None),
        (FULL, "full"),
        (500, 500),
        (Decimal("10.00"), "10.00"),
        (Decimal("1E-4"), "0.0001"),
        (Decimal("123456789012345678901234567890.12"), "123456789012345678901234567890.12"),
    ],
    ids=str,
)
def test_an_amount_is_kept_with_its_type(amount: Any, stored: object) -> None:
    """Minor units stay an int, decimals stay exact, and FULL stays FULL."""
    text = encode_result(evolve(RECEIPT, amount=amount))
    assert json.loads(text)["amount"] == stored
    again = read(text).amount
    assert type(again) is type(amount)
    assert again == amount


@pytest.mark.parametrize("size", [MAX_STORED_BODY, MAX_STORED_BODY + 1])
def test_a_body_is_kept_whole_or_not_at_all(size: int) -> None:
    """A part could be read as something else."""
    raw = RawResponse(status=200, headers=JSON, body=b"x" * size)
    again = read(encode_result(evolve(RECEIPT, raw=raw)))
    assert len(again.raw.body) == (size if size == MAX_STORED_BODY else 0)
    assert again.raw.status == 200


def test_a_receipt_without_a_reply_is_read_without_one() -> None:
    """Nor is there a typed body."""
    again = read(encode_result(evolve(RECEIPT, raw=None)))
    assert (again.raw, again.response) == (None, None)


@pytest.mark.parametrize("headers", [(), JSON], ids=["no type", "type"])
def test_the_type_of_a_reply_is_neither_lost_nor_made_up(headers: Any) -> None:
    """It decides whether the body may be read as JSON."""
    raw = RawResponse(status=200, headers=headers, body=BODY)
    assert read(encode_result(evolve(RECEIPT, raw=raw))).raw == raw


def test_the_typed_body_is_parsed_anew_by_the_operation_of_the_cancel() -> None:
    """The request is built from the same cancellation and key as the first time."""
    built: list[tuple[object, str]] = []

    def build(cancellation: Any, key: str) -> Any:
        built.append((cancellation, key))
        return PROVIDERS["unzer"].build_request(cancellation, key)

    raw = RawResponse(status=201, headers=JSON, body=BODY)
    text = encode_result(evolve(RECEIPT, raw=raw))
    provider = evolve(PROVIDERS["unzer"], build_request=build)
    again = decode_result(text, KEY, CANCELLATIONS["unzer"], provider)
    assert isinstance(again, Receipt)
    assert (again.response.id, again.response.is_success) == ("s-cnl-1", True)
    assert built == [(CANCELLATIONS["unzer"], KEY)]


def test_a_reply_without_a_body_has_no_typed_one() -> None:
    """PACE answers 204, and nothing is parsed of it."""

    def build(_cancellation: object, _key: str) -> Any:
        raise AssertionError("there is nothing to parse")

    text = encode_result(evolve(RECEIPT, raw=RawResponse(status=204)))
    provider = evolve(PROVIDERS["pace_pay"], build_request=build)
    again = decode_result(text, KEY, CANCELLATIONS["pace_pay"], provider)
    assert isinstance(again, Receipt)
    assert again.response is None


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (None, ()),
        ("", ()),
        ("{}", ()),
        (encode_result(REFUSAL), ()),
        (encode_result(RECEIPT), ()),
        (encode_result(OutcomeUnknown("lost", advice=Advice.READ)), ()),
        (encode_result(OutcomeUnknown("lost", earlier_references=("C1", "C2"))), ("C1", "C2")),
    ],
    ids=["none", "empty", "object", "refusal", "receipt", "unknown", "unknown with ids"],
)
def test_the_references_of_an_unknown_outcome_are_decoded(
    text: str | None, ids: tuple[str, ...]
) -> None:
    """They are added to the receipt of a later call."""
    assert decode_references(text) == ids
