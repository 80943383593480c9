"""No credential appears in a repr, error, traceback, pickle or log, even if it is echoed."""

import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import attrs
import httpx
import pytest

from countermand import FULL, bento, pace_fueling, pace_pay, unzer, vtex
from tests.support.flavours import Flavour, cancel
from tests.support.transports import Recorder

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
TOKEN = "tok/en+0123456789=abcdefghijklmnopqrstuvwxyz"
KEY = "s-priv-0123456789abc?>?>"
APP_KEY = "app-key-0123456789"
APP_TOKEN = "app/token+0123456789=="
BASIC = b64encode(f"{KEY}:".encode()).decode()
SECRETS = (TOKEN, KEY, BASIC, APP_KEY, APP_TOKEN)


CASES: dict[str, tuple[Any, Any]] = {
    "pace_pay": (pace_pay.Account(TOKEN), pace_pay.Cancellation(UUID)),
    "pace_fueling": (pace_fueling.Account(TOKEN), pace_fueling.Cancellation(UUID, UUID)),
    "bento": (
        bento.Account(TOKEN, "https://bento.invalid", read=False),
        bento.Cancellation("o", "t", refund_amount=FULL),
    ),
    "unzer": (unzer.Account(KEY), unzer.Cancellation("s-pay-1", amount=1)),
    "vtex": (vtex.Account("https://vtex.invalid", APP_KEY, APP_TOKEN), vtex.Cancellation("P1")),
}


def echoed(request: httpx.Request) -> str:
    """Every header of the request as one text, as a careless error page prints it."""
    return "; ".join(f"{name}: {value}" for name, value in request.headers.items())


def body(text: str) -> dict[str, object]:
    """An error in the forms of all five providers at once."""
    return {
        "errors": [{"code": text, "title": text, "detail": text, "merchantMessage": text}],
        "message": text,
        "code": text,
        "status": {"outcome": "failedNonRetryable", "code": text, "description": text},
        "data": {"status": {"outcome": "failed", "code": text, "description": text}},
        "cancellationId": None,
    }


def as_json(request: httpx.Request) -> tuple[bytes, str]:
    """Plain JSON."""
    return json.dumps(body(echoed(request))).encode(), "application/json"


def as_slashed_json(request: httpx.Request) -> tuple[bytes, str]:
    """JSON with escaped slashes, as PHP writes it."""
    return json.dumps(body(echoed(request))).replace("/", "\\/").encode(), "application/json"


def as_escaped_json(request: httpx.Request) -> tuple[bytes, str]:
    """JSON in which every character of the text is an escape."""
    text = "".join(f"\\u{ord(character):04x}" for character in echoed(request))
    return json.dumps(body("TEXT")).replace("TEXT", text).encode(), "application/json"


def as_wide_json(request: httpx.Request) -> tuple[bytes, str]:
    """JSON in UTF-16."""
    return json.dumps(body(echoed(request))).encode("utf-16"), "application/json; charset=utf-16"


def as_page(request: httpx.Request) -> tuple[bytes, str]:
    """A page of HTML."""
    return f"<html>{echoed(request)}</html>".encode(), "text/html"


FORMS = (as_json, as_slashed_json, as_escaped_json, as_wide_json, as_page)


def places(result: Any) -> dict[str, str]:
    """Everything a caller might log of a result, as text."""
    found = {"repr": repr(result), "str": str(result), "pickle": repr(pickle.dumps(result))}
    if isinstance(result, BaseException):
        found["traceback"] = "".join(traceback.format_exception(result))
        found["attributes"] = repr(vars(result))
    raw = result.raw
    if raw is not None:
        found["raw"] = repr((raw.headers, raw.body, raw.problem))
        found["decoded"] = raw.body.decode("utf-16" if b"\x00" in raw.body else "utf-8", "replace")
    return found


