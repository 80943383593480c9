"""Bento in the sandbox: voids, asynchronous refunds, declines and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from countermand.sandbox import BentoPayment, Sandbox


@pytest.fixture
def headers(sandbox: Sandbox) -> dict[str, str]:
    """The headers of a caller with a valid token."""
    return {"authorization": f"Bearer {sandbox.issue_token()}"}


def cancel(
    http: httpx.Client, payment: BentoPayment, headers: dict[str, str], body: object = None
) -> httpx.Response:
    """Cancel a transaction."""
    order, transaction = payment.order_id, payment.transaction_id
    path = f"/bento/payments/v1/orders/{order}/transactions/{transaction}/_cancel"
    return http.put(path, headers=headers, json=body)


def read(http: httpx.Client, payment: BentoPayment, headers: dict[str, str]) -> httpx.Response:
    """Get a transaction."""
    order, transaction = payment.order_id, payment.transaction_id
    path = f"/bento/payments/v1/orders/{order}/transactions/{transaction}"
    return http.get(path, headers=headers)


def shown(answer: httpx.Response, status: int = 202) -> dict[str, Any]:
    """Return the transaction of an accepted cancel, or of a read with the status 200."""
    assert answer.status_code == status, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def amounts(sandbox: Sandbox, payment: BentoPayment) -> list[str | None]:
    """Return what was executed for a payment."""
    return [execution.amount for execution in sandbox.executions("bento", payment)]


def test_what_is_not_captured_is_voided_whole(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """A void ignores `refundAmount`; the answer shows the final state at once."""
    payment = sandbox.create_payment("bento", amount=20000)
    data = shown(cancel(http, payment, headers, {"refundAmount": 500}))
    assert (data["state"], data["totalAmount"], data["capturedAmount"]) == ("AuthVoided", 0, 0)
    assert [entry["action"] for entry in data["history"]] == ["Authorize", "Void"]
    assert [entry["amount"] for entry in data["history"]] == [20000, 0]
    assert amounts(sandbox, payment) == ["20000"]


def test_a_void_can_be_sent_once(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """A repeat is refused with the action's own error body."""
    payment = sandbox.create_payment("bento")
    shown(cancel(http, payment, headers))
    answer = cancel(http, payment, headers)
    assert answer.status_code == 422
    assert answer.json()["causes"][0]["message"] == "the transaction is AuthVoided"
    assert len(amounts(sandbox, payment)) == 1


