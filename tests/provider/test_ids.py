"""Identifiers: some can never be meant; all others arrive as they are."""

from __future__ import annotations

import json
import uuid
from enum import StrEnum
from typing import Any, Final
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand import FULL, InvalidCancellation, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.provider._fields import is_storable
from tests.support.samples import LAW, PROVIDERS

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")


class Printed(str):
    """A text that prints as another one, as a member of an `Enum` of texts does."""

    __slots__ = ()

    def __str__(self) -> str:
        return "Key.ORDER"


class Formatted(str):
    """The same in an f-string alone."""

    __slots__ = ()

    def __format__(self, _spec: str) -> str:
        return "Key.ORDER"


class Key(StrEnum):
    """Texts that print as themselves."""

    PAYMENT = "s-pay-1"


ID: Final = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
NEVER: Final[dict[str, Any]] = {
    "empty": "", "dot": ".", "dots": "..", "null": "a\x00", "newline": "a\n", "tab": "\t",
    "CR LF": "a\r\nHost: b", "escape": "\x1b[0m", "delete": "\x7f", "C1": "\x85",
    "high surrogate": "a\ud800", "low surrogate": "\udfffb", "None": None, "int": 7,
    "bytes": b"id", "bool": True, "UUID object": uuid.UUID(ID), "list": ["id"],
    "printed": Printed("id"), "formatted": Formatted("id"),
}  # fmt: skip
NO_UUID: Final = [
    "s-pay-1", ID.replace("-", ""), "{" + ID + "}", "urn:uuid:" + ID, ID[:-1], ID + "0", ID + " ",
    " " + ID, ID.replace("c", "g"), ID.replace("3", "\u0663"), ID + "/..", "٣" * 36,
]  # fmt: skip
PATHS: Final[dict[str, Any]] = {
    "bento order": lambda value: bento.Cancellation(value, "tx", refund_amount=FULL),
    "bento transaction": lambda value: bento.Cancellation("or", value, refund_amount=FULL),
    "unzer payment": lambda value: unzer.Cancellation(value, amount=FULL),
    "unzer authorization": lambda value: unzer.Cancellation("p", value, amount=FULL),
    "vtex payment": vtex.Cancellation,
}
PACE: Final[dict[str, Any]] = {
    "pay": pace_pay.Cancellation,
    "fueling station": lambda value: pace_fueling.Cancellation(value, ID),
    "fueling transaction": lambda value: pace_fueling.Cancellation(ID, value),
}
SENDABLE: Final = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    lambda value: value not in {".", ".."}
)


@pytest.mark.parametrize("make", [*PATHS.values(), *PACE.values()], ids=[*PATHS, *PACE])
def test_what_cannot_be_an_id_is_refused(make: Any) -> None:
    """Before anything is sent, and None only where the id may be left out."""
    for name, value in NEVER.items():
        if value is None and make is PATHS["unzer authorization"]:
            assert make(None).authorization_id is None
            continue
        with pytest.raises(InvalidCancellation, match="_id"):
            pytest.fail(f"{name}: {make(value)}")


NAMES: Final[dict[str, str]] = {
    "bento order": "order_id",
    "bento transaction": "transaction_id",
    "unzer payment": "payment_id",
    "unzer authorization": "authorization_id",
    "vtex payment": "payment_id",
    "pay": "transaction_id",
    "fueling station": "gas_station_id",
    "fueling transaction": "transaction_id",
}


@pytest.mark.parametrize(("make", "name"), NAMES.items(), ids=NAMES)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (7, "must be a str, not int"),
        ("", "must not be empty"),
        (".", "must not be a dot segment"),
        ("..", "must not be a dot segment"),
        ("a\n", "contains a control character: U+000A"),
        ("\udfff", "contains a lone surrogate: U+DFFF"),
    ],
)
def test_an_invalid_id_is_named(make: str, name: str, value: Any, message: str) -> None:
    """Two ids in one call are easily mixed up."""
    with pytest.raises(InvalidCancellation) as refused:
        {**PATHS, **PACE}[make](value)
    assert refused.value.message == f"{name} {message}"


