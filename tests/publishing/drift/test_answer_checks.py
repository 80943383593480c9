"""The sandbox answers as documented, everything documented is seen, and the check can fail."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.publishing.drift import extra_requests
from tests.publishing.drift.expected_gaps import EXPECTED_GAPS
from tests.support import answer_checks
from tests.support.answer_checks import Answers, checked_answers, documented

if TYPE_CHECKING:
    from collections.abc import Callable

    from openapi_core.testing import MockRequest, MockResponse
    from starlette.types import Receive, Scope, Send

    Exchange = tuple[str, MockRequest, MockResponse]
    Change = Callable[[MockRequest, MockResponse], object]


class RecordingAnswers(Answers):
    """Keeps what was checked, so that a test can change it and check it again."""

    exchanges: list[Exchange]

    def check(self, api: str, request: MockRequest, response: MockResponse) -> None:
        """Record and check."""
        self.exchanges.append((api, copy.deepcopy(request), response))
        super().check(api, request, response)


@pytest.fixture(scope="module")
def recorded() -> RecordingAnswers:
    """The answers to the extra requests, all as documented."""
    with pytest.MonkeyPatch.context() as patch:
        RecordingAnswers.exchanges = []
        patch.setattr(answer_checks, "Answers", RecordingAnswers)
        with checked_answers() as answers, Sandbox() as sandbox:
            extra_requests.send(sandbox)
    assert isinstance(answers, RecordingAnswers)
    return answers


def test_every_documented_response_is_seen_or_an_expected_gap(recorded: RecordingAnswers) -> None:
    """A gap needs a reason, and a reason goes when the response is seen after all."""
    assert documented() - recorded.seen == set(EXPECTED_GAPS)


def header(name: str, value: str) -> Change:
    """Add a response header."""
    return lambda _, response: response.headers.set(name, value)


def body(**members: object) -> Change:
    """Add members to the response body."""

    def change(_: MockRequest, response: MockResponse) -> None:
        response.data = json.dumps({**json.loads(response.data), **members}).encode()

    return change


def nested(_: MockRequest, response: MockResponse) -> None:
    """Add a member deep inside the response body."""
    whole = json.loads(response.data)
    whole["data"]["status"]["severity"] = "high"
    response.data = json.dumps(whole).encode()


def of(subject: str, **attributes: object) -> Change:
    """Replace attributes of the request or the response."""

    def change(request: MockRequest, response: MockResponse) -> None:
        for name, value in attributes.items():
            setattr({"request": request, "response": response}[subject], name, value)

    return change


def sent(name: str, value: str | None) -> Change:
    """Add a request header, or remove it."""

    def change(request: MockRequest, _: MockResponse) -> None:
        headers: Any = request.parameters.header
        headers.set(name, value) if value else headers.remove(name)
        request.headers = dict(headers)

    return change


def path(old: str, new: str) -> Change:
    """Change the address."""
    return lambda request, _: setattr(request, "path", request.path.replace(old, new))


CASES: dict[str, tuple[str, int, Change, str]] = {
    "status": ("unzer", 200, of("response", status_code=202), "ResponseNotFound(http_status='202'"),
    "member": ("vtex", 200, body(settledAt="now"), "'settledAt' was unexpected"),
    "deep member": ("bento", 202, nested, "'severity' was unexpected"),
    "type": ("bento", 202, body(data=[]), "[] is not of type 'object'"),
    "value": ("unzer", 200, body(state={"id": 0, "name": "frozen"}), "frozen"),
    "header": ("bento", 202, header("X-Trace", "1"), "response header x-trace"),
    "header of another response": ("vtex", 200, header("Allow", "POST"), "response header allow"),
    "media type": ("vtex", 200, of("response", content_type="text/html"), "text/html"),
    "no body": ("vtex", 200, of("response", data=b""), "MissingData"),
    "a body": ("pace_pay", 204, of("response", data=b"{}"), "a body where none is described"),
    "no JSON": ("vtex", 200, of("response", data=b"{"), "application/json"),
    "no text": ("vtex", 200, of("response", data=b"\xfe"), "value=b'\\xfe'"),
    "405 without a method": ("unzer", 405, header("allow", ""), "OperationNotFound"),
    "405 with another header": ("unzer", 405, header("x-trace", "1"), "response header x-trace"),
    "address": ("unzer", 200, path("/payments", "/charges"), "PathNotFound"),
    "accepted member": ("unzer", 201, of("request", body=b'{"hurry":true}'), "'hurry' was unexp"),
    "accepted header": ("unzer", 200, sent("idempotency-key", "1"), "header idempotency-key"),
    "accepted query": ("pace_pay", 204, of("request", args={"force": "1"}), "query force"),
    "accepted id": ("pace_pay", 204, path("/cancel", ".1/cancel"), "is too long"),
    "no credentials": ("unzer", 200, sent("authorization", None), "SecurityNotFound"),
    "half of the credentials": ("vtex", 200, sent("x-vtex-api-apptoken", None), "SecurityNotFound"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_undescribed_thing_is_one_finding(recorded: RecordingAnswers, case: str) -> None:
    """A change in a correct exchange is reported, with the reason."""
    name, status, change, expected = CASES[case]
    api, request, response = copy.deepcopy(
        next(
            each for each in recorded.exchanges if each[0] == name and each[2].status_code == status
        )
    )
    answers = Answers()
    answers.check(api, copy.deepcopy(request), response)
    assert not answers.findings
    change(request, response)
    answers.check(api, request, response)
    (finding,) = answers.findings
    assert expected in finding


def test_an_undescribed_answer_fails_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the server's answer to the failure: the check is in force, not only callable."""

    async def teapot(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    monkeypatch.setattr(answer_checks, "create_app", lambda _state: teapot)
    with (
        pytest.raises(
            AssertionError, match=r"unzer GET /unzer/v1/payments/1 418: ResponseNotFound"
        ),
        checked_answers(),
        Sandbox() as sandbox,
    ):
        httpx.get(f"{sandbox.base_url('unzer')}/payments/1", trust_env=False)


def test_only_answers_of_a_provider_are_checked() -> None:
    """A page of the fault proxy, the control plane and an unknown address are no findings."""
    with checked_answers() as answers, Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        payment = sandbox.create_payment("unzer")
        address = f"{proxy.base_url('unzer')}/payments/{payment.payment_id}"
        proxy.script(faults.error_page(502, executed=True), faults.error_page(502))
        for _ in range(2):
            reply = httpx.get(address, auth=extra_requests.BASIC, trust_env=False)
            assert reply.status_code == 502
        httpx.post(f"{sandbox.url}/_sandbox/tokens", trust_env=False)
        assert answers.seen == {("unzer", "getPayment", "200")}
        unknown = httpx.get(f"{sandbox.base_url('unzer')}/customers/1", trust_env=False)
        assert unknown.status_code == 404
        assert answers.count == 2
