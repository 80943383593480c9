"""Amounts: exact types only, and "everything" is a word of its own."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand import FULL, InvalidCancellation, bento, unzer
from countermand.provider import format_amount
from tests.support.samples import LAW, PROVIDERS

NEVER: Final[list[Any]] = [
    None, True, False, 1.0, 0.1, float("nan"), float("inf"), "10.00", "full", "FULL", b"10", 1j,
    Fraction(1, 2), [10], {"amount": "full"}, 0, -1, -(10**40), 10**15, 10**400, object(),
]  # fmt: skip
NEVER_DECIMAL: Final = [
    "NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "0", "-0", "0.0000", "0E+9", "-10", "-0.01",
    "0.00001", "1.000010", "10.12345", "1E-5", "1E+15", "1E+999999", "-1E+999999", "1E-999999",
    "1000000000000000", "9" * 5000,
]  # fmt: skip


def sent(amount: Any) -> Any:
    """What Unzer gets to read as the amount."""
    made = unzer.Cancellation("p", amount=amount)
    return json.loads(PROVIDERS["unzer"].build_request(made, "key").content or b"")


@pytest.mark.parametrize("amount", NEVER, ids=lambda value: repr(value)[:20])
def test_what_is_no_exact_positive_number_is_refused(amount: Any) -> None:
    """At both providers that know amounts."""
    with pytest.raises(InvalidCancellation, match="amount"):
        unzer.Cancellation("p", amount=amount)
    with pytest.raises(InvalidCancellation, match="refund_amount"):
        bento.Cancellation("o", "t", refund_amount=amount)


@pytest.mark.parametrize("digits", NEVER_DECIMAL, ids=lambda value: value[:20])
def test_decimals_that_are_no_amount_are_refused(digits: str) -> None:
    """Not a number, not positive, too fine or absurdly large; the message stays short."""
    with pytest.raises(InvalidCancellation) as refused:
        unzer.Cancellation("p", amount=Decimal(digits))
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("10", "amount must be a Decimal, an int or FULL, not str"),
        (True, "amount must be a Decimal, an int or FULL, not bool"),
        (0, "amount must be a positive number, not 0"),
        (Decimal("-10.5"), "amount must be a positive number, not -10.5"),
        (Decimal("NaN"), "amount must be a positive number, not NaN"),
        (-(10**13), "amount must be a positive number, not -10000000000000"),
        (-(10**14), "amount must be a positive number, not -10000000000000..."),
        (Decimal("0.00001"), "amount has more than 4 decimals"),
        (10**15, "amount has more than 15 digits before the decimal point"),
    ],
    ids=str,
)
def test_an_invalid_amount_has_a_reason(amount: Any, message: str) -> None:
    """With as much of it as a message has room for."""
    with pytest.raises(InvalidCancellation) as refused:
        unzer.Cancellation("p", amount=amount)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (1.0, "refund_amount must be an int in minor units or FULL, not float"),
        (False, "refund_amount must be an int in minor units or FULL, not bool"),
        (0, "refund_amount must be positive"),
        (10**15, "refund_amount has more than 15 digits"),
    ],
    ids=str,
)
def test_invalid_minor_units_have_a_reason(amount: Any, message: str) -> None:
    """Nothing is converted for the caller."""
    with pytest.raises(InvalidCancellation) as refused:
        bento.Cancellation("o", "t", refund_amount=amount)
    assert refused.value.message == message


def test_zeros_at_the_end_do_not_make_another_cancellation() -> None:
    """A database gives 4.9 back as it stores it, such as NUMERIC(20, 6)."""
    plain, padded = (unzer.Cancellation("p", amount=Decimal(n)) for n in ("4.9", "4.900000"))
    assert plain.fingerprint == padded.fingerprint
    assert unzer.Cancellation.from_dict(padded.to_dict()) == plain


@pytest.mark.parametrize("amount", [1, 10**15 - 1])
def test_minor_units_have_one_to_fifteen_digits(amount: int) -> None:
    """Both ends included."""
    assert bento.Cancellation("o", "t", refund_amount=amount).refund_amount == amount


def test_bento_counts_in_minor_units_and_takes_no_decimal() -> None:
    """Decimal("5.00") could mean five cents or five hundred."""
    with pytest.raises(InvalidCancellation, match="minor units"):
        bento.Cancellation("o", "t", refund_amount=Decimal(5))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("10.00"), "10.00"),
        (Decimal("10.0"), "10.0"),
        (Decimal("4.900000"), "4.9000"),
        (Decimal("1.12340000000000000000"), "1.1234"),
        (Decimal("1E+1"), "10"),
        (Decimal("1.5E+3"), "1500"),
        (Decimal("1E-4"), "0.0001"),
        (Decimal("999999999999999.9999"), "999999999999999.9999"),
        (Decimal(7), "7"),
        (Decimal(100_000), "100000"),
        (Decimal("1E+6"), "1000000"),
        (1, "1"),
        (10**15 - 1, "999999999999999"),
    ],
    ids=str,
)
def test_unzer_gets_the_digits_as_given_without_an_exponent(amount: Any, text: str) -> None:
    """As text, as the source's own example has it."""
    assert sent(amount)["amount"] == text


def test_only_zeros_at_the_end_are_left_out() -> None:
    """A digit is never lost; what is too fine is refused before."""
    assert format_amount(Decimal("1.000000100")) == "1.0000001"


@LAW
@given(st.integers(1, 10**19 - 1), st.integers(-4, 0), st.integers(1, 9))
def test_an_amount_arrives_exactly_in_any_decimal_context(
    digits: int, exponent: int, precision: int
) -> None:
    """The caller's decimal context rounds nothing on the way."""
    amount = Decimal(digits).scaleb(exponent)
    if amount.adjusted() >= 15:
        return
    with localcontext(prec=precision):
        text = sent(amount)["amount"]
    assert Decimal(text) == amount
    assert "E" not in text.upper()


def test_full_sends_no_amount_and_nothing_else_does() -> None:
    """An absent amount means everything, so only FULL may leave it out."""
    assert "amount" not in sent(FULL)
    assert "amount" in sent(Decimal("0.0001"))
    full = bento.Cancellation("o", "t", refund_amount=FULL)
    part = bento.Cancellation("o", "t", refund_amount=1)
    assert PROVIDERS["bento"].build_request(full, "key").content is None
    assert PROVIDERS["bento"].build_request(part, "key").content == b'{"refundAmount":1}'


def test_full_is_one_object_however_it_is_copied() -> None:
    """`is FULL` decides about money, so copies must not be other objects."""
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    copies = [pickle.loads(pickle.dumps(FULL, protocol)) for protocol in protocols]
    copies += [copy.copy(FULL), copy.deepcopy(FULL)]
    assert all(again is FULL for again in copies)
    assert repr(FULL) == "FULL"
    text: object = "full"
    assert text != FULL
