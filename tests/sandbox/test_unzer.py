"""Unzer in the sandbox: reversals that add up, errors in any status, and what reads show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY

if TYPE_CHECKING:
    import httpx

    from countermand.sandbox import Sandbox, UnzerPayment

KEY = (UNZER_PRIVATE_KEY, "")


def route(payment: UnzerPayment, *, authorization: bool = False) -> str:
    """Return the path of the cancels, at payment or authorisation level."""
    part = f"/{payment.authorization_id}" if authorization else ""
    return f"/unzer/v1/payments/{payment.payment_id}/authorize{part}/cancels"


def cancel(http: httpx.Client, path: str, **body: str) -> httpx.Response:
    """Cancel with a JSON body."""
    return http.post(path, auth=KEY, json=body)


def read(http: httpx.Client, payment: UnzerPayment) -> dict[str, Any]:
    """Read the payment."""
    answer = http.get(f"/unzer/v1/payments/{payment.payment_id}", auth=KEY)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


def amounts(sandbox: Sandbox, payment: UnzerPayment) -> list[str | None]:
    """Return what was executed for a payment."""
    return [execution.amount for execution in sandbox.executions("unzer", payment)]


def code(answer: httpx.Response) -> str:
    """Return the code of an error body."""
    found: str = answer.json()["errors"][0]["code"]
    return found


def test_partial_reversals_add_up_and_are_never_deduplicated(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """The same request twice is two reversals, even under one reference."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    for _ in range(2):
        answer = cancel(http, route(payment), amount="10.00", paymentReference="mark")
        assert answer.json()["isSuccess"] is True
    assert amounts(sandbox, payment) == ["10.0000", "10.0000"]
    assert {execution.key for execution in sandbox.executions("unzer", payment)} == {"mark"}
    assert read(http, payment)["amount"] == {
        "total": "80.0000",
        "charged": "0.0000",
        "canceled": "0.0000",
        "remaining": "80.0000",
    }


def test_a_form_body_means_the_same_as_json(sandbox: Sandbox, http: httpx.Client) -> None:
    """The documented curl line sends a form to the authorisation's route."""
    payment = sandbox.create_payment("unzer")
    answer = http.post(route(payment, authorization=True), auth=KEY, data={"amount": "1.00"})
    assert (answer.status_code, answer.json()["amount"]) == (200, "1.0000")
    assert sandbox.executions("unzer", payment)[0].operation_id == "cancelAuthorization"


def test_no_amount_means_all_that_is_left(sandbox: Sandbox, http: httpx.Client) -> None:
    """After a partial cancel, an amount-less one takes the whole remainder: the money trap."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    cancel(http, route(payment), amountGross="10.00")
    assert http.post(route(payment), auth=KEY).json()["amount"] == "90.0000"
    assert amounts(sandbox, payment) == ["10.0000", "90.0000"]
    assert read(http, payment)["state"] == {"id": 2, "name": "canceled"}


def test_a_full_cancel_twice_is_refused_as_already_cancelled(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """The code of the SDKs, in their error body; the failed attempt is listed as such."""
    payment = sandbox.create_payment("unzer")
    assert cancel(http, route(payment)).status_code == 200
    again = cancel(http, route(payment))
    assert (again.status_code, code(again)) == (400, "API.340.100.014")
    assert again.json()["isError"] is True
    lines = read(http, payment)["transactions"]
    assert [line["status"] for line in lines] == ["success", "success", "error"]
    assert len(amounts(sandbox, payment)) == 1


def test_a_charged_authorisation_is_refused_with_its_own_code(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """`.018` says charged, the opposite of cancelled."""
    payment = sandbox.create_payment("unzer")
    sandbox.capture(payment)
    assert code(cancel(http, route(payment))) == "API.340.100.018"
    assert read(http, payment)["state"]["name"] == "completed"
    assert sandbox.state(payment)["charged"] == "100.0000"
    with pytest.raises(ValueError, match="nothing left to charge"):
        sandbox.capture(payment)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("100.01", "API.340.100.017"),
        (100.01, "API.340.100.017"),
        ("0", "API.340.000.004"),
        (0, "API.340.000.004"),
    ],
)
def test_an_amount_must_be_within_what_is_left(
    sandbox: Sandbox, http: httpx.Client, amount: object, expected: str
) -> None:
    """More than is left has a code of its own; nothing is refused, too."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    assert code(cancel(http, route(payment), amount=amount)) == expected
    assert amounts(sandbox, payment) == []


