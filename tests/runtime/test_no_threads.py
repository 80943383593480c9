"""AsyncClient calls a plain token function in a thread; there may be none."""

from __future__ import annotations

import asyncio
import threading

import pytest

from countermand import AsyncClient, Unreachable, pace_pay
from tests.support.transports import Recorder

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"


def test_a_token_function_that_no_thread_can_call_means_that_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error says why; no credential was refused."""
    transport = Recorder()

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def run() -> None:
        account = pace_pay.Account(lambda _: "token", "https://pace.invalid/pay")
        async with AsyncClient(account, transport=transport) as client:
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", start)
                with pytest.raises(Unreachable, match="can't start new thread"):
                    await client.cancel(pace_pay.Cancellation(UUID))

    asyncio.run(run())
    assert not transport.sent
