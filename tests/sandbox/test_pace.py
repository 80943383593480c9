"""PACE Pay and PACE Fueling in the sandbox behave as their pages and SDKs say."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

from countermand.sandbox import Sandbox
from countermand.sandbox.simulators.pace import MISSING_LINKED_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.sandbox import PacePayment

    Cancel = Callable[[httpx.Client, PacePayment, dict[str, str]], httpx.Response]

JSON_API = "application/vnd.api+json"


def bearer(token: str, accept: str = JSON_API) -> dict[str, str]:
    """Return the headers of a PACE request."""
    return {"authorization": f"Bearer {token}", "accept": accept}


def cancel_pay(
    http: httpx.Client, payment: PacePayment, headers: dict[str, str], content: bytes = b""
) -> httpx.Response:
    """Cancel at PACE Pay."""
    path = f"/pay/2024-1/transactions/{payment.transaction_id}/cancel"
    return http.post(path, headers=headers, content=content)


def read(http: httpx.Client, payment: PacePayment, headers: dict[str, str]) -> httpx.Response:
    """Read a transaction at PACE Pay."""
    return http.get(f"/pay/2024-1/transactions/{payment.transaction_id}", headers=headers)


def cancel_fueling(
    http: httpx.Client, payment: PacePayment, headers: dict[str, str], station: str | None = None
) -> httpx.Response:
    """Cancel at PACE Fueling."""
    station = payment.gas_station_id if station is None else station
    path = f"/fueling/2024-4/gas-stations/{station}/transactions/{payment.transaction_id}"
    return http.delete(path, headers=headers)


@pytest.fixture
def headers(sandbox: Sandbox) -> dict[str, str]:
    """The headers of a user who may do everything."""
    return bearer(sandbox.issue_token())


def test_a_repeated_cancel_at_pay_answers_204_again_and_is_executed_once(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """Pay documents the repeat: still 204; the token is revoked with the transaction."""
    payment = sandbox.create_payment("pace_pay")
    answers = [cancel_pay(http, payment, headers) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    (execution,) = sandbox.executions(payment=payment)
    assert (execution.api, execution.operation_id) == ("pace_pay", "cancelTransaction")
    assert execution.identifiers["transaction_id"] == payment.transaction_id
    assert sandbox.state(payment) == {"phase": "cancelled", "token_revoked": True}


def test_an_id_may_be_spelt_in_capitals(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """A UUID is the same in either case."""
    payment = sandbox.create_payment("pace_pay", transaction_id=str(uuid.uuid4()).upper())
    assert cancel_pay(http, payment, headers).status_code == 204
    assert cancel_fueling(http, payment, headers).status_code == 404
    assert len(sandbox.executions(payment=payment)) == 1


@pytest.mark.parametrize("change", ["capture", "start_fueling"])
def test_pay_forbids_what_is_no_longer_open(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], change: str
) -> None:
    """A used token or a captured payment is 403, and nothing is executed."""
    payment = sandbox.create_payment("pace_pay")
    getattr(sandbox, change)(payment)
    answer = cancel_pay(http, payment, headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == JSON_API
    assert not sandbox.executions(payment=payment)


@pytest.mark.parametrize("change", ["capture", "start_fueling"])
def test_a_cancelled_transaction_does_not_move_any_more(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], change: str
) -> None:
    """A cancelled transaction cannot be captured or fueled."""
    payment = sandbox.create_payment("pace_pay")
    cancel_pay(http, payment, headers)
    with pytest.raises(ValueError, match="is cancelled"):
        getattr(sandbox, change)(payment)


def test_an_unknown_transaction_is_not_found_in_any_form(
    http: httpx.Client, headers: dict[str, str]
) -> None:
    """404 as JSON:API, for ids and for paths that do not exist."""
    unknown = "00000000-0000-0000-0000-000000000000"
    for answer in (
        http.post(f"/pay/2024-1/transactions/{unknown}/cancel", headers=headers),
        http.get("/pay/2024-1/nothing", headers=headers),
    ):
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["status"] == "404"


@pytest.mark.parametrize(
    ("read_when_cancelled", "phase", "status"),
    [
        (410, "open", 404),
        (410, "cancelled", 410),
        (404, "cancelled", 404),
        (410, "captured", 200),
    ],
)
def test_a_read_shows_completed_transactions_only(
    sandbox: Sandbox,
    http: httpx.Client,
    headers: dict[str, str],
    read_when_cancelled: int,
    phase: str,
    status: int,
) -> None:
    """200 means captured; a cancelled one is 410, or 404 where the prose is right."""
    payment = sandbox.create_payment("pace_pay", read_when_cancelled=read_when_cancelled)
    if phase == "cancelled":
        cancel_pay(http, payment, headers)
    if phase == "captured":
        sandbox.capture(payment)
    answer = read(http, payment, headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["data"]["id"] == payment.transaction_id


@pytest.mark.parametrize(
    ("kind", "change", "status"),
    [
        ("pre-auth", "start_fueling", 403),
        ("pre-auth", "capture", 403),
        ("unattended", "start_fueling", 204),
        ("unattended", "capture", 404),
    ],
)
def test_fueling_has_two_kinds_of_transactions(
    sandbox: Sandbox,
    http: httpx.Client,
    headers: dict[str, str],
    kind: str,
    change: str,
    status: int,
) -> None:
    """Pre-auth: 403 once fuelling started. Unattended: 404 once captured."""
    payment = sandbox.create_payment("pace_fueling", kind=kind)
    getattr(sandbox, change)(payment)
    assert cancel_fueling(http, payment, headers).status_code == status
    assert len(sandbox.executions("pace_fueling", payment)) == (status == 204)


@pytest.mark.parametrize("repeat", [204, 403, 404])
def test_a_repeat_at_fueling_answers_what_the_payment_was_given(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str], repeat: int
) -> None:
    """No source says what a repeat answers, so every candidate can be had."""
    payment = sandbox.create_payment("pace_fueling", repeat_at_fueling=repeat)
    answers = [cancel_fueling(http, payment, headers).status_code for _ in range(2)]
    assert answers == [204, repeat]
    assert len(sandbox.executions(payment=payment)) == 1


def test_pay_and_fueling_share_their_transactions(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """A cancel at Fueling is seen at Pay, which leaves the token alone where nothing is said."""
    payment = sandbox.create_payment("pace_fueling")
    assert cancel_fueling(http, payment, headers).status_code == 204
    assert read(http, payment, headers).status_code == 410
    assert cancel_pay(http, payment, headers).status_code == 204
    assert sandbox.state(payment) == {"phase": "cancelled", "token_revoked": False}


def test_fueling_finds_a_transaction_at_its_gas_station_only(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """A wrong station and an id that is no UUID are both not found; no 400 is documented."""
    payment = sandbox.create_payment("pace_fueling")
    other = sandbox.create_payment("pace_fueling").transaction_id
    assert cancel_fueling(http, payment, headers, station=other).status_code == 404
    assert cancel_fueling(http, payment, headers, station="station").status_code == 404
    assert not sandbox.executions(payment=payment)


@pytest.mark.parametrize(
    ("accept", "plain_errors", "media_type"),
    [
        (JSON_API, False, JSON_API),
        (JSON_API, True, "text/plain; charset=utf-8"),
        ("*/*", False, "text/plain; charset=utf-8"),
    ],
)
def test_an_expired_token_is_refused_in_both_forms(
    sandbox: Sandbox, http: httpx.Client, accept: str, media_type: str, *, plain_errors: bool
) -> None:
    """The authentication layer answers in JSON:API only if `Accept` is exactly that."""
    payment = sandbox.create_payment("pace_pay")
    token = sandbox.issue_token(plain_errors=plain_errors)
    sandbox.expire(token)
    answer = cancel_pay(http, payment, bearer(token, accept))
    assert (answer.status_code, answer.headers["content-type"]) == (401, media_type)
    assert "user token is invalid" in answer.text


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Basic c2VjcmV0Og==", "Bearer never-issued"]
)
def test_only_bearer_tokens_that_were_issued_are_accepted(
    sandbox: Sandbox, http: httpx.Client, authorization: str
) -> None:
    """No token, another scheme and a made-up token are all 401."""
    payment = sandbox.create_payment("pace_pay")
    headers = {"authorization": authorization} if authorization else {}
    assert cancel_pay(http, payment, headers).status_code == 401
    assert not sandbox.executions(payment=payment)


def test_a_missing_scope_is_forbidden_in_words_only(sandbox: Sandbox, http: httpx.Client) -> None:
    """The wording tells it from a transaction that is not open; the status does not."""
    payment = sandbox.create_payment("pace_pay")
    token = sandbox.issue_token(scopes=("pay:transactions:read",))
    answer = cancel_pay(http, payment, bearer(token, "*/*"))
    assert answer.status_code == 403
    assert answer.text == 'Forbidden - requires scope "pay:transactions:cancel"'


@pytest.mark.parametrize("cancel", [cancel_pay, cancel_fueling])
def test_a_missing_linked_identity_is_said_word_for_word_until_the_user_links(
    sandbox: Sandbox, http: httpx.Client, cancel: Cancel
) -> None:
    """The special 401 of both pages; linking cures it, and the same token works again."""
    payment = sandbox.create_payment("pace_pay")
    user = f"unlinked-at-{cancel.__name__}"
    headers = bearer(sandbox.issue_token(user, linked=False))
    answer = cancel(http, payment, headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, JSON_API)
    assert answer.json() == MISSING_LINKED_IDENTITY
    sandbox.link(user)
    assert cancel(http, payment, headers).status_code == 204
    sandbox.unlink(user)
    assert cancel(http, payment, headers).json() == MISSING_LINKED_IDENTITY


@pytest.mark.parametrize("cancel", [cancel_pay, cancel_fueling])
def test_a_link_can_belong_to_the_token(cancel: Cancel) -> None:
    """A token carries what its user had when it was issued; the user links for the next one."""
    with Sandbox(link_owner="token") as sandbox, httpx.Client(base_url=sandbox.url) as http:
        payment = sandbox.create_payment("pace_pay")
        before = bearer(sandbox.issue_token("u-2", linked=False))
        sandbox.link("u-2")
        assert cancel(http, payment, before).json() == MISSING_LINKED_IDENTITY
        after = bearer(sandbox.issue_token("u-2"))
        sandbox.unlink("u-2")
        assert cancel(http, payment, after).status_code == 204
        assert cancel(http, payment, before).json() == MISSING_LINKED_IDENTITY


def test_a_link_belongs_to_no_one_else() -> None:
    """A typo would silently try the other flow."""
    with pytest.raises(ValueError, match="link_owner must be 'user' or 'token', not 'users'"):
        Sandbox(link_owner="users")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "content", "status"),
    [
        ({"accept": "text/html"}, b"", 406),
        ({"accept": "text/html, application/*;q=0.5"}, b"", 204),
        ({"content-type": "application/json"}, b"", 415),
        ({"content-type": JSON_API}, b"", 204),
        ({}, b"{}", 422),
    ],
)
def test_pay_validates_headers_and_bodies(
    sandbox: Sandbox,
    http: httpx.Client,
    headers: dict[str, str],
    changes: dict[str, str],
    content: bytes,
    status: int,
) -> None:
    """406, 415 and 422 can be had, as the page lists them for an operation without a body."""
    payment = sandbox.create_payment("pace_pay")
    assert cancel_pay(http, payment, headers | changes, content).status_code == status


def test_a_path_parameter_that_is_no_id_is_named_in_a_400(
    http: httpx.Client, headers: dict[str, str]
) -> None:
    """The violation of the published document stands in the error, and the parameter's name."""
    answer = http.post("/pay/2024-1/transactions/abc/cancel", headers=headers)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["source"] == {"parameter": "transactionId"}
    assert "'abc' is too short" in error["detail"]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("abc", {}),
        ("{id}?update=sometimes", {}),
        ("{id}", {"content-type": "application/json"}),
    ],
)
def test_a_read_answers_nothing_that_its_page_does_not_list(
    sandbox: Sandbox,
    http: httpx.Client,
    headers: dict[str, str],
    path: str,
    changes: dict[str, str],
) -> None:
    """Neither 400 nor 415: an invalid read is a 404."""
    payment = sandbox.create_payment("pace_pay")
    target = f"/pay/2024-1/transactions/{path.format(id=payment.transaction_id)}"
    assert http.get(target, headers=headers | changes).status_code == 404


def test_a_read_needs_an_acceptable_form(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    """406 is on its list."""
    payment = sandbox.create_payment("pace_pay")
    answer = http.get(
        f"/pay/2024-1/transactions/{payment.transaction_id}",
        headers=headers | {"accept": "text/html"},
    )
    assert answer.status_code == 406