@pytest.mark.parametrize(
    ("amount", "shown"), [(10, "10.0000"), (4.9, "4.9000"), (99.99, "99.9900"), (1e1, "10.0000")]
)
def test_an_amount_may_be_a_number(
    sandbox: Sandbox, http: httpx.Client, amount: float, shown: str
) -> None:
    """As Unzer's own SDKs send it, without a detour over a float."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    assert cancel(http, route(payment), amount=amount).json()["amount"] == shown
    assert amounts(sandbox, payment) == [shown]


def test_an_error_body_can_come_with_200(sandbox: Sandbox, http: httpx.Client) -> None:
    """The HTTP status is not the verdict."""
    payment = sandbox.create_payment("unzer", errors_in_200=True)
    sandbox.capture(payment)
    answer = cancel(http, route(payment))
    assert (answer.status_code, code(answer)) == (200, "API.340.100.018")


@pytest.mark.parametrize(("flags", "flag"), [("pending", "isPending"), ("resumed", "isResumed")])
def test_a_pending_cancel_is_executed_by_finish_pending(
    sandbox: Sandbox, http: httpx.Client, flags: str, flag: str
) -> None:
    """The page says that these states never occur; the SDKs have them."""
    payment = sandbox.create_payment("unzer", amount="50.00", flags=flags, success_status=201)
    answer = cancel(http, route(payment), amount="20.00")
    assert (answer.status_code, answer.json()[flag], answer.json()["isSuccess"]) == (
        *(201, True, False),
    )
    assert amounts(sandbox, payment) == []
    assert code(cancel(http, route(payment), amount="40.00")) == "API.340.100.017"
    sandbox.finish_pending(payment)
    assert amounts(sandbox, payment) == ["20.0000"]
    assert read(http, payment)["amount"]["total"] == "30.0000"


def test_a_cancel_can_fail_in_its_flags_alone(sandbox: Sandbox, http: httpx.Client) -> None:
    """200, no `errors`, `isError`: listed as an attempt, with its reference, and not executed."""
    payment = sandbox.create_payment("unzer", flags="error")
    answer = cancel(http, route(payment), amount="1.00", paymentReference="mark")
    assert (answer.status_code, answer.json()["isError"]) == (200, True)
    single = http.get(f"{route(payment)}/s-cnl-1", auth=KEY).json()
    assert (single["isError"], single["paymentReference"]) == (True, "mark")
    assert read(http, payment)["transactions"][1]["status"] == "error"
    assert amounts(sandbox, payment) == []


def test_ids_of_cancels_are_unique_under_their_parent_only(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """Each route counts for itself, and a read looks under one parent."""
    payment = sandbox.create_payment("unzer")
    for authorization, mark in ((False, "a"), (True, "b")):
        path = route(payment, authorization=authorization)
        answer = cancel(http, path, amount="1.00", paymentReference=mark)
        assert answer.json()["id"] == "s-cnl-1"
        assert answer.json()["paymentReference"] == mark
        assert http.get(f"{path}/s-cnl-1", auth=KEY).json()["paymentReference"] == mark
        assert code(http.get(f"{path}/s-cnl-2", auth=KEY)) == "API.310.100.003"


def test_the_list_of_a_payment_shows_urls_and_no_references(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """The read-back needs two steps; the url of each line leads to the second."""
    payment = sandbox.create_payment("unzer")
    cancel(http, route(payment), amount="1.00", paymentReference="mark")
    cancel(http, route(payment, authorization=True), amount="2.00")
    _, first, second = read(http, payment)["transactions"]
    assert first["url"] == f"{sandbox.url}{route(payment)}/s-cnl-1"
    assert second["url"] == f"{sandbox.url}{route(payment, authorization=True)}/s-cnl-1"
    assert (first["type"], first["status"], first["amount"]) == (
        *("cancel-authorize", "success", "1.0000"),
    )
    assert "paymentReference" not in first


def test_the_urls_can_point_to_a_foreign_host(sandbox: Sandbox, http: httpx.Client) -> None:
    """Where credentials must not follow."""
    payment = sandbox.create_payment("unzer", url_origin="https://foreign.example")
    (line,) = read(http, payment)["transactions"]
    assert line["url"].startswith("https://foreign.example/unzer/v1/payments/")


def test_a_payment_is_found_by_its_order_id_too(sandbox: Sandbox, http: httpx.Client) -> None:
    """The newer reference takes either in the path."""
    payment = sandbox.create_payment("unzer", order_id="order-4711")
    answer = cancel(http, "/unzer/v1/payments/order-4711/authorize/cancels", amount="1.00")
    assert answer.json()["resources"]["paymentId"] == payment.payment_id


def test_an_authorisation_can_be_read_and_must_be_the_payments_own(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """Partial cancels lower its amount; another authorisation's id is not found."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    cancel(http, route(payment), amount="10.00")
    path = f"/unzer/v1/payments/{payment.payment_id}/authorize"
    shown = http.get(f"{path}/s-aut-1", auth=KEY).json()
    assert (shown["id"], shown["amount"]) == ("s-aut-1", "90.0000")
    assert http.get(f"{path}/s-aut-2", auth=KEY).status_code == 404
    assert cancel(http, f"{path}/s-aut-2/cancels").status_code == 404


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("", "API.710.000.007"),
        ("Bearer token", "API.710.000.007"),
        ("Basic ***", "API.710.000.002"),
        ("Basic cy1wcml2LXdyb25nOg==", "API.710.000.002"),
    ],
)
def test_only_the_private_key_is_accepted(
    sandbox: Sandbox, http: httpx.Client, authorization: str, expected: str
) -> None:
    """Another method and another key have their own codes."""
    payment = sandbox.create_payment("unzer")
    headers = {"authorization": authorization} if authorization else {}
    answer = http.post(route(payment), headers=headers)
    assert (answer.status_code, code(answer)) == (401, expected)


