"""The VTEX payment provider in the sandbox: stored answers, manual cancels, naive replays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from countermand.sandbox._state.tokens import VTEX_APP_KEY, VTEX_APP_TOKEN

if TYPE_CHECKING:
    import httpx

    from countermand.sandbox import Sandbox, VtexPayment


def keys(party: str = "VTEX") -> dict[str, str]:
    """Return the two header keys, under one of their two names."""
    return {f"X-{party}-API-AppKey": VTEX_APP_KEY, f"X-{party}-API-AppToken": VTEX_APP_TOKEN}


def cancel(
    http: httpx.Client, payment: VtexPayment, request_id: str = "R-1", **more: object
) -> httpx.Response:
    """Cancel a payment under one request id."""
    body = {"paymentId": payment.payment_id, "requestId": request_id, **more}
    return http.post(
        f"/vtex/payments/{payment.payment_id}/cancellations", headers=keys(), json=body
    )


def test_the_same_request_id_gets_the_same_answer_byte_for_byte(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """One execution, one cancellation id, and another request id finds it done."""
    payment = sandbox.create_payment("vtex")
    first, again = cancel(http, payment, value=2000), cancel(http, payment, value=2000)
    assert first.status_code == 200
    assert first.content == again.content
    (execution,) = sandbox.executions("vtex", payment)
    assert (execution.key, execution.amount) == ("R-1", "2000")
    assert execution.reference == first.json()["cancellationId"]
    other = cancel(http, payment, "R-2").json()
    assert (other["cancellationId"], other["code"]) == (None, "cancel-failed")
    assert sandbox.state(payment) == {"phase": "cancelled", "answered": ["R-1", "R-2"]}


def test_a_naive_provider_mints_a_new_id_for_every_replay(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """As the published example connectors do; the money moves once all the same."""
    payment = sandbox.create_payment("vtex", naive=True)
    ids = [cancel(http, payment).json()["cancellationId"] for _ in range(2)]
    assert None not in ids
    assert ids[0] != ids[1]
    assert len(sandbox.executions("vtex", payment)) == 1


@pytest.mark.parametrize("status", [200, 501])
def test_a_manual_cancellation_comes_with_either_status(
    sandbox: Sandbox, http: httpx.Client, status: int
) -> None:
    """`cancel-manually` is 501 in the published schema and 200 in the wild; nothing is executed."""
    payment = sandbox.create_payment("vtex", manual_status=status)
    answer = cancel(http, payment)
    assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["cancellationId"]) == ("cancel-manually", None)
    assert not sandbox.executions("vtex", payment)


def test_a_settled_payment_is_refused_inside_a_200(sandbox: Sandbox, http: httpx.Client) -> None:
    """A null cancellation id is the verdict, whatever the status says."""
    payment = sandbox.create_payment("vtex")
    sandbox.capture(payment)
    answer = cancel(http, payment)
    assert (answer.status_code, answer.json()["cancellationId"]) == (200, None)
    assert answer.json()["code"] == "cancel-failed"


def test_a_cancelled_payment_cannot_be_settled(sandbox: Sandbox, http: httpx.Client) -> None:
    """Changes by the control plane obey the same rules."""
    payment = sandbox.create_payment("vtex")
    cancel(http, payment)
    with pytest.raises(ValueError, match="is cancelled"):
        sandbox.capture(payment)


def test_an_unknown_payment_fails_inside_a_200(sandbox: Sandbox, http: httpx.Client) -> None:
    """The protocol has no status for it; the documented failure says it."""
    payment = sandbox.create_payment("vtex")
    body = {"paymentId": "unknown", "requestId": "R-1"}
    answer = http.post("/vtex/payments/unknown/cancellations", headers=keys(), json=body)
    assert (answer.status_code, answer.json()["code"]) == (200, "cancel-failed")
    assert not sandbox.executions("vtex", payment)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"paymentId": "other", "requestId": "R"}, "is not that of the path"),
        ({"paymentId": "P"}, "'requestId' is a required property"),
    ],
)
def test_a_request_that_does_not_fit_is_a_400(
    http: httpx.Client, body: dict[str, str], words: str
) -> None:
    """The ids of path and body must agree, and the body must be valid by the document."""
    answer = http.post("/vtex/payments/P/cancellations", headers=keys(), json=body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_a_body_that_is_not_utf_8_is_a_400(http: httpx.Client) -> None:
    """And no crash."""
    headers = keys() | {"content-type": "application/json"}
    answer = http.post("/vtex/payments/P/cancellations", headers=headers, content=b'{"a": "\xff"}')
    assert (answer.status_code, answer.json()["code"]) == (400, "refused")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (keys("VTEX"), 200),
        (keys("PROVIDER"), 200),
        ({}, 401),
        (keys() | {"X-VTEX-API-AppToken": "wrong"}, 401),
    ],
)
def test_both_names_of_the_header_keys_are_accepted(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], status: int
) -> None:
    """X-VTEX-API-* and X-PROVIDER-API-* are accepted; other names are not."""
    payment = sandbox.create_payment("vtex")
    body = {"paymentId": payment.payment_id, "requestId": "R-1"}
    path = f"/vtex/payments/{payment.payment_id}/cancellations"
    assert http.post(path, headers=headers, json=body).status_code == status


def test_a_path_that_the_provider_does_not_have_is_not_found(http: httpx.Client) -> None:
    """An empty payment id is an unknown path."""
    assert http.post("/vtex/payments//cancellations", headers=keys()).status_code == 404