def leaks(result: Any, caplog: pytest.LogCaptureFixture, *heard: Any) -> list[str]:
    """Name every place that contains a credential."""
    told = {
        "log": caplog.text,
        "records": repr([vars(record) for record in caplog.records]),
        "events": repr([attrs.asdict(event) for event in heard]),
    }
    return [
        f"{name}: {secret}"
        for name, text in {**places(result), **told}.items()
        for secret in SECRETS
        if secret in text or quote(secret, safe="") in text
    ]


@attrs.frozen
class Echo:
    """Answers with the request's headers, everywhere an answer has room."""

    status: int
    form: Callable[[httpx.Request], tuple[bytes, str]]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        content, media_type = self.form(request)
        headers = {
            "content-type": media_type,
            "location": f"https://thief.invalid/{quote(echoed(request))}?{echoed(request)}",
            "x-echo": echoed(request),
        }
        return httpx.Response(self.status, headers=headers, content=content)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("api", CASES)
def test_an_echoed_credential_does_not_come_out(
    api: str, form: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """At every status, in every form of body, in header fields and in redirects."""
    account, cancellation = CASES[api]
    for status in (200, 202, 204, 302, 400, 401, 403, 404, 422, 429, 500, 501):
        caplog.clear()
        heard: list[Any] = []
        settings: Any = {"transport": Recorder(Echo(status, form)), "on_event": heard.append}
        with caplog.at_level(logging.DEBUG):
            result = cancel("sync", account, cancellation, **settings)
        assert len(heard) > 2
        assert leaks(result, caplog, *heard) == [], status


@pytest.mark.parametrize("api", CASES)
def test_both_clients_redact_credentials(
    flavour: Flavour, api: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The asynchronous one too."""
    account, cancellation = CASES[api]
    with caplog.at_level(logging.DEBUG):
        result = cancel(flavour, account, cancellation, transport=Recorder(Echo(400, as_json)))
    assert leaks(result, caplog) == []


@pytest.mark.parametrize("status", [200, 302, 307, 400])
def test_what_answers_the_read_before_a_cancel_shows_no_credential(
    flavour: Flavour, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The error quotes the address of a login page, which may repeat the credential."""

    def login(request: httpx.Request) -> httpx.Response:
        token = quote(request.headers["authorization"], safe="")
        headers = {"location": f"https://login.invalid/{token}", "content-type": "text/html"}
        return httpx.Response(status, headers=headers)

    account = bento.Account(TOKEN, "https://bento.invalid")
    transport, heard = Recorder(login), list[Any]()
    with caplog.at_level(logging.DEBUG):
        result = cancel(
            flavour, account, CASES["bento"][1], transport=transport, on_event=heard.append
        )
    assert (len(transport.sent), transport.cancels) == (1, 0)
    assert leaks(result, caplog, *heard) == []


@pytest.mark.parametrize("padding", [0, 150, 180])
def test_a_transport_error_that_contains_the_request_shows_no_credential(
    flavour: Flavour, padding: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Even if the message is truncated: half a credential is not shown either."""

    def behave(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("x" * padding + request.headers["authorization"])

    account, cancellation = CASES["pace_pay"]
    with caplog.at_level(logging.DEBUG):
        result = cancel(flavour, account, cancellation, transport=Recorder(behave))
    assert leaks(result, caplog) == []
    assert TOKEN[:12] not in "".join(places(result).values())


@pytest.mark.parametrize("api", CASES)
def test_an_account_shows_no_credential(api: str) -> None:
    """Neither by repr nor by str, nor when it is refused."""
    account, _ = CASES[api]
    shown = repr(account) + str(account)
    assert not [secret for secret in SECRETS if secret in shown]
    for field in attrs.fields(type(account)):
        if getattr(account, field.name) in SECRETS:
            with pytest.raises(ValueError, match=field.name) as caught:
                attrs.evolve(account, **{field.name: getattr(account, field.name) + "\n"})
            assert not [secret for secret in SECRETS if secret in str(caught.value)]
