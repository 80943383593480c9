"""What a provider answers next, as a test scripts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand.sandbox import Sandbox, faults

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """A sandbox whose scripts meet no other test."""
    with Sandbox() as running:
        yield running


def cancel(sandbox: Sandbox, payment: Any) -> httpx.Response:
    """Cancel at VTEX as the protocol says."""
    account: Any = sandbox.account("vtex")
    return httpx.post(
        f"{account.endpoint}/payments/{payment.payment_id}/cancellations",
        json={
            "paymentId": payment.payment_id,
            "requestId": "R-1",
            "authorizationId": payment.authorization_id,
        },
        headers={
            "X-VTEX-API-AppKey": account.app_key,
            "X-VTEX-API-AppToken": account.app_token,
        },
        timeout=10.0,
        trust_env=False,
    )


def test_a_script_answers_in_the_place_of_the_provider(own: Sandbox) -> None:
    """Instead of it, after it, and then not at all; other APIs are left alone."""
    payment = own.create_payment("vtex")
    page = faults.Answer(503, b"later", (("retry-after", "7"), ("x-a", "1"), ("x-a", "2")))
    own.script("vtex", page, faults.error_page(500, executed=True), faults.PASS)
    own.script("bento", faults.error_page(400))
    first = cancel(own, payment)
    assert (first.status_code, first.text, first.headers["retry-after"]) == (503, "later", "7")
    assert first.headers.get_list("x-a") == ["1", "2"]
    assert own.executions("vtex") == ()
    second = cancel(own, payment)
    assert (second.status_code, len(own.executions("vtex"))) == (500, 1)
    for _ in range(2):
        assert cancel(own, payment).json()["requestId"] == "R-1"
    assert len(own.requests("vtex")) == 4


def test_a_new_script_replaces_the_rest_of_the_old_one(own: Sandbox) -> None:
    """An empty one ends it."""
    payment = own.create_payment("vtex")
    own.script("vtex", *[faults.error_page(503)] * 3)
    assert cancel(own, payment).status_code == 503
    own.script("vtex")
    assert cancel(own, payment).status_code == 200


def test_a_provider_cannot_break_a_connection(own: Sandbox) -> None:
    """That is the proxy's part; and an unknown API has no script."""
    with pytest.raises(TypeError, match="takes Answer and PASS, not Drop; see FaultProxy"):
        own.script("vtex", faults.RESET_AFTER)  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="stripe"):
        own.script("stripe", faults.PASS)


def test_a_script_can_be_set_over_http(own: Sandbox) -> None:
    """For teams in other languages."""
    payment = own.create_payment("vtex")
    answer = {"status": 500, "body": "oh", "headers": {"content-type": "text/x"}, "executed": True}
    script = {"api": "vtex", "answers": [answer, None]}
    control = f"{own.url}/_sandbox/script"
    told = httpx.post(control, json=script, timeout=10.0, trust_env=False)
    assert told.json() == {"answers": 2}
    seen = cancel(own, payment)
    assert (seen.status_code, seen.text, seen.headers["content-type"]) == (500, "oh", "text/x")
    assert len(own.executions("vtex")) == 1
    assert cancel(own, payment).status_code == 200
    wrong = (({"api": "stripe"}, 404, "stripe"), ({"api": "vtex", "answers": [{}]}, 400, "status"))
    for script, status, said in wrong:
        refused = httpx.post(control, json=script, timeout=10.0, trust_env=False)
        assert (refused.status_code, said in refused.json()["error"]) == (status, True)
