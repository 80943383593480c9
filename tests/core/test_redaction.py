"""Redaction: echoed credentials do not reach anything that might be logged."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Final

import pytest
from attrs import evolve

from countermand import FULL, Declined, Outcome, RawResponse, Sent, vtex
from countermand._core.commands import (
    GetToken,
    KeyHistory,
    LinkIdentity,
    SendRequest,
    TokenGranted,
)
from countermand._core.exchange import PreparedRequest, TransportFailure
from countermand._core.redaction import _beginning, _spelled, redact, redact_problem, redact_value
from countermand._core.request import CallState
from countermand._secrets import Secret, SecretBytes
from countermand.provider import Done, Finding, MaybeExecuted, NotKnown, ReadBack, Refused
from countermand.provider._responses import json_object, printable
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, interpreted, reply
from tests.support.script import cancel_plan, played, request_plan

SECRET: Final = "tok/en+abc-def=="


@pytest.fixture(autouse=True)
def _patterns() -> None:
    """Each test makes its own: a pattern that is remembered would hide a broken maker."""
    _beginning.cache_clear()
    _spelled.cache_clear()


def test_a_secret_is_redacted_in_headers_body_and_message() -> None:
    """Anywhere in a reply, and in the message of a failure."""
    answer = RawResponse(
        status=400, headers=(("x", f"a {SECRET}"),), body=f"<{SECRET}>".encode(), problem=SECRET
    )
    clean = redact(answer, (SECRET,))
    assert isinstance(clean, RawResponse)
    assert clean.headers == (("x", "a [redacted]"),)
    assert clean.body == b"<[redacted]>"
    assert redact_problem(answer, (SECRET,)).problem == "[redacted]"
    failure = TransportFailure(sent=Sent.MAYBE_SENT, problem=f"bad header {SECRET}")
    assert redact_problem(failure, (SECRET,)).problem == "bad header [redacted]"
    assert redact(failure, (SECRET,)) is failure


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
    clean = redact_problem(failure, ("old-token", "", "new-token"))
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
        assert redact_problem(exchange, (SECRET,)).problem == "x" * 295 + "[reda"
        assert redact_problem(exchange, ()).problem == problem[:300]


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
        Secret(SECRET),
        SecretBytes(SECRET.encode()),
    ]
    assert not [value for value in values if SECRET in repr(value)]


def test_a_body_s_text_is_made_fit_for_a_message() -> None:
    """Printable, encodable, not endless, or nothing."""
    assert printable("a\x1b[31mb\r\n\ud800c") == "a [31mb   c"
    assert len(printable("x" * 10_000) or "") == 300
    assert [printable(value) for value in (None, "", " ", "\n", 7, [], {"a": 1}, True)] == [
        None
    ] * 8


def test_a_reply_is_judged_before_credentials_are_struck_out() -> None:
    """The reference and the echoed id contain the application key "mystore"."""
    cancellation, provider = vtex.Cancellation("mystore-1"), PROVIDERS["vtex"]
    call = provider.build_request(cancellation, KEY)
    plan = evolve(
        request_plan("vtex"),
        call=call,
        interpret=lambda answer: provider.interpret(answer, call, cancellation),
    )
    sent = json.loads(call.content or b"")
    body = {
        "paymentId": sent["paymentId"],
        "requestId": sent["requestId"],
        "cancellationId": "mystore-7001",
        "message": "mystore: done",
    }
    state = CallState(credentials={"mystore": None})
    state.add_exchange(plan, reply(200, body))
    assert isinstance(state.verdict, Done)
    assert state.verdict.reference == "mystore-7001"
    assert state.reply is not None
    assert b"mystore" not in state.reply.body


def test_what_a_read_finds_is_redacted() -> None:
    """It is judged as it came, too."""
    plan = cancel_plan("unzer", read_back=lambda _: finding_of(NotKnown(f"{SECRET} is unknown")))
    state = CallState(credentials={SECRET: None})
    run = played(plan, (KeyHistory(attempts=1, maybe_executed=True), 0.0), (True, 0.0), state=state)
    assert SECRET not in str(run.result)
    assert "[redacted] is unknown" in str(run.result)


def finding_of(finding: Finding) -> ReadBack:
    """A read-back that ends without a read."""
    yield from ()
    return finding


def test_a_verdict_keeps_everything_but_the_credentials() -> None:
    """At any depth, and nothing else is changed."""
    error_fields = {"code": f"<{SECRET}>", "all": [1, SECRET], SECRET: (FULL, None)}
    refused = Refused(error=Declined, message=f"no {SECRET}", error_fields=error_fields)
    clean = redact_value(refused, (SECRET,))
    assert clean == Refused(
        error=Declined,
        message="no [redacted]",
        error_fields={"code": "<[redacted]>", "all": [1, "[redacted]"], "[redacted]": (FULL, None)},
    )
    assert refused.error_fields is error_fields
    done = Done(outcome=Outcome.CANCELLED, amount=Decimal(3))
    assert redact_value(done, ("cancelled",)) == done


@pytest.mark.parametrize(
    ("secret", "reference", "kept"),
    [
        ("mystore", "mystore-7001", "mystore-7001"),
        ("a-key-of-15-cha", "a-key-of-15-cha", "a-key-of-15-cha"),
        ("a-key-of-16-char", "<a-key-of-16-char>", "[redacted]"),
        ("a-key-of-16-char", "a-key-of-16-cha", "a-key-of-16-cha"),
        ("mystore", None, None),
    ],
)
def test_an_id_loses_no_part(secret: str, reference: str | None, kept: str | None) -> None:
    """An id may contain a short credential; a text that contains a long one is no id."""
    verdict = MaybeExecuted(message=f"it is {secret}", reference=reference)
    assert redact_value(verdict, (secret,)) == evolve(
        verdict, message="it is [redacted]", reference=kept
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<tok/en+abc-def==>", "<[redacted]>"),
        ("<tok/en+ab", "<[redacted]"),
        ("<tok/en+a", "<[redacted]"),
        ("<tok/en+", "<tok/en+"),
        ("tok/en+abX tok/en+abc-def==tok/en+a", "[redacted]X [redacted][redacted]"),
    ],
)
def test_half_a_credential_is_redacted(text: str, clean: str) -> None:
    """A truncated text ends in the middle of one."""
    assert redact_value(text, (SECRET, "short")) == clean


@pytest.mark.parametrize(
    ("spelled", "clean"),
    [
        ("tok%2Fen%2babc-def%3D=", "[redacted]"),
        ("tok&#47;en&#x2B;abc-def&#061;=", "[redacted]"),
        ("tok\\\\/en+abc-def==", "[redacted]"),
        ("tok\\/en+abc-def\\\\\\u003d=", "[redacted]"),
        ("tok%2Fen%2ba", "[redacted]"),
        ("tok%2Gen+abc-def==", "tok%2Gen+abc-def=="),
    ],
    ids=["URL", "HTML", "JSON in JSON", "thrice", "half", "none"],
)
def test_a_credential_is_found_in_other_spellings(spelled: str, clean: str) -> None:
    """A page that quotes a request, or JSON within JSON."""
    assert redact_value(f"<{spelled}>", (SECRET,)) == f"<{clean}>"


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_a_credential_is_found_in_wide_text(encoding: str) -> None:
    """The replacement is as wide."""
    body = f"<{SECRET}>".encode(encoding)
    redacted = redact(RawResponse(status=200, body=body), (SECRET,))
    assert isinstance(redacted, RawResponse)
    assert redacted.body.decode(encoding) == "<[redacted]>"


def test_half_a_credential_is_redacted_in_headers_and_body() -> None:
    """A gateway may truncate what it quotes."""
    reply = RawResponse(status=200, headers=(("x-echo", "<tok/en+ab"),), body=b"<tok/en+a")
    redacted = redact(reply, (SECRET,))
    assert isinstance(redacted, RawResponse)
    assert (redacted.headers, redacted.body) == ((("x-echo", "<[redacted]"),), b"<[redacted]")


@pytest.mark.parametrize("unit", ["tok/en+", "\\", "%", "&#47", "\0", "tok\\/en+", "&#0000000000"])
def test_a_megabyte_of_beginnings_is_no_more_work_than_of_text(unit: str) -> None:
    """Work that grows with the square of the length would not end today."""
    text = unit * (1_000_000 // len(unit))
    assert redact_value(f"{text}<{SECRET}>", (SECRET,)).endswith("<[redacted]>")


@pytest.mark.parametrize(("length", "half"), [(6, 6), (11, 6), (16, 8), (24, 12), (200, 12)])
def test_the_half_of_a_credential_has_six_to_twelve_characters(length: int, half: int) -> None:
    """Fewer would occur in any text; more would show too much."""
    secret = "".join(chr(ord("!") + number % 90) for number in range(length))
    assert redact_value(secret[:half], (secret,)) == "[redacted]"
    assert redact_value(secret[: half - 1], (secret,)) == secret[: half - 1]


def test_a_credential_may_be_a_part_of_what_replaces_it() -> None:
    """Each place is replaced once."""
    assert redact_value("<redacted> redacted", ("redacted",)) == "<[redacted]> [redacted]"


def test_every_spelling_of_a_secret_in_one_text_is_redacted() -> None:
    """What stands before and between them stays, and a secret that is absent changes nothing."""
    spelled = "a tok\\u002fen+abc-def== b tok%2Fen+abc-def== c tok&#47;en+abc-def== d \0"
    answer = RawResponse(status=400, body=spelled.encode())
    clean = redact(answer, ("absent-0123456789", SECRET))
    assert isinstance(clean, RawResponse)
    assert clean.body == b"a [redacted] b [redacted] c [redacted] d \0"


def test_of_several_secrets_in_a_plain_text_none_stays() -> None:
    """The first of them does not occur."""
    clean = redact(RawResponse(status=400, body=SECRET.encode()), ("absent-0123456789", SECRET))
    assert isinstance(clean, RawResponse)
    assert clean.body == b"[redacted]"


def test_the_names_that_html_has_for_characters_are_spellings_too() -> None:
    """Where it has one."""
    secret = "tok&en<abc'def1"
    body = b"tok&amp;en&lt;abc'def1 and tok&None;n&lt;abc"
    clean = redact(RawResponse(status=400, body=body), (secret,))
    assert isinstance(clean, RawResponse)
    assert clean.body == b"[redacted] and tok&None;n&lt;abc"
    other = RawResponse(status=400, body=b"&None;ok&amp;en&lt;abc'def1")
    assert redact(other, (secret,)) is other


@pytest.mark.parametrize("flood", ["\\\0\0\0", "\0\\", "\\"])
def test_a_flood_of_what_may_stand_before_a_character_costs_little(flood: str) -> None:
    """A search that begins at each backslash takes nine times as long, or more."""
    text, secret = flood * (500_000 // len(flood)), "app-token-bbbbbbbbbbb"
    began = time.process_time()
    assert redact_value(text, (secret,)) == text
    ended = time.process_time()
    assert _spelled(secret[: len(secret) // 2]).search(text) is None
    assert ended - began < (time.process_time() - ended) / 2


def test_a_code_needs_its_backslash() -> None:
    """Without it these are other characters; what follows is searched all the same."""
    text = "u0074oken-of-mine & \\u0074oken-of-mine"
    assert redact_value(text, ("token-of-mine",)) == "u0074oken-of-mine & [redacted]"
