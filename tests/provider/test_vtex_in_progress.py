"""VTEX: a provider that is still at work on an earlier copy of the request, over a real wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from countermand import Backoff, Budget, OutcomeUnknown, Policy, Receipt, vtex
from tests.support.flavours import FLAVOURS, cancel
from tests.support.rawserver import RawServer, answer, close, read, say
from tests.support.samples import KEY, VTEX_PAYMENT

if TYPE_CHECKING:
    from tests.support.flavours import Flavour
    from tests.support.rawserver import Script

LOST: Final = [read, close]


def answered(status: int, cancellation: str | None, *fields: str) -> Script:
    """A connection whose request gets an answer with our ids."""
    document = {
        "paymentId": VTEX_PAYMENT,
        "requestId": vtex.request_id(KEY),
        "cancellationId": cancellation,
        "code": None,
        "message": "The request is being processed",
    }
    body = json.dumps(document).encode()
    return [read, say(answer(status, body, "content-type: application/json", *fields))]


AT_WORK: Final = answered(409, None)
CANCELLATION: Final = vtex.Cancellation(VTEX_PAYMENT)
POLICY: Final = Policy(
    attempts=2, deadline=10.0, backoff=Backoff(first=0.0), budget=Budget(reserve=1.0)
)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_call_goes_on_while_the_provider_is_at_work(flavour: Flavour) -> None:
    """The lost answer takes the last token and leaves one attempt; the waits take neither."""
    with RawServer(LOST, AT_WORK, AT_WORK, answered(200, "C1")) as server:
        receipt = cancel(
            flavour, vtex.Account(server.url, "k", "t"), CANCELLATION, key=KEY, policy=POLICY
        )
        assert isinstance(receipt, Receipt)
        assert (receipt.reference, len(receipt.attempts)) == ("C1", 4)
        times = [attempt.at for attempt in receipt.attempts]
        assert times[1] - times[0] < 1.0
        assert min(times[2] - times[1], times[3] - times[2]) >= 1.0
        assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_deadline_ends_the_waiting(flavour: Flavour) -> None:
    """Where no answer could come in time, nothing is sent."""
    with RawServer(AT_WORK) as server:
        account, policy = vtex.Account(server.url, "k", "t"), evolve(POLICY, deadline=1.5)
        error = cancel(flavour, account, CANCELLATION, key=KEY, policy=policy)
        assert isinstance(error, OutcomeUnknown)
        assert [attempt.status for attempt in error.attempts] == [409, 409]
