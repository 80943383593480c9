"""The five cancellations as values: frozen, comparable, storable."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal, Inexact, localcontext
from typing import Any, ClassVar, Final

import pytest
from attrs import frozen

from countermand import FULL, InvalidCancellation, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.provider import BaseCancellation
from countermand.provider._cancellations import _canonical, _strip_trailing_zeros

ID: Final = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
SAMPLES: Final[dict[str, BaseCancellation]] = {
    "pay": pace_pay.Cancellation(ID),
    "fueling": pace_fueling.Cancellation(ID, ID),
    "bento part": bento.Cancellation("or", "tx", refund_amount=500),
    "bento full": bento.Cancellation("or", "tx", refund_amount=FULL),
    "unzer part": unzer.Cancellation("s-pay-1", amount=Decimal("10.00")),
    "unzer int": unzer.Cancellation("s-pay-1", amount=10),
    "unzer full": unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL),
    "unzer exponent": unzer.Cancellation("s-pay-1", amount=Decimal("1E+1")),
    "vtex": vtex.Cancellation("pay"),
    "vtex all": vtex.Cancellation(
        "pay", "aut", transaction_id="t", tid="i", nsu="n", value=500, sandbox_mode=True
    ),
    "vtex text": vtex.Cancellation("pay", sandbox_mode="true"),
}
each = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


@each
def test_a_cancellation_survives_storage(sample: BaseCancellation) -> None:
    """As a dict, as JSON text, pickled, copied: the same value, type and fingerprint."""
    copies = [
        type(sample).from_dict(sample.to_dict()),
        type(sample).from_dict(json.loads(json.dumps(sample.to_dict()))),
        pickle.loads(pickle.dumps(sample)),
        copy.copy(sample),
        copy.deepcopy(sample),
    ]
    for restored in copies:
        assert restored == sample
        assert type(restored) is type(sample)
        assert hash(restored) == hash(sample)
        assert restored.fingerprint == sample.fingerprint


@each
def test_a_cancellation_is_frozen(sample: BaseCancellation) -> None:
    """What a key stands for cannot change behind its back."""
    name = next(iter(sample.to_dict().keys() - {"api"}))
    with pytest.raises(AttributeError):
        setattr(sample, name, "other")


def test_different_cancellations_have_different_fingerprints() -> None:
    """Also where only the amount, the route or the type of a field differs."""
    distinct = [
        value for name, value in SAMPLES.items() if name not in {"unzer int", "unzer exponent"}
    ]
    assert len({sample.fingerprint for sample in distinct}) == len(distinct)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("10.0"), Decimal("10.00")),
        (Decimal("1E+1"), Decimal(10)),
        (Decimal("0.5"), Decimal("0.5000")),
        (Decimal(10), 10),
        (Decimal("10.00"), 10),
    ],
    ids=str,
)
def test_equal_amounts_make_equal_cancellations_with_equal_fingerprints(
    one: Any, other: Any
) -> None:
    """The same money under the same key is no conflict, however it is written."""
    first = unzer.Cancellation("s-pay-1", amount=one)
    second = unzer.Cancellation("s-pay-1", amount=other)
    assert first == second
    assert hash(first) == hash(second)
    assert first.fingerprint == second.fingerprint


@pytest.mark.parametrize("precision", [1, 3, 28])
def test_the_caller_s_decimal_context_changes_no_fingerprint(precision: int) -> None:
    """Two amounts that a coarse context would round together remain two."""
    amounts = [Decimal("123456.78"), Decimal("123456.79"), Decimal(123456)]
    expected = [unzer.Cancellation("p", amount=amount).fingerprint for amount in amounts]
    with localcontext(prec=precision) as context:
        context.traps[Inexact] = precision == 1
        seen = [unzer.Cancellation("p", amount=amount).fingerprint for amount in amounts]
    assert seen == expected
    assert len(set(seen)) == 3


def test_fingerprints_are_the_same_on_every_machine() -> None:
    """Pinned: a changed digest would turn a repeat into a conflict."""
    digest = unzer.Cancellation("s-pay-1", amount=Decimal("10.00")).fingerprint
    assert len(digest) == 64
    assert digest == PINNED


PINNED: Final = "ec540bb230ab9d0873a28359b47e958755b770f4bf88bc34635512b230767733"


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (pace_pay.Cancellation, {}),
        (pace_pay.Cancellation, {"api": "pace_pay"}),
        (pace_pay.Cancellation, {"api": "unzer", "transaction_id": ID}),
        (pace_pay.Cancellation, {"api": "pace_pay", "transaction_id": "no"}),
        (pace_pay.Cancellation, {"api": "pace_pay", "transaction_id": ID, "more": 1}),
        (pace_pay.Cancellation, {"api": ["pace_pay"], "transaction_id": ID}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p"}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": "10.00"}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": 10.0}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": None}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": {}}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": {"amount": "lots"}}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": {"amount": "NaN"}}),
        (unzer.Cancellation, {"api": "unzer", "payment_id": "p", "amount": {"amount": "-1"}}),
        (bento.Cancellation, {"api": "bento", "order_id": "o", "transaction_id": "t"}),
        (vtex.Cancellation, {"api": "vtex", "payment_id": "p", "value": {"amount": "full"}}),
    ],
    ids=str,
)
def test_what_is_no_stored_cancellation_is_refused(kind: Any, stored: dict[str, Any]) -> None:
    """Always as InvalidCancellation: a row of a file may be anything."""
    with pytest.raises(InvalidCancellation):
        kind.from_dict(stored)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"api": "vtex"}, "not a cancellation of unzer: 'vtex'"),
        ({}, "not a cancellation of unzer: None"),
        (
            {"api": "unzer", "payment_id": "p", "amount": {"amount": "lots"}},
            "not a stored cancellation: [<class 'decimal.ConversionSyntax'>]",
        ),
        ([], "a stored cancellation is a dict, not list"),
    ],
    ids=["another's", "none", "no number", "a list"],
)
def test_an_invalid_stored_cancellation_has_a_reason(stored: Any, message: str) -> None:
    """The reader of the message has to find the row."""
    with pytest.raises(InvalidCancellation) as refused:
        unzer.Cancellation.from_dict(stored)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("cancellation", "key"),
    [
        (pace_pay.Cancellation(ID.upper()), (ID,)),
        (pace_fueling.Cancellation(ID, ID.upper()), (ID,)),
        (bento.Cancellation("or", "tx", refund_amount=500), ("or", "tx")),
        (unzer.Cancellation("s-pay-1", amount=10), ("s-pay-1",)),
        (unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL), ("s-pay-1",)),
        (vtex.Cancellation("pay", "aut", transaction_id="t", tid="i", nsu="n"), ("pay",)),
    ],
    ids=lambda value: getattr(value, "api", ""),
)
def test_a_cancellation_names_its_payment(
    cancellation: BaseCancellation, key: tuple[str, ...]
) -> None:
    """By the ids that identify the payment at the provider, whatever else it carries."""
    assert cancellation.payment_key == key


def test_a_cancellation_that_names_no_payment_cannot_be_made() -> None:
    """A guess by field names would lock other payments, or none."""

    @frozen
    class Nameless(BaseCancellation):
        api: ClassVar[str] = "nameless"
        reference: str

    with pytest.raises(TypeError, match="payment_key"):
        Nameless("pay-1")  # type: ignore[abstract]  # the fault under test


def test_what_is_stored_is_pinned() -> None:
    """Rows outlive the version that wrote them."""
    assert SAMPLES["unzer full"].to_dict() == {
        "api": "unzer",
        "payment_id": "s-pay-1",
        "authorization_id": "s-aut-1",
        "amount": {"amount": "full"},
    }
    assert SAMPLES["unzer exponent"].to_dict()["amount"] == {"amount": "10"}
    assert SAMPLES["unzer int"].to_dict()["amount"] == 10
    assert SAMPLES["bento part"].to_dict() == {
        "api": "bento",
        "order_id": "or",
        "transaction_id": "tx",
        "refund_amount": 500,
    }


@pytest.mark.parametrize(
    ("digits", "short"),
    [
        ("10", "10"),
        ("100", "100"),
        ("10.0", "10"),
        ("10.50", "10.5"),
        ("0.0500", "0.05"),
        ("100.00", "100"),
    ],
)
def test_equal_amounts_have_one_shortest_writing(digits: str, short: str) -> None:
    """Only noughts behind the point may go."""
    assert _strip_trailing_zeros(digits) == short


def test_an_amount_in_another_field_is_no_amount() -> None:
    """VTEX counts cents in `value`; only fields that are amounts are written alike."""
    cents = vtex.Cancellation("p", value=10).fingerprint
    assert cents != vtex.Cancellation("p", tid="10").fingerprint
    assert _canonical("value", 10) == 10
    assert _canonical("amount", 10) == {"amount": "10"}
    assert _canonical("amount", {"amount": "full"}) == {"amount": "full"}
    assert _canonical("refund_amount", {"amount": "1.0"}) == {"amount": "1"}


@pytest.mark.parametrize("kind", [bento.Cancellation, unzer.Cancellation])
def test_the_amount_is_never_implied(kind: Any) -> None:
    """An absent amount would mean everything, so leaving it out is a mistake in the program."""
    with pytest.raises(TypeError, match="amount"):
        kind("one", "two")
    with pytest.raises(TypeError):
        kind("one", "two", FULL)


@pytest.mark.parametrize(
    "fields",
    [{"value": 0}, {"value": -5}, {"value": True}, {"value": 1.0}, {"value": FULL}, {"value": "5"},
     {"tid": ""}, {"nsu": 5}, {"transaction_id": "\x00"}, {"authorization_id": ".."},
     {"sandbox_mode": 1}, {"sandbox_mode": ""}, {"sandbox_mode": []}],
    ids=str,
)  # fmt: skip
def test_vtex_s_optional_fields_are_checked_too(fields: dict[str, Any]) -> None:
    """What is sent is either right or refused before anything is sent."""
    with pytest.raises(InvalidCancellation):
        vtex.Cancellation("pay", **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"value": FULL}, "value must be an int in cents or None"),
        ({"value": 0}, "value must be positive"),
        ({"sandbox_mode": ""}, "sandbox_mode must not be empty"),
        ({"sandbox_mode": 1}, "sandbox_mode must be a str, not int"),
    ],
    ids=str,
)
def test_an_invalid_optional_field_of_vtex_has_a_reason(
    fields: dict[str, Any], message: str
) -> None:
    """By the field's name."""
    with pytest.raises(InvalidCancellation) as refused:
        vtex.Cancellation("pay", **fields)
    assert refused.value.message == message
