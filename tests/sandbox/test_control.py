"""The methods of `Sandbox` over HTTP, below `/_sandbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY

if TYPE_CHECKING:
    import httpx

    from countermand.sandbox import Sandbox


def post(http: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    """Post a change that must succeed."""
    answer = http.post(f"/_sandbox{path}", json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_a_payment_can_be_created_cancelled_and_read_over_http(http: httpx.Client) -> None:
    """With curl and nothing else."""
    payment = post(http, "/payments", api="unzer", amount="10.00", order_id="o/1")
    path = f"/unzer/v1/payments/{payment['payment_id']}/authorize/cancels"
    http.post(path, auth=(UNZER_PRIVATE_KEY, ""), json={"amount": "1.00"})
    query = {"api": "unzer", "payment": payment["handle"]}
    (execution,) = http.get("/_sandbox/executions", params=query).json()
    assert execution["identifiers"]["payment_id"] == payment["payment_id"]
    assert execution["amount"] == "1.0000"
    request = http.get("/_sandbox/requests", params={"api": "unzer"}).json()[-1]
    assert (request["path"], request["body"]) == (path, '{"amount":"1.00"}')
    assert ["authorization", "Basic ***"] in request["headers"]
    listed = {item["handle"]: item for item in http.get("/_sandbox/payments").json()}
    assert listed[payment["handle"]]["state"]["total"] == "9.0000"


def test_a_payment_can_be_changed_over_http(http: httpx.Client) -> None:
    """Capture, start fueling, finish pending, by the payment's handle."""
    payment = post(http, "/payments", api="pace_pay")
    assert post(http, f"/payments/{payment['handle']}/start-fueling")["phase"] == "fueling"
    assert post(http, f"/payments/{payment['handle']}/capture")["phase"] == "captured"
    assert post(http, f"/payments/{payment['handle']}/finish-pending")["phase"] == "captured"


def test_tokens_and_linked_identities_can_be_managed(sandbox: Sandbox, http: httpx.Client) -> None:
    """A token is made, its user linked and unlinked, and it expires."""
    token = post(http, "/tokens", user="u-http", linked=False, scopes=["pay:transactions:read"])
    headers = {"authorization": f"Bearer {token['token']}"}
    path = f"/pay/2024-1/transactions/{sandbox.create_payment('pace_pay').transaction_id}"
    assert http.get(path, headers=headers).status_code == 401
    assert post(http, "/users/u-http/link") == {"user": "u-http", "linked": True}
    assert http.get(path, headers=headers).status_code == 404
    assert post(http, "/users/u-http/unlink")["linked"] is False
    assert post(http, f"/tokens/{token['token']}/expire") == {"expired": True}
    assert http.get(path, headers=headers).text == "user token is invalid"


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/payments", {"api": "other"}, 400, "is not one of pace_pay"),
        ("/payments", {"api": "vtex", "colour": "red"}, 400, "VtexPayment has no colour"),
        ("/payments", {"api": "vtex", "payment_id": ""}, 400, "VtexPayment"),
        ("/payments", {"api": "bento", "amount": "1"}, 400, "BentoPayment"),
        ("/payments", {"api": "unzer", "flags": "maybe"}, 400, "UnzerPayment"),
        ("/payments", [], 400, "JSON object"),
        ("/payments/unzer:none/capture", {}, 404, "no payment"),
        ("/tokens", {"colour": "red"}, 400, "colour"),
        ("/tokens/none/expire", {}, 404, "no such token"),
        ("/users/u-1/marry", {}, 404, "is not one of link, unlink"),
        ("/payments", {"api": "unzer", "amount": 100}, 400, "'amount' must be"),
        ("/tokens", {"expired": "no"}, 400, 'expired must be true or false, not "no"'),
        ("/tokens", {"user": 7}, 400, "user must be a text, not 7"),
        ("/tokens", {"scopes": "pay"}, 400, 'scopes must be a list, not "pay"'),
        ("/script", {"api": "vtex", "answer": []}, 400, "a script has no answer; it has api, answ"),
        ("/script", {"api": "vtex", "answers": {"status": 500}}, 400, "answers must be a list"),
        *(
            ("/script", {"api": "vtex", "answers": [answer]}, 400, words)
            for answer, words in (
                (500, "an answer needs a status"),
                ({"body": ""}, "an answer needs a status"),
                ({"status": "500"}, 'status must be a whole number, not "500"'),
                ({"status": 99999}, "status must be a number from 200 to 999, not 99999"),
                ({"status": 100}, "status must be a number from 200 to 999, not 100"),
                ({"status": 500, "body": {}}, "body must be a text, not {}"),
                ({"status": 500, "headers": []}, "headers must be an object, not []"),
                ({"status": 429, "headers": {"Retry-After": 1}}, "Retry-After must be a text"),
                ({"status": 500, "executed": "no"}, 'executed must be true or false, not "no"'),
                ({"status": 500, "excuted": True}, "an answer has no excuted; it has status, body"),
            )
        ),
    ],
)
def test_an_invalid_request_is_answered_with_an_error(
    http: httpx.Client, path: str, body: object, status: int, words: str
) -> None:
    """400 and 404 with one line of explanation."""
    answer = http.post(f"/_sandbox{path}", json=body)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_an_unknown_filter_is_no_proof_that_nothing_was_executed(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """A list is empty only where nothing was executed at that payment."""
    payment = sandbox.create_payment("vtex")
    for path, status, words in (
        ("executions?api=pace-pay", 404, "is not one of pace_pay"),
        (f"executions?payment={payment.payment_id}", 404, "no payment"),
        (f"executions?payment_id={payment.payment_id}", 400, "the query has no payment_id"),
        ("requests?api=pace-pay", 404, "is not one of pace_pay"),
        ("requests?payment=vtex", 400, "the query has no payment; it has api"),
    ):
        answer = http.get(f"/_sandbox/{path}")
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), path
    assert http.get(f"/_sandbox/executions?api=&payment={payment.handle}").json() == []
    for unknown in ({"api": "pace-pay"}, {"payment": attrs.evolve(payment, payment_id="other")}):
        with pytest.raises(LookupError):
            sandbox.executions(**unknown)  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        sandbox.requests("pace-pay")


def test_a_body_that_is_nested_too_deeply_is_refused(http: httpx.Client) -> None:
    """As any other body that is no object."""
    assert http.post("/_sandbox/payments", content="[" * 100_000).status_code == 400


def test_only_known_changes_and_states_are_accepted(sandbox: Sandbox, http: httpx.Client) -> None:
    """A change must exist, and must fit the payment."""
    handle = sandbox.create_payment("vtex").handle
    assert http.post(f"/_sandbox/payments/{handle}/explode").status_code == 404
    answer = http.post(f"/_sandbox/payments/{handle}/start-fueling")
    assert (answer.status_code, answer.json()["error"]) == (
        *(400, f"{handle} is not a payment at a pump"),
    )


def test_ids_are_given_to_one_payment_only(sandbox: Sandbox, http: httpx.Client) -> None:
    """A second payment under the same ids is refused."""
    payment = sandbox.create_payment("unzer")
    answer = http.post(
        "/_sandbox/payments", json={"api": "unzer", "payment_id": payment.payment_id}
    )
    assert "exists already" in answer.json()["error"]