def test_a_refund_is_pending_until_it_is_finished(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """202 shows Refunding and nothing refunded; `finish_pending` finishes it once."""
    payment = sandbox.create_payment("bento", amount=20000, captured=True)
    data = shown(cancel(http, payment, headers, {"refundAmount": 5000}))
    assert (data["state"], data["refundedAmount"]) == ("Refunding", 0)
    for _ in range(2):
        sandbox.finish_pending(payment)
        assert sandbox.state(payment) == {
            "phase": "Refunded",
            "captured": 20000,
            "refunded": 5000,
            "pending": 0,
        }
    data = shown(cancel(http, payment, headers))
    assert [entry["action"] for entry in data["history"]] == ["Authorize", "Capture", "Refund"]
    assert amounts(sandbox, payment) == ["5000", "15000"]


def test_an_identical_partial_refund_is_executed_again(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """Nothing is deduplicated, up to what was captured; more than that is refused."""
    payment = sandbox.create_payment("bento", amount=10000)
    sandbox.capture(payment)
    answers = [cancel(http, payment, headers, {"refundAmount": 4000}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 422]
    assert "4000 is not within the 2000" in answers[2].json()["causes"][0]["message"]
    assert amounts(sandbox, payment) == ["4000", "4000"]


def test_nothing_is_left_after_a_full_refund(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """A second cancel without an amount finds nothing to refund."""
    payment = sandbox.create_payment("bento", captured=True)
    assert [cancel(http, payment, headers, {}).status_code for _ in range(2)] == [202, 422]


def test_a_refund_can_fail_when_it_is_polled(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """RefundFailed leaves the captured money where it is and refuses further cancels."""
    payment = sandbox.create_payment("bento", captured=True, refund="fails")
    shown(cancel(http, payment, headers))
    sandbox.finish_pending(payment)
    assert sandbox.state(payment)["phase"] == "RefundFailed"
    assert sandbox.state(payment)["refunded"] == 0
    assert cancel(http, payment, headers).status_code == 422
    data = shown(read(http, payment, headers), 200)
    assert (data["state"], data["refundedAmount"]) == ("RefundFailed", 0)
    assert [(entry["action"], entry["result"]) for entry in data["history"]][2:] == [
        ("Refund", "Failure")
    ]


def test_a_read_shows_how_a_refund_passes(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """Refunding, then Refunded with one entry for each refund; `updated` tells every change."""
    payment = sandbox.create_payment("bento", amount=20000, captured=True)
    before = shown(read(http, payment, headers), 200)
    assert (before["state"], before["refundedAmount"]) == ("CaptureSucceeded", 0)
    for amount in (5000, 700):
        shown(cancel(http, payment, headers, {"refundAmount": amount}))
    pending = shown(read(http, payment, headers), 200)
    assert (pending["state"], pending["history"]) == ("Refunding", before["history"])
    assert pending["updated"] >= before["updated"]
    sandbox.finish_pending(payment)
    after = shown(read(http, payment, headers), 200)
    assert (after["state"], after["refundedAmount"]) == ("Refunded", 5700)
    assert [entry["action"] for entry in after["history"]][2:] == ["Refund", "Refund"]
    assert after["updated"] == after["history"][-1]["created"]


def test_a_read_is_refused_as_a_cancel_is(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """401 without a token, 404 for an unknown transaction, 429 for too many requests."""
    payment = sandbox.create_payment("bento", too_many_requests=1)
    unknown = "/bento/payments/v1/orders/unknown/transactions/unknown"
    answers = [
        read(http, payment, {}),
        http.get(unknown, headers=headers),
        read(http, payment, headers),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 429]
    assert all("causes" in answer.json() for answer in answers)


def test_finish_pending_does_nothing_without_a_pending_refund(sandbox: Sandbox) -> None:
    """An authorised transaction stays authorised, and can then be captured once."""
    payment = sandbox.create_payment("bento")
    sandbox.finish_pending(payment)
    assert sandbox.state(payment)["phase"] == "AuthSucceeded"
    sandbox.capture(payment)
    with pytest.raises(ValueError, match="is CaptureSucceeded"):
        sandbox.capture(payment)


@pytest.mark.parametrize("captured", [False, True])
def test_a_decline_can_come_inside_a_202(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], *, captured: bool
) -> None:
    """The older form: only the outcome shows it, and the history has the failed action."""
    payment = sandbox.create_payment("bento", captured=captured, decline="in-202")
    data = shown(cancel(http, payment, headers))
    assert data["status"]["outcome"] == "failedNonRetryable"
    assert data["history"][-1]["result"] == "Failure"
    assert data["history"][-1]["action"] == ("Refund" if captured else "Void")
    assert amounts(sandbox, payment) == []


def test_a_decline_can_come_as_a_4xx_with_its_status(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """The newer form, with the code that the payment was given."""
    payment = sandbox.create_payment("bento", decline="in-4xx", decline_code="PG2013")
    answer = cancel(http, payment, headers)
    assert answer.status_code == 422
    assert answer.json()["status"]["code"] == "PG2013"
    assert amounts(sandbox, payment) == []


@pytest.mark.parametrize("retry_after", ["", "1", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_the_first_requests_can_be_too_many(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], retry_after: str
) -> None:
    """429, with the `Retry-After` that was asked for or with none, and then the cancel."""
    payment = sandbox.create_payment("bento", too_many_requests=1, retry_after=retry_after)
    refused = cancel(http, payment, headers)
    assert refused.status_code == 429
    assert refused.headers.get("retry-after", "") == retry_after
    shown(cancel(http, payment, headers))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"refundAmount": "1"}, "is not of type 'integer'"),
        ({"amount": 1}, "Additional properties"),
        ([], "is not of type 'object'"),
    ],
)
def test_a_request_that_the_document_forbids_is_named_in_bentos_own_form(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], body: object, words: str
) -> None:
    """No 400 is documented: 422, with the violation as its cause."""
    payment = sandbox.create_payment("bento", captured=True)
    answer = cancel(http, payment, headers, body)
    assert answer.status_code == 422
    assert words in answer.json()["causes"][0]["message"]
    assert amounts(sandbox, payment) == []


def test_unknown_credentials_transactions_and_paths_are_refused(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """401 and 404 in the provider's own form."""
    payment = sandbox.create_payment("bento")
    assert cancel(http, payment, {}).json()["message"] == "Invalid Authentication Credentials"
    path = f"/bento/payments/v1/orders/{payment.order_id}/transactions/other/_cancel"
    assert http.put(path, headers=headers).status_code == 404
    assert http.get("/bento/payments/v1/orders", headers=headers).json()["causes"] == []


def test_an_id_may_hold_anything_once_it_is_encoded(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """Slashes, percent signs and umlauts arrive as they are, and lead to the payment."""
    order, transaction = "or/1 %2F?#", "täx;1"
    payment = sandbox.create_payment("bento", order_id=order, transaction_id=transaction)
    path = "/bento/payments/v1/orders/or%2F1%20%252F%3F%23/transactions/t%C3%A4x%3B1/_cancel"
    assert http.put(path, headers=headers).status_code == 202
    assert sandbox.executions("bento", payment)[0].identifiers == payment.identifiers
    assert sandbox.requests("bento")[-1].path == path
