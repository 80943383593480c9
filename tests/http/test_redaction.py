"""Redaction: echoed credentials do not reach anything that might be logged."""

from __future__ import annotations

import json
from typing import Final

import pytest
from attrs import evolve

from countermand import RawResponse, Sent
from countermand._core.commands import GetToken, LinkIdentity, SendRequest, TokenGranted
from countermand._core.exchange import PreparedRequest, TransportFailure
from countermand._http.redaction import redact
from countermand.provider._responses import json_object, printable
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, interpreted, reply

SECRET: Final = "tok/en+abc-def=="


def test_a_secret_is_redacted_in_headers_body_and_message() -> None:
    """Anywhere in a reply, and in the message of a failure."""
    answer = RawResponse(
        status=400, headers=(("x", f"a {SECRET}"),), body=f"<{SECRET}>".encode(), problem=SECRET
    )
    clean = redact(answer, (SECRET,))
    assert isinstance(clean, RawResponse)
    assert clean.headers == (("x", "a [redacted]"),)
    assert clean.body == b"<[redacted]>"
    assert clean.problem == "[redacted]"
    failure = TransportFailure(sent=Sent.MAYBE_SENT, problem=f"bad header {SECRET}")
    assert redact(failure, (SECRET,)).problem == "bad header [redacted]"


def test_everything_else_of_a_reply_stays_as_it_was() -> None:
    """Names, other headers, the status and texts without a secret."""
    answer = RawResponse(
        status=503, headers=(("x", SECRET), ("y", "plain")), body=b"\xffplain", problem=None
    )
    assert redact(answer, (SECRET,)) == evolve(
        answer, headers=(("x", "[redacted]"), ("y", "plain"))
    )


def test_each_of_several_secrets_is_redacted() -> None:
    """The refused token and the fresh one, at every place and every occurrence."""
    failure = TransportFailure(sent=Sent.NOT_SENT, problem="old-token new-token old-token")
    clean = redact(failure, ("old-token", "", "new-token"))
    assert clean == evolve(failure, problem="[redacted] [redacted] [redacted]")


@pytest.mark.parametrize(("secret", "redacted"), [("12345", False), ("123456", True)])
def test_a_secret_has_at_least_six_characters(secret: str, *, redacted: bool) -> None:
    """A shorter text would occur anywhere."""
    answer = RawResponse(status=400, body=b"<" + secret.encode() + b">")
    clean = redact(answer, (secret,))
    assert clean == evolve(answer, body=b"<[redacted]>" if redacted else answer.body)


def test_the_message_of_a_transport_failure_is_bounded() -> None:
    """The message is truncated after redaction: half a secret would not be recognised."""
    problem = "x" * 295 + SECRET + "y" * 100
    for exchange in (
        RawResponse(status=200, problem=problem),
        TransportFailure(sent=Sent.MAYBE_SENT, problem=problem),
    ):
        assert redact(exchange, (SECRET,)).problem == "x" * 295 + "[reda"
        assert redact(exchange, ()).problem == problem[:300]


@pytest.mark.parametrize(
    ("body", "clean"),
    [
        (b"\\u0074ok\\/en+abc-def\\u003D= \xff\\", b"[redacted] \xff\\"),
        (b"\\u0074OK\\/en+abc-def== \\", b"\\u0074OK\\/en+abc-def== \\"),
        (b"\xff\\", b"\xff\\"),
    ],
    ids=["escaped in both ways", "another letter case", "nothing to redact"],
)
def test_a_secret_is_found_behind_json_s_escapes(body: bytes, clean: bytes) -> None:
    """Bytes that are no text come through unchanged."""
    redacted = redact(RawResponse(status=200, body=body), (SECRET,))
    assert isinstance(redacted, RawResponse)
    assert redacted.body == clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_secret_is_found_in_every_encoding_of_json(encoding: str) -> None:
    """The replacement has the same encoding."""
    body = f"<{SECRET}>".encode(encoding)
    redacted = redact(RawResponse(status=200, body=body), (SECRET,))
    assert isinstance(redacted, RawResponse)
    assert redacted.body.decode(encoding) == "<[redacted]>"


def test_a_text_too_short_for_a_secret_is_not_redacted() -> None:
    """A token of one letter would redact half of every text."""
    answer = RawResponse(status=400, body=b"banana")
    assert redact(answer, ("a", "")) == answer


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
def test_no_spelling_in_json_gets_a_secret_into_a_message(body: bytes, kind: str) -> None:
    """The same credential can be written in many ways; a message must show none of them."""
    clean = redact(reply(422, body, kind), (SECRET,))
    assert isinstance(clean, RawResponse)
    assert SECRET not in repr(interpreted("bento", clean))
    assert SECRET not in str(json_object(clean))


def test_values_that_hold_credentials_show_none() -> None:
    """The commands and requests of a call may appear in a debugger or a log."""
    request = PreparedRequest(
        method="GET", url="https://a.example", headers=(("Authorization", SECRET),)
    )
    call = PROVIDERS["pace_pay"].build_request(CANCELLATIONS["pace_pay"], KEY)
    values = [
        SendRequest(call, SECRET, 1.0),
        GetToken("pace_pay", SECRET, 1.0),
        TokenGranted(SECRET),
        LinkIdentity({}, SECRET),
        request,
    ]
    assert not [value for value in values if SECRET in repr(value)]


def test_a_body_s_text_is_made_fit_for_a_message() -> None:
    """Printable, encodable, not endless, or nothing."""
    assert printable("a\x1b[31mb\r\n\ud800c") == "a [31mb   c"
    assert len(printable("x" * 10_000) or "") == 300
    assert [printable(value) for value in (None, "", " ", "\n", 7, [], {"a": 1}, True)] == [
        None
    ] * 8
