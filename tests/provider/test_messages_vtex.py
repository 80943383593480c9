"""VTEX's refusals and successes, whole: class, message, facts, reference, typed body."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from countermand import vtex
from countermand.errors import Declined, ManualCancellationRequired, Misdirected
from countermand.provider._verdicts import Done, MaybeExecuted, Refused, TokenRejected
from countermand.receipt import Outcome
from tests.support.samples import KEY, VTEX_PAYMENT, interpreted, reply

REQUEST: Final = vtex.request_id(KEY)
OK: Final = {
    "paymentId": VTEX_PAYMENT,
    "message": None,
    "code": None,
    "cancellationId": "C1",
    "requestId": REQUEST,
}


def null(code: object = None, message: object = None) -> dict[str, Any]:
    """An answer without a cancel."""
    return {**OK, "cancellationId": None, "code": code, "message": message}


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("x", "no", "x: no"),
        ("x", None, "x"),
        (None, "no", "no"),
        (None, None, "no reason given"),
        ([], [], "no reason given"),
    ],
)
@pytest.mark.parametrize("status", [200, 202])
def test_a_null_is_declined_in_the_provider_s_message(
    status: int, code: object, message: object, said: str
) -> None:
    """It speaks of this request alone: another answer may have been lost."""
    known = {"code": code if code == "x" else None, "reason": message if message == "no" else None}
    assert interpreted("vtex", reply(status, null(code, message))) == Refused(
        error=Declined, message=f"declined: {said}", error_fields=known
    )


@pytest.mark.parametrize("status", [200, 400, 501])
@pytest.mark.parametrize("message", ["by hand", None])
def test_a_provider_that_cannot_cancel_says_so(status: int, message: str | None) -> None:
    """And has not cancelled before either."""
    assert interpreted("vtex", reply(status, null("cancel-manually", message))) == Refused(
        error=ManualCancellationRequired,
        message=f"cancel-manually: {message}" if message else "cancel-manually",
        error_fields={"code": "cancel-manually", "reason": message},
        about_payment=True,
    )


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (500, MaybeExecuted(message="500 Internal Server Error: x: no")),
        (502, MaybeExecuted(message="502 Bad Gateway: x: no")),
        (401, TokenRejected(message="401 Unauthorized: x: no")),
        (
            302,
            MaybeExecuted(
                message="302 Found: x: no; it proves nothing: a redirect, not the API's own: "
                "check base_url",
                transient=False,
            ),
        ),
        (
            307,
            Refused(
                error=Misdirected,
                message="307 Temporary Redirect; redirects are not followed: check base_url",
                error_fields={"location": None},
            ),
        ),
    ],
)
def test_a_null_under_another_status_is_left_to_the_status(status: int, verdict: object) -> None:
    """With the provider's message."""
    assert interpreted("vtex", reply(status, null("x", "no"))) == verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (
            200,
            MaybeExecuted(
                message="200 OK proves nothing: not the documented answer",
                transient=False,
            ),
        ),
        (503, MaybeExecuted(message="503 Service Unavailable")),
        (
            409,
            MaybeExecuted(
                message="409 Conflict: the provider does not know: no reason given",
                in_progress=True,
            ),
        ),
    ],
)
def test_an_answer_that_says_neither_is_left_to_the_status(status: int, verdict: object) -> None:
    """Neither an id nor a null."""
    assert interpreted("vtex", reply(status, {**OK, "cancellationId": ""})) == verdict


def test_the_whole_of_a_success() -> None:
    """Typed body included."""
    verdict = interpreted("vtex", reply(200, OK))
    assert isinstance(verdict, Done)
    assert (verdict.outcome, verdict.reference) == (Outcome.CANCELLED, "C1")
    assert verdict.response.cancellation_id == "C1"


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"cancellationId": "C1", "pay', "C1"),
        (b'{"cancellationId"\n:\t"C-1_!~", "pay', "C-1_!~"),
        (b'{"a": "\xff", "cancellationId":"C1"', "C1"),
        (b'{"cancellationId": "C1', None),
        (b'{"cancellationId": "", "pay', None),
        (b'{"cancellationId": null, "pay', None),
        (b'{"cancellationId": "a\\u0062"', None),
        (b"<html>", None),
        (b"", None),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("problem", ["cut", None])
def test_an_id_in_a_fragment_of_an_unexpected_success_is_kept(
    body: bytes, reference: str | None, problem: str | None
) -> None:
    """A repeat is to give the same one; that it gives another is worth telling."""
    empty = "an empty body, not the API's own: check base_url"
    why = problem or ("not the documented answer" if body else empty)
    assert interpreted("vtex", reply(200, body, problem=problem)) == MaybeExecuted(
        message=f"200 OK proves nothing: {why}",
        transient=problem is not None,
        reference=reference,
    )


def test_an_id_in_another_payment_s_answer_is_kept_too() -> None:
    """The reply proves nothing, but its id can be reported."""
    verdict = interpreted("vtex", reply(200, {**OK, "requestId": "another"}))
    assert verdict == MaybeExecuted(
        message="200 OK proves nothing: not the documented answer",
        transient=False,
        reference="C1",
    )


@pytest.mark.parametrize(
    ("cancellation", "body"),
    [
        (vtex.Cancellation("p"), {}),
        (
            vtex.Cancellation(
                "p", "a", transaction_id="t", tid="i", nsu="n", value=500, sandbox_mode=False
            ),
            {
                "authorizationId": "a",
                "transactionId": "t",
                "tid": "i",
                "nsu": "n",
                "value": 500,
                "sandboxMode": False,
            },
        ),
        (vtex.Cancellation("p", sandbox_mode="true"), {"sandboxMode": "true"}),
    ],
    ids=["payment alone", "everything", "text"],
)
def test_the_request_says_what_is_known_and_nothing_else(cancellation: Any, body: Any) -> None:
    """What is not known is left out, and never null."""
    call = vtex.build_request(cancellation, KEY)
    assert call.path == "/payments/p/cancellations"
    assert json.loads(call.content or b"") == {"paymentId": "p", "requestId": REQUEST, **body}