@pytest.mark.parametrize("name", ["authorization_id", "transaction_id", "tid", "nsu"])
def test_vtex_s_other_ids_are_named(name: str) -> None:
    """Each may be left out, and none may be empty."""
    empty: dict[str, Any] = {name: ""}
    with pytest.raises(InvalidCancellation) as refused:
        vtex.Cancellation("p", **empty)
    assert refused.value.message == f"{name} must not be empty"


def test_an_invalid_uuid_is_refused_with_an_example() -> None:
    """And which of the ids it is."""
    with pytest.raises(InvalidCancellation) as refused:
        pace_fueling.Cancellation("s-pay-1", ID)
    assert refused.value.message == (
        "gas_station_id must be a UUID such as c3f037ea-492e-4033-9b4b-4efc7beca16c"
    )


@pytest.mark.parametrize("make", PACE.values(), ids=PACE)
@pytest.mark.parametrize("value", NO_UUID)
def test_what_is_no_uuid_is_refused_at_pace(make: Any, value: str) -> None:
    """Braces, urn, missing hyphens and other scripts' digits included."""
    with pytest.raises(InvalidCancellation, match="UUID"):
        make(value)


@pytest.mark.parametrize("make", PACE.values(), ids=PACE)
def test_a_uuid_keeps_the_caller_s_letter_case(make: Any) -> None:
    """Nothing is normalised: the provider may compare text."""
    for value in (ID, ID.upper(), "00000000-0000-0000-0000-000000000000"):
        made = make(value)
        call = PROVIDERS[made.api].build_request(made, "key")
        assert value in call.path.split("/")


@pytest.mark.parametrize("make", PATHS.values(), ids=PATHS)
@LAW
@given(value=SENDABLE)
def test_every_other_id_is_one_path_segment_that_decodes_to_itself(make: Any, value: str) -> None:
    """Slashes, question marks, percent signs, emoji: encoded, unchanged, in one segment."""
    made = make(value)
    call = PROVIDERS[made.api].build_request(made, "key")
    segments = call.path.split("/")
    assert call.path.isascii()
    assert not set(call.path) & set("?#\\ ")
    assert len(segments) == len(PROVIDERS[made.api].build_request(make("x"), "key").path.split("/"))
    assert value in [unquote(segment, errors="strict") for segment in segments]
    assert not {".", "..", ""} & set(segments[1:])


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("a/b", "a%2Fb"), ("../x", "..%2Fx"), ("%2e%2e", "%252e%252e"), ("x?y=1", "x%3Fy%3D1"),
        ("#", "%23"), ("a b", "a%20b"), ("a+b", "a%2Bb"), ("ä", "%C3%A4"), ("\\", "%5C"),
        ("...", "..."), ("~-._", "~-._"), ("cancels", "cancels"), ("\u202e", "%E2%80%AE"),
    ],
)  # fmt: skip
def test_hostile_ids_are_encoded_as_pinned(value: str, segment: str) -> None:
    """One example each, for the reader."""
    made = unzer.Cancellation(value, amount=FULL)
    path = PROVIDERS["unzer"].build_request(made, "key").path
    assert path == f"/payments/{segment}/authorize/cancels"


@LAW
@given(value=SENDABLE)
def test_an_id_in_a_body_is_unchanged(value: str) -> None:
    """VTEX wants the payment's id a second time, in the body."""
    made = vtex.Cancellation(value, value)
    body = json.loads(PROVIDERS["vtex"].build_request(made, "key").content or b"")
    assert (body["paymentId"], body["authorizationId"]) == (value, value)


@pytest.mark.parametrize(
    ("message", "can"),
    [
        ("", True),
        ("a\n\x7f\U0001f9fe", True),
        ("a\x00b", False),
        ("a\ud800", False),
        ("\udfffb", False),
    ],
    ids=ascii,
)
def test_a_text_is_storable_if_every_database_can_keep_it(message: str, *, can: bool) -> None:
    """PostgreSQL refuses a NUL, and no encoding has a lone surrogate."""
    assert is_storable(message) is can


def test_a_subclass_of_str_that_prints_as_itself_is_an_id() -> None:
    """A member of a `StrEnum`, or the text of a template engine."""
    made = unzer.Cancellation(Key.PAYMENT, amount=FULL)
    plain = unzer.Cancellation("s-pay-1", amount=FULL)
    assert made.fingerprint == plain.fingerprint
    build = PROVIDERS["unzer"].build_request
    assert build(made, "k").path == build(plain, "k").path