@pytest.mark.parametrize(
    ("media_type", "content", "status", "words"),
    [
        ("application/json", b'{"amount": -1.5}', 400, "less than the minimum"),
        ("application/json", b'{"amount": "1,5"}', 400, "does not match"),
        ("application/json", b'{"amount', 400, "Failed to deserialize"),
        ("text/plain", b"amount=1", 415, "text/plain"),
        ("application/x-www-form-urlencoded", b"amount=x", 400, "does not match"),
        ("application/x-www-form-urlencoded", b"amount=", 400, "does not match"),
        ("application/x-www-form-urlencoded", b"amuont=1.00", 400, "unknown fields: amuont"),
        ("application/x-www-form-urlencoded", b'{"amount": "1.00"}', 400, "unknown fields"),
        ("application/x-www-form-urlencoded", b"amount=\xff", 400, "not UTF-8"),
        ("application/json", b'{"amount": "\xff"}', 400, "not UTF-8"),
        ("application/json", b"[" * 10_000, 400, "nested too deeply"),
    ],
)
def test_a_request_that_the_document_forbids_is_named_in_unzers_own_form(
    sandbox: Sandbox,
    http: httpx.Client,
    media_type: str,
    content: bytes,
    status: int,
    words: str,
) -> None:
    """The violation is the merchant's message; nothing is executed."""
    payment = sandbox.create_payment("unzer")
    headers = {"content-type": media_type}
    answer = http.post(route(payment), auth=KEY, content=content, headers=headers)
    assert (answer.status_code, code(answer)) == (status, "API.500.300.999")
    assert words in answer.json()["errors"][0]["merchantMessage"]
    assert amounts(sandbox, payment) == []


def test_unknown_payments_and_paths_are_not_found(http: httpx.Client) -> None:
    """Both in the provider's error body."""
    for path in ("/unzer/v1/payments/s-pay-0", "/unzer/v1/customers/1"):
        answer = http.get(path, auth=KEY)
        assert (answer.status_code, code(answer)) == (404, "API.310.100.003")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/payments/s-pay-1", "GET"),
        ("GET", "/payments/s-pay-1/authorize/s-aut-1/cancels", "POST"),
        ("PUT", "/payments/s-pay-1/authorize/cancels/s-cnl-1", "GET"),
        ("OPTIONS", "/payments/s-pay-1/authorize/s-aut-1", "GET"),
        ("OPTIONS", "/payments/s-pay-1/authorize/cancels", "POST"),
        ("QUERY", "/payments/s-pay-1", "GET"),
    ],
)
def test_a_method_that_a_path_does_not_know_is_not_allowed(
    http: httpx.Client, method: str, path: str, allowed: str
) -> None:
    """The documented 405, in the provider's error body, with the header that RFC 9110 requires."""
    answer = http.request(method, f"/unzer/v1{path}", auth=KEY)
    assert (answer.status_code, code(answer)) == (405, "API.000.000.999")
    assert answer.headers["allow"] == allowed


def test_a_method_that_is_not_documented_is_not_served(
    sandbox: Sandbox, http: httpx.Client
) -> None:
    """Not even HEAD, which web servers add to GET."""
    payment = sandbox.create_payment("unzer")
    answer = http.head(f"/unzer/v1/payments/{payment.payment_id}", auth=KEY)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
