"""Keys: the caller's name for an intent, and what a provider sees of it."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countermand import Client, InvalidCancellation, pace_pay, unzer, vtex
from countermand.provider import _fields
from tests.support.samples import CANCELLATIONS, LAW, PROVIDERS


class Printed(str):
    """A key that a ledger stores as one text, and that a provider's key is made from as another."""

    __slots__ = ()

    def __str__(self) -> str:
        return "Key.ORDER"


NEVER: Final[list[Any]] = [
    "", ".", "..", "a\x00", "a\nb", "\ud800", "x" * 256, 7, b"key", True, ["key"],
    Printed("order-42"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "request_id", "reference"),
    [
        ("order-42", "9EC18581A4B2FC7937EF6672ACE8BE5D", "CD982007FBB59A26BC1C62CA2794F371"),
        ("ä/ 🧾", "2AD6F3E7587B7176AD067AC4E4166576", "9E102BCA3F1719155BBD3A7A727CC994"),
    ],
)
def test_derived_values_never_change(key: str, request_id: str, reference: str) -> None:
    """Pinned: a changed digit would make a provider execute an old cancel again."""
    assert vtex.request_id(key) == request_id
    assert unzer.payment_reference(key) == reference


def test_derived_values_stand_where_the_provider_looks() -> None:
    """VTEX's requestId and Unzer's paymentReference; elsewhere there is no place for a key."""
    bodies = {
        api: PROVIDERS[api].build_request(CANCELLATIONS[api], "order-42").content
        for api in PROVIDERS
    }
    assert json.loads(bodies["vtex"] or b"")["requestId"] == vtex.request_id("order-42")
    reference = json.loads(bodies["unzer"] or b"")["paymentReference"]
    assert reference == unzer.payment_reference("order-42")
    assert bodies["pace_pay"] is bodies["pace_fueling"] is None
    assert b"order-42" not in (bodies["bento"] or b"")


@LAW
@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_different_keys_derive_different_values(one: str, other: str) -> None:
    """32 upper-case hexadecimal digits that tell keys and providers apart."""
    values = {vtex.request_id(one), unzer.payment_reference(one)}
    assert len(values | {vtex.request_id(other), unzer.payment_reference(other)}) == (
        2 if one == other else 4
    )
    assert all(len(value) == 32 and not set(value) - set("0123456789ABCDEF") for value in values)


@pytest.mark.parametrize("key", NEVER, ids=lambda key: repr(key)[:16])
def test_a_key_that_cannot_be_meant_is_refused_before_anything_is_sent(key: Any) -> None:
    """With the key and the cancellation on the error."""
    sent: list[httpx.Request] = []
    with client_that_logs(sent) as client, pytest.raises(InvalidCancellation) as refused:
        client.cancel(CANCELLATIONS["pace_pay"], key=key)
    shown = isinstance(key, str) and len(key) <= 255
    assert refused.value.key == (key if shown else None)
    assert len(str(refused.value)) < 200
    assert refused.value.cancellation == CANCELLATIONS["pace_pay"]
    assert not sent


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (7, "key must be a str, not int"),
        ("", "key must not be empty"),
        ("   ", "key must not be blank"),
        (
            "x" * 256,
            f"key is longer than 255 characters: it has 256, and begins with '{'x' * 20}'",
        ),
    ],
    ids=["int", "empty", "blank", "long"],
)
def test_an_invalid_key_has_a_reason(key: Any, message: str) -> None:
    """By the name of the argument."""
    with pytest.raises(InvalidCancellation) as refused:
        _fields.validate_key(key)
    assert refused.value.message == message


@pytest.mark.parametrize("key", ["x" * 255, "ä" * 255, "a b", "../x", "null", "0", "🧾"])
def test_every_other_key_is_kept_as_it_is(key: str) -> None:
    """255 characters, any script."""
    assert _fields.validate_key(key) == key
    with client_that_logs([]) as client:
        assert client.cancel(CANCELLATIONS["pace_pay"], key=key).key == key


def test_a_key_left_out_is_made_anew_each_time() -> None:
    """Two intents without a name are two intents."""
    sent: list[httpx.Request] = []
    with client_that_logs(sent) as client:
        keys = {client.cancel(CANCELLATIONS["pace_pay"]).key for _ in range(20)}
    assert len(keys) == len(sent) == 20
    assert all(len(key) == 32 for key in keys)


def client_that_logs(sent: list[httpx.Request]) -> Client:
    """A client of a provider that always says cancelled."""

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(204)

    return Client(pace_pay.Account("a-token"), transport=httpx.MockTransport(handle))
