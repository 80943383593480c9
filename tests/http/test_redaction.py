"""A provider that echoes credentials does not get them into anything that might be logged."""

from __future__ import annotations

import json
from typing import Final

import pytest
from attrs import evolve

from countermand import RawResponse, Sent
from countermand._core.commands import AskUser, Authenticate, Granted, Send
from countermand._core.exchange import Failure, Outgoing
from countermand._http.redaction import without_secrets
from countermand.provider._responses import json_object, text
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, judged, reply

SECRET: Final = "tok/en+abc-def=="


def test_a_secret_is_struck_out_of_headers_body_and_words() -> None:
    """Wherever it stands in a reply, and in the words of a failure."""
    answer = RawResponse(
        status=400, headers=(("x", f"a {SECRET}"),), body=f"<{SECRET}>".encode(), problem=SECRET
    )
    clean = without_secrets(answer, (SECRET,))
    assert isinstance(clean, RawResponse)
    assert clean.headers == (("x", "a [redacted]"),)
    assert clean.body == b"<[redacted]>"
    assert clean.problem == "[redacted]"
    failure = Failure(sent=Sent.MAYBE_SENT, problem=f"bad header {SECRET}")
    assert without_secrets(failure, (SECRET,)).problem == "bad header [redacted]"


def test_everything_else_of_a_reply_stays_as_it_was() -> None:
    """Names, other headers, the status, what has no secret in it."""
    answer = RawResponse(
        status=503, headers=(("x", SECRET), ("y", "plain")), body=b"\xffplain", problem=None
    )
    assert without_secrets(answer, (SECRET,)) == evolve(
        answer, headers=(("x", "[redacted]"), ("y", "plain"))
    )


def test_each_of_several_secrets_is_struck_out() -> None:
    """A token that was refused, and the fresh one; wherever they stand, and however often."""
    failure = Failure(sent=Sent.NOT_SENT, problem="old-token new-token old-token")
    clean = without_secrets(failure, ("old-token", "", "new-token"))
    assert clean == evolve(failure, problem="[redacted] [redacted] [redacted]")


@pytest.mark.parametrize(("secret", "struck"), [("12345", False), ("123456", True)])
def test_a_secret_has_at_least_six_characters(secret: str, *, struck: bool) -> None:
    """What is shorter would be found in any text."""
    answer = RawResponse(status=400, body=b"<" + secret.encode() + b">")
    clean = without_secrets(answer, (secret,))
    assert clean == evolve(answer, body=b"<[redacted]>" if struck else answer.body)


def test_words_about_the_wire_are_not_endless() -> None:
    """And are cut only after the secrets are out, for half a secret would not be recognised."""
    problem = "x" * 295 + SECRET + "y" * 100
    for exchange in (
        RawResponse(status=200, problem=problem),
        Failure(sent=Sent.MAYBE_SENT, problem=problem),
    ):
        assert without_secrets(exchange, (SECRET,)).problem == "x" * 295 + "[reda"
        assert without_secrets(exchange, ()).problem == problem[:300]


@pytest.mark.parametrize(
    ("body", "clean"),
    [
        (b"\\u0074ok\\/en+abc-def\\u003D= \xff\\", b"[redacted] \xff\\"),
        (b"\\u0074OK\\/en+abc-def== \\", b"\\u0074OK\\/en+abc-def== \\"),
        (b"\xff\\", b"\xff\\"),
    ],
    ids=["escaped in both ways", "another letter case", "nothing to strike out"],
)
def test_a_secret_is_found_behind_json_s_escapes(body: bytes, clean: bytes) -> None:
    """Bytes that are no text come through unchanged."""
    struck = without_secrets(RawResponse(status=200, body=body), (SECRET,))
    assert isinstance(struck, RawResponse)
    assert struck.body == clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_secret_is_found_in_every_encoding_of_json(encoding: str) -> None:
    """What takes its place is in the same one."""
    body = f"<{SECRET}>".encode(encoding)
    struck = without_secrets(RawResponse(status=200, body=body), (SECRET,))
    assert isinstance(struck, RawResponse)
    assert struck.body.decode(encoding) == "<[redacted]>"


def test_what_is_too_short_to_be_a_secret_is_left_alone() -> None:
    """A token of one letter would strike out half of every text."""
    answer = RawResponse(status=400, body=b"banana")
    assert without_secrets(answer, ("a", "")) == answer


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"message": SECRET}).encode(), "application/json"),
        (json.dumps({"message": SECRET}).replace("/", "\\/").encode(), "application/json"),
        (json.dumps({"message": SECRET}).replace("-", "\\u002d").encode(), "application/json"),
        (json.dumps({"message": SECRET}).encode("utf-16"), "application/json; charset=utf-16"),
    ],
    ids=["plain", "slash escaped as PHP does", "unicode escape", "utf-16"],
)
def test_no_writing_of_json_gets_a_secret_into_a_message(body: bytes, kind: str) -> None:
    """The same credential can be written in many ways; a message must show none of them."""
    clean = without_secrets(reply(422, body, kind), (SECRET,))
    assert isinstance(clean, RawResponse)
    assert SECRET not in repr(judged("bento", clean))
    assert SECRET not in str(json_object(clean))


def test_values_that_hold_credentials_show_none() -> None:
    """The steps and requests of a call may end up in a debugger or a log."""
    outgoing = Outgoing(method="GET", url="https://a.example", headers=(("Authorization", SECRET),))
    call = PROVIDERS["pace_pay"].build(CANCELLATIONS["pace_pay"], KEY)
    values = [
        Send(call, SECRET, 1.0),
        Authenticate("pace_pay", SECRET, 1.0),
        Granted(SECRET),
        AskUser({}, SECRET),
        outgoing,
    ]
    assert not [value for value in values if SECRET in repr(value)]


def test_a_body_s_text_is_made_fit_for_a_message() -> None:
    """Printable, encodable, not endless, or nothing."""
    assert text("a\x1b[31mb\r\n\ud800c") == "a [31mb   c"
    assert len(text("x" * 10_000) or "") == 300
    assert [text(value) for value in (None, "", " ", "\n", 7, [], {"a": 1}, True)] == [None] * 8
