"""Reading a reply's body: strictly, because a verdict about money may rest on it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand import RawResponse
from countermand.provider._bodies import (
    is_json,
    json_object,
    media_type,
    object_list,
    object_member,
    printable,
    provider_id,
)

DOCUMENT: Final[dict[str, Any]] = {
    "object": {"a": 1},
    "list": [{"a": 1}, 7, None, "x", [], {}],
    "text": "x",
    "none": None,
}


def typed(content_type: str | None, body: bytes = b"{}") -> RawResponse:
    """A reply of a media type."""
    headers = () if content_type is None else (("content-type", content_type),)
    return RawResponse(status=200, headers=headers, body=body)


@pytest.mark.parametrize(
    ("header", "kind", "json"),
    [
        (None, None, True),
        ("", None, True),
        (" ", None, True),
        ("; charset=utf-8", None, True),
        ("application/json", "application/json", True),
        (" Application/JSON ; Charset=UTF-8; a=b", "application/json", True),
        ("application/vnd.api+json", "application/vnd.api+json", True),
        ("application/PROBLEM+JSON", "application/problem+json", True),
        ("text/html", "text/html", False),
        ("text/json", "text/json", False),
        ("application/json-seq", "application/json-seq", False),
        ("application/vnd.api+json2", "application/vnd.api+json2", False),
        ("text/plain; a=application/json", "text/plain", False),
    ],
)
def test_a_media_type_is_read_without_case_and_parameters(
    header: str | None, kind: str | None, *, json: bool
) -> None:
    """No type is not another one: servers leave it out."""
    assert media_type(typed(header)) == kind
    assert is_json(typed(header)) is json


@pytest.mark.parametrize(
    ("charset", "body", "read"),
    [
        ("utf-8", "ä".encode(), "ä"),
        ("UTF8", "ä".encode(), "ä"),
        ("'utf-8'", "ä".encode(), "ä"),
        ('"utf-8"', "ä".encode(), "ä"),
        (" utf-8 ", "ä".encode(), "ä"),
        ("us-ascii", b"a", "a"),
        ("us-ascii", "ä".encode(), None),
        ("iso-8859-1", "ä".encode("latin-1"), "ä"),
        ("windows-1252", "\u20ac".encode("cp1252"), "\u20ac"),
        ("utf-16", "ä".encode("utf-16"), None),
        ("klingon", b"a", None),
        ("XUTF-8X", b"a", None),
        ("", b"a", None),
        ("rot13", b"a", None),
        ("utf-7", b"a", None),
    ],
)
def test_a_body_is_decoded_by_the_charset_that_it_names(
    charset: str, body: bytes, read: str | None
) -> None:
    """Four are accepted; with a wrong one, or another, the body is not."""
    answer = typed(f"application/json; a=b; Charset ={charset}", b'{"x": "' + body + b'"}')
    assert json_object(answer) == (None if read is None else {"x": read})


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (None, "ä"),
        ("application/json", "ä"),
        ("application/json; charset", None),
        ("application/json; version=charset", "ä"),
        ("application/json; xcharset=latin-1", "ä"),
        ("charset=latin-1", None),
        ("application/json; charset=utf-8; charset=latin-1", "ä"),
        ("application/json; charset=latin-1; charset=utf-8", "Ã¤"),
    ],
)
def test_a_body_without_a_charset_is_utf_8(header: str | None, read: str | None) -> None:
    """Of two, the first counts; an empty one is none that is known."""
    body = '{"x": "ä"}'.encode()
    assert json_object(typed(header, body)) == (None if read is None else {"x": read})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": [{"b": 1, "b": 2}]}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b" \xef\xbb\xbf{}",
        b"{}\xef\xbb\xbf",
        b"\xfe\xff\x00{\x00}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 100 + b"1" + b"]" * 100 + b"}",
        b'{"a": 1, "b": ' + b'{"c": ' * 600 + b"1" + b"}" * 600 + b"}",
    ],
    ids=lambda body: repr(body)[:20],
)
def test_a_body_that_is_no_json_object_to_the_letter_is_none(body: bytes) -> None:
    """Two of one name, numbers that are none, and whatever Python cannot take."""
    assert json_object(typed("application/json", body)) is None


def test_one_byte_order_mark_is_taken_off() -> None:
    """RFC 8259 permits it to readers; a second one is a fault."""
    body = b'\xef\xbb\xbf{"a": "\xef\xbb\xbf"}'
    assert json_object(typed("application/json", body)) == {"a": "\ufeff"}
    assert json_object(typed("application/json; charset=utf-8", body)) == {"a": "\ufeff"}
    assert json_object(typed("application/json; charset=latin-1", body)) is None


@pytest.mark.parametrize("members", [b"[" * 99 + b"1" + b"]" * 99, b"[" + b"{}, " * 150 + b"[]]"])
def test_a_body_may_have_a_hundred_levels(members: bytes) -> None:
    """And any number of objects beside each other."""
    assert json_object(typed("application/json", b'{"a": ' + members + b"}")) is not None


def test_a_character_that_no_database_stores_is_replaced() -> None:
    """In names, too, and at any level; a whole pair of surrogates is one character."""
    body = rb'{"id": "s-\uD800", "a\u0000": [{"b": "\ud83d\ude00", "c": ["\udc00", 1, null]}]}'
    assert json_object(typed("application/json", body)) == {
        "id": "s-\ufffd",
        "a\ufffd": [{"b": "\U0001f600", "c": ["\ufffd", 1, None]}],
    }


def test_a_body_is_read_only_whole_and_only_as_json() -> None:
    """A cut one may have lost the part that matters."""
    whole = typed("application/json", b' {"a": {"b": [1, 1.5, true, null, "x"]}}\n')
    assert json_object(whole) == {"a": {"b": [1, 1.5, True, None, "x"]}}
    cut = RawResponse(status=200, headers=whole.headers, body=whole.body, problem="")
    assert json_object(cut) is None
    assert json_object(typed("text/html", whole.body)) is None


def test_a_member_is_an_object_or_nothing() -> None:
    """Whatever else a provider sends in its place."""
    found = {name: object_member(DOCUMENT, name) for name in (*DOCUMENT, "missing")}
    assert found == {"object": {"a": 1}, "list": None, "text": None, "none": None, "missing": None}


def test_members_are_the_objects_of_a_list() -> None:
    """What is no object is left out, and what is no list has none."""
    found = {name: object_list(DOCUMENT, name) for name in (*DOCUMENT, "missing")}
    empty: dict[str, list[object]] = {name: [] for name in ("object", "text", "none", "missing")}
    assert found == {"list": [{"a": 1}, {}], **empty}


@pytest.mark.parametrize("value", ["x", " padded ", "x" * 1000, "a\u200bb"])
def test_an_identifier_is_kept_to_the_last_character(value: str) -> None:
    """It is what support asks the provider for."""
    assert provider_id(value) == value


def test_a_whole_number_is_an_identifier() -> None:
    """As its digits: some providers write JSON numbers."""
    assert provider_id(12345) == "12345"


@pytest.mark.parametrize("value", ["", " ", "\n", None, 7.0, True, [], {"a": 1}])
def test_what_names_nothing_is_no_identifier(value: object) -> None:
    """Nor is what is neither a text nor a whole number."""
    assert provider_id(value) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Not today", "Not today"),
        (" padded\n", "padded"),
        ("a\x1b[31mb\r\n\ud800c", "a [31mb   c"),
        ("x" * 301, "x" * 300),
        ("x" * 299 + "yz", "x" * 299 + "y"),
        ("", None),
        (" \n\x00", None),
        (None, None),
        (7, None),
        ([], None),
        (True, None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_text_is_printable_and_not_endless(value: object, shown: str | None) -> None:
    """Fit for a message, or nothing."""
    assert printable(value) == shown


def test_a_text_can_be_cut_shorter() -> None:
    """To what a caller has room for."""
    assert printable("abcdef", 3) == "abc"
