"""What `interpret` makes of the forms in which servers write bodies, redirects and messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from countermand import vtex
from countermand.provider._verdicts import Refused
from tests.support.samples import KEY, PROVIDERS, SUCCESS, VTEX_PAYMENT, interpreted, reply, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand import RawResponse

every_provider = pytest.mark.parametrize("api", PROVIDERS)


def typed(content_type: str | None) -> Callable[[RawResponse], RawResponse]:
    """Replace the media type."""
    headers = () if content_type is None else (("content-type", content_type),)
    return lambda answer: evolve(answer, headers=headers)


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[RawResponse], RawResponse]:
    """Change the body."""
    return lambda answer: evolve(answer, body=change(answer.body))


SPOILED: Final[dict[str, Callable[[RawResponse], RawResponse]]] = {
    "HTML by its type": typed("text/html"),
    "plain text by its type": typed("text/plain; charset=utf-8"),
    "empty type is no type, but garbage is": typed("///"),
    "unknown charset": typed("application/json; charset=klingon"),
    "charset that is a transformation": typed("application/json; charset=rot13"),
    "charset with a null": typed("application/json; charset=\x00"),
    "utf-7": typed("application/json; charset=utf-7"),
    "utf-16 that is none": typed("application/json; charset=utf-16"),
    "cut by the wire": lambda answer: evolve(answer, problem="cut"),
    "cut by a byte": rewritten(lambda body: body[:-1]),
    "trailing garbage": rewritten(lambda body: body + b"}"),
    "two documents": rewritten(lambda body: body + body),
    "inside an array": rewritten(lambda body: b"[" + body + b"]"),
    "a name twice": rewritten(lambda body: b'{"x":1,"x":2,' + body[1:]),
    "a name twice, deeper": rewritten(lambda body: b'{"x":{"y":1,"y":1},' + body[1:]),
    "two byte order marks": rewritten(lambda body: b"\xef\xbb\xbf" * 2 + body),
    "NaN": rewritten(lambda body: b'{"x":NaN,' + body[1:]),
    "Infinity": rewritten(lambda body: b'{"x":-Infinity,' + body[1:]),
    "invalid UTF-8": rewritten(lambda body: b'{"x":"\xff",' + body[1:]),
    "endless number": rewritten(lambda body: b'{"x":' + b"9" * 5000 + b"," + body[1:]),
    "single quotes": rewritten(lambda body: body.replace(b'"', b"'")),
    "deep nesting": rewritten(
        lambda body: b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b"," + body[1:]
    ),
}
BELIEVED: Final[dict[str, Callable[[RawResponse], RawResponse]]] = {
    "as documented": typed("application/json"),
    "upper case and charset": typed("Application/JSON; Charset=UTF-8"),
    "quoted charset": typed('application/json; charset="utf-8"'),
    "a JSON suffix": typed("application/vnd.api+json"),
    "no media type": typed(None),
    "latin-1, said so": typed("application/json; charset=iso-8859-1"),
    "an unknown field": rewritten(lambda body: b'{"brandNew":[{}],' + body[1:]),
    "a byte order mark": rewritten(lambda body: b"\xef\xbb\xbf" + body),
    "white space": rewritten(lambda body: b" \r\n" + body + b"\n"),
    "a big number": rewritten(lambda body: b'{"x":1e999,' + body[1:]),
}


@pytest.mark.parametrize("api", SUCCESS)
@pytest.mark.parametrize("spoil", SPOILED)
def test_a_success_that_cannot_be_read_for_sure_is_maybe_executed(api: str, spoil: str) -> None:
    """Valid but for one fault, and one fault is enough."""
    status, document = SUCCESS[api]
    verdict = interpreted(api, SPOILED[spoil](reply(status, document)))
    cut = spoil == "cut by the wire"
    assert short(verdict) == ("maybe executed: transient" if cut else "maybe executed")


@pytest.mark.parametrize("api", SUCCESS)
@pytest.mark.parametrize("form", BELIEVED)
def test_a_success_is_accepted_in_every_form_that_servers_use(api: str, form: str) -> None:
    """Harmless differences do not turn a cancelled payment into an unknown one."""
    status, document = SUCCESS[api]
    answer = BELIEVED[form](reply(status, document))
    assert short(interpreted(api, answer)) == "done: cancelled"


@every_provider
def test_a_redirect_names_where_it_leads_without_secrets(api: str) -> None:
    """Origin and path are shown; user info, query and fragment may hold credentials."""
    answer = reply(307, location="https://u:pw@evil.example:8443/login?token=tok#frag")
    verdict = interpreted(api, answer)
    assert isinstance(verdict, Refused)
    assert verdict.error_fields["location"] == "https://evil.example:8443/login"
    assert not any(word in verdict.message for word in ("pw", "tok", "frag"))


@every_provider
@pytest.mark.parametrize(
    "location", ["", "http://[::1", "//host:99999/", "http://a:b/", "\x00", "http://\u2100/"]
)
def test_a_redirect_to_nowhere_is_still_a_redirect(api: str, location: str) -> None:
    """A Location that is no URL leaves the verdict as it is."""
    assert short(interpreted(api, reply(307, location=location))) == "refused: Misdirected"
    assert short(interpreted(api, reply(302, location=location))) == "maybe executed"


@every_provider
def test_a_provider_s_message_is_printable_and_cut(api: str) -> None:
    """Control characters, lone surrogates and a megabyte of text never reach a message."""
    message = "no\x1b[31m\ud800\n" + "x" * 1_000_000
    entry = {"code": "API.320.200.138", "merchantMessage": message, "title": message}
    ids = {"paymentId": VTEX_PAYMENT, "requestId": vtex.request_id(KEY), "cancellationId": None}
    body = {**ids, "causes": [], "message": message, "errors": [entry]}
    verdict = interpreted(api, reply(422, json.dumps(body).encode()))
    assert isinstance(verdict, Refused)
    assert len(verdict.message) < 1000
    assert verdict.message.isprintable()
