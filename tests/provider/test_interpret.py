"""What `interpret` makes of statuses and bodies that mean the same at every provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from countermand.provider._verdicts import Refused
from tests.support.samples import PROVIDERS, SUCCESS, interpreted, reply, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand import RawResponse

HTML: Final = b"<!doctype html><title>Bad gateway</title>"
OWN_204: Final = {"pace_pay", "pace_fueling"}
STATUSES: Final = {
    100: "maybe executed",
    103: "maybe executed",
    300: "refused: Misdirected",
    301: "refused: Misdirected",
    302: "refused: Misdirected",
    304: "refused: Misdirected",
    307: "refused: Misdirected",
    308: "refused: Misdirected",
    399: "refused: Misdirected",
    401: "token rejected",
    403: "refused: Forbidden",
    404: "refused: NotFound",
    429: "throttled",
    500: "maybe executed",
    502: "maybe executed",
    503: "maybe executed",
    504: "maybe executed",
    520: "maybe executed",
    599: "maybe executed",
    600: "maybe executed",
    999: "maybe executed",
}
every_provider = pytest.mark.parametrize("api", PROVIDERS)


@every_provider
@pytest.mark.parametrize(("status", "verdict"), STATUSES.items(), ids=str)
@pytest.mark.parametrize(
    ("body", "kind"),
    [(HTML, "text/html"), (b"", None), (b"{}", "application/json"), (b"\xff", "text/plain")],
    ids=["HTML", "empty", "{}", "bytes"],
)
def test_a_status_has_its_meaning_under_any_body_that_says_nothing(
    api: str, status: int, verdict: str, body: bytes, kind: str | None
) -> None:
    """A body that says nothing leaves the status; a page under a 403 or 404 is not the API's."""
    is_page = kind == "text/html" and status in {403, 404}
    expected = "refused: Misdirected" if is_page else verdict
    assert short(interpreted(api, reply(status, body, kind))) == expected


@every_provider
@pytest.mark.parametrize("status", [400, 402, 405, 406, 409, 410, 415, 418, 422, 451, 499])
def test_another_4xx_is_the_provider_s_refusal_only_if_it_speaks_json(
    api: str, status: int
) -> None:
    """JSON comes from the API; a web page comes from something else, and nothing was done."""
    assert short(interpreted(api, reply(status, {"message": "no"}))) == "refused: Declined"
    assert short(interpreted(api, reply(status, HTML, "text/html"))) == "refused: Misdirected"


@every_provider
@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 205, 206, 226, 299])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (HTML, "text/html"),
        (HTML, "application/json"),
        (b"", None),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "application/json"),
        (b"null", "application/json"),
        (b"true", "application/json"),
        (b'"ok"', "application/json"),
        (b"NaN", "application/json"),
        (b"OK", "text/plain"),
    ],
    ids=str,
)
def test_a_2xx_that_does_not_say_cancelled_is_never_success(
    api: str, status: int, body: bytes, kind: str | None
) -> None:
    """It may have been executed, so it is no refusal either. Only PACE's 204 needs no body."""
    verdict = short(interpreted(api, reply(status, body, kind)))
    if api in OWN_204 and status == 204:
        assert verdict == "done: cancelled"
    else:
        assert verdict == "maybe executed: answered"


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
    "white space": rewritten(lambda body: b" \r\n" + body + b"\n"),
    "a big number": rewritten(lambda body: b'{"x":1e999,' + body[1:]),
}


@pytest.mark.parametrize("api", SUCCESS)
@pytest.mark.parametrize("spoil", SPOILED)
def test_a_success_that_cannot_be_read_for_sure_is_maybe_executed(api: str, spoil: str) -> None:
    """Valid but for one fault, and one fault is enough."""
    status, document = SUCCESS[api]
    verdict = interpreted(api, SPOILED[spoil](reply(status, document)))
    assert short(verdict) == "maybe executed: answered"


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
    assert short(interpreted(api, reply(302, location=location))) == "refused: Misdirected"


CLAIMS: Final[list[dict[str, object]]] = [
    {"errors": [{"code": "x"}]},
    {"errors": [{"code": "API.340.100.018"}]},
    {"errors": [{"code": "API.710.000.002"}]},
    {"message": "moved", "status": {"code": "PG0051", "outcome": "failedRetryable"}},
    {"message": "moved", "code": "cancel-manually", "cancellationId": None},
    {"message": "moved", "code": None, "cancellationId": None},
]


@every_provider
@pytest.mark.parametrize("status", [300, 302, 308])
@pytest.mark.parametrize("body", CLAIMS, ids=str)
def test_a_redirect_says_nothing_of_the_payment(
    api: str, status: int, body: dict[str, object]
) -> None:
    """Whatever its body claims, it proves nothing about an earlier request."""
    verdict = interpreted(api, reply(status, body, location="/"))
    assert short(verdict) == "refused: Misdirected"
    assert isinstance(verdict, Refused)
    assert not verdict.about_payment


@pytest.mark.parametrize("api", SUCCESS)
def test_a_provider_s_message_is_printable_and_cut(api: str) -> None:
    """Control characters, lone surrogates and a megabyte of text never reach a message."""
    message = "no\x1b[31m\ud800\n" + "x" * 1_000_000
    body = {"message": message, "errors": [{"code": "API.1", "merchantMessage": message}]}
    verdict = interpreted(api, reply(422, json.dumps(body).encode()))
    assert isinstance(verdict, Refused)
    assert len(verdict.message) < 1000
    assert verdict.message.isprintable()
