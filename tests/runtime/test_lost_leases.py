"""Lost leases, unknown providers and streams that cannot be closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from countermand import AsyncClient, CancellationInProgress, Client, bento, unzer
from countermand._core.cancel import cancel_flow
from countermand._core.commands import (
    ClaimKey,
    CommandResult,
    GetToken,
    KeyHistory,
    RecordOutcome,
    SendRequest,
    TakePlace,
    TakeRetryToken,
    TokenGranted,
    WaitToRetry,
)
from countermand._core.exchange import TransportFailure
from countermand._core.request import CallState
from countermand.attempts import Sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REFUSED = TransportFailure(sent=Sent.NOT_SENT, problem="refused")


def driven(procedure: Any, answers: dict[type, object]) -> object:
    """Answer every command by its kind, and return the result."""
    step = next(procedure)
    try:
        while True:
            step = procedure.send(CommandResult(answers[type(step)], 0.0, 0.0))
    except StopIteration as finished:
        return finished.value


def test_a_worker_that_lost_its_lease_does_not_report_not_cancelled() -> None:
    """It sent nothing, but the present owner of the key may be cancelling."""
    account = unzer.Account("s-priv-number-one")
    cancellation = unzer.Cancellation("s-pay-1", amount=1)
    with Client(account) as client:
        invocation = client._prepare_cancel(
            cancellation, key="order-1", user=None, account=None, deadline=None, wait=False
        )
    procedure = cancel_flow(invocation.plan, 0.0, CallState())
    answers: dict[type, object] = {
        ClaimKey: KeyHistory(),
        GetToken: TokenGranted(None),
        TakePlace: None,
        TakeRetryToken: True,
        SendRequest: REFUSED,
        WaitToRetry: False,
        RecordOutcome: False,
    }
    result = driven(procedure, answers)
    assert isinstance(result, CancellationInProgress)
    assert (result.key, len(result.attempts)) == ("order-1", 1)


class Plain(httpx.AsyncByteStream):
    """A stream whose iterator cannot be closed, as custom transports may have."""

    def __init__(self) -> None:
        self.chunks = iter([b'{"data": {"state"', b': "AuthVoided"}}'])

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self.chunks:
            return chunk
        raise StopAsyncIteration


def test_a_stream_that_cannot_be_closed_is_read_all_the_same() -> None:
    """An iterator without `aclose` is read to its end."""
    headers = {"content-type": "application/json"}
    reply = httpx.Response(202, headers=headers, stream=Plain())
    account = bento.Account("token-of-mine", "https://gateway.example", read=False)

    async def run() -> str:
        async with AsyncClient(account, transport=httpx.MockTransport(lambda _: reply)) as client:
            cancellation = bento.Cancellation("or_1", "tx_1", refund_amount=1)
            return (await client.cancel(cancellation)).outcome

    assert asyncio.run(run()) == "cancelled"
