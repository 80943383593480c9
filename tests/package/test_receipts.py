"""Receipts, attempts and raw replies: frozen values that can be pickled and copied."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Final

import pytest

from countermand import FULL, Attempt, Evidence, Outcome, RawResponse, Receipt, Response, Sent
from countermand._core.outcomes import to_receipt
from countermand._core.request import CallState, RequestPlan
from countermand.attempts import any_maybe_sent
from countermand.policy import Policy
from countermand.provider import Done
from tests.support.samples import (
    CANCELLATIONS,
    KEY,
    PROVIDERS,
    SUCCESS,
    example,
    interpreted,
    reply,
)

FIRST: Final = Attempt(sent=Sent.NOT_SENT, problem="refused", at=0.0)
SECOND: Final = Attempt(sent=Sent.RESPONDED, status=204, at=0.3)
LOG: Final = (FIRST, SECOND)
LOST: Final = Attempt(sent=Sent.MAYBE_SENT, problem="reset", at=0.6)


@pytest.mark.parametrize(
    ("attempts", "maybe"),
    [((), False), ((FIRST,), False), ((FIRST, SECOND), True), ((LOST,), True)],
)
def test_a_request_may_have_been_sent_unless_it_was_certainly_not(
    attempts: tuple[Attempt, ...], *, maybe: bool
) -> None:
    """One request that may have left the machine is enough."""
    assert any_maybe_sent(attempts) is maybe


def test_a_receipt_can_be_a_member_of_a_set() -> None:
    """Also with a typed body, which has no hash; equal receipts are one member."""
    verdict = interpreted("unzer", reply(*SUCCESS["unzer"]))
    assert isinstance(verdict, Done)
    receipts = [
        Receipt(outcome=Outcome.CANCELLED, key=KEY, response=verdict.response, raw=reply(204))
        for _ in range(2)
    ]
    with pytest.raises(TypeError, match="unhashable"):
        hash(receipts[0].response)
    assert len({*receipts}) == 1
    responses = [
        Response(status=200, parsed=receipt.response, attempts=LOG, raw=reply(200))
        for receipt in receipts
    ]
    assert len({*responses}) == 1


def test_a_raw_reply_shows_neither_headers_nor_body() -> None:
    """Both may contain customer data or echoed credentials."""
    raw = RawResponse(status=200, headers=(("x-secret", "hush"),), body=b"hush", problem="cut")
    for text in (repr(raw), str(raw), f"{raw}", repr([raw])):
        assert "hush" not in text
        assert "200" in text
        assert "cut" in text


@pytest.mark.parametrize(
    ("status", "kind"),
    [(199, None), (200, "is_success"), (299, "is_success"), (300, "is_redirect"),
     (399, "is_redirect"), (400, "is_client_error"), (499, "is_client_error"),
     (500, "is_server_error"), (599, "is_server_error"), (600, "is_server_error"),
     (999, "is_server_error")],
)  # fmt: skip
def test_a_status_belongs_to_one_class(status: int, kind: str | None) -> None:
    """What HTTP does not know counts as the server's failure."""
    kinds = ("is_success", "is_redirect", "is_client_error", "is_server_error")
    raw = RawResponse(status=status)
    assert [name for name in kinds if getattr(raw, name)] == [kind] * (kind is not None)


def test_the_first_of_several_headers_counts() -> None:
    """Names are in lower case, as received."""
    raw = RawResponse(status=200, headers=(("a", "1"), ("b", "2"), ("a", "3")))
    assert (raw.header("a"), raw.header("b"), raw.header("c")) == ("1", "2", None)


def earned(api: str) -> Receipt:
    """A receipt as a client makes it, with a typed body where the provider sends one."""
    bodies = {
        "bento": (202, example("bento.cancelTransaction.202.captured.json")),
        "unzer": (200, example("unzer.cancelPayment.200.cancelled.json")),
        "vtex": (
            200,
            json.dumps({**SUCCESS["vtex"][1], "message": None, "requestId": "@"}).encode(),
        ),
    }
    status, body = bodies.get(api, (204, b""))
    call = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY)
    if api == "vtex":
        body = body.replace(b"@", json.loads(call.content or b"")["requestId"].encode())
    answer = reply(status, body)
    state = CallState(verdict=interpreted(api, answer), reply=answer, attempt_log=[FIRST, SECOND])
    return to_receipt(
        state,
        RequestPlan(
            call=call, interpret=lambda _: state.verdict, policy=Policy(), provider=api, key=KEY
        ),
    )


@pytest.mark.parametrize("api", PROVIDERS)
def test_a_receipt_travels_with_its_typed_body(api: str) -> None:
    """Pickled and copied it is equal, so a queue can hand it on."""
    proof = earned(api)
    assert (proof.response is None) is (api in {"pace_pay", "pace_fueling"})
    for again in (pickle.loads(pickle.dumps(proof)), copy.copy(proof), copy.deepcopy(proof)):
        assert again == proof
        assert again.attempts == (FIRST, SECOND)
    with pytest.raises(AttributeError):
        proof.key = "other"  # type: ignore[misc]


def test_a_receipt_s_repr_shows_the_outcome_and_hides_the_reply() -> None:
    """Fit for a log line."""
    proof = Receipt(
        outcome=Outcome.ACCEPTED,
        key="order-42",
        amount=FULL,
        attempts=LOG,
        raw=RawResponse(status=202, body=b"hush"),
    )
    for word in ("accepted", "order-42", "FULL", "attempts=("):
        assert word in repr(proof)
    assert "hush" not in repr(proof)
    assert proof.evidence is Evidence.REPLY


def test_receipts_are_equal_by_value() -> None:
    """Values, not identities."""
    one = Receipt(outcome=Outcome.CANCELLED, key="k", amount=Decimal("1.0"))
    assert one == Receipt(outcome=Outcome.CANCELLED, key="k", amount=Decimal("1.00"))
    assert one != Receipt(outcome=Outcome.CANCELLED, key="other", amount=Decimal("1.0"))
