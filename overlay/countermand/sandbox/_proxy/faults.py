"""Applies a fault to one proxied request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from countermand.sandbox._proxy.http import HttpMessage, answer_message, rewritten
from countermand.sandbox.faults import (
    Answer,
    CloseIdle,
    Drip,
    Drop,
    Fault,
    Late,
    Raw,
    Rewrite,
    Silence,
    TruncateBody,
    TruncateHead,
    Twice,
)

if TYPE_CHECKING:
    from countermand.sandbox._proxy.exchange import Connection, ProxiedExchange


async def apply_fault(fault: Fault, client: Connection, exchange: ProxiedExchange) -> bool:
    """Apply a fault; returns whether the connection stays usable.

    Raises `OSError` or `EOFError` if the upstream or the client has closed its connection.
    """
    match fault:
        case Late():
            exchange.hold_back(exchange, fault.seconds)
            await client.wait_closed()
        case Drop() | Silence() | Raw():
            await _without_answer(fault, client, exchange)
        case Answer():
            await client.answer((await _own_answer(fault, exchange)).data)
            return True
        case Twice():
            await exchange.forward()
            return await _changed(fault, client, await exchange.forward())
        case Drip():
            return await _drip(fault, client, await exchange.forward())
        case _:
            return await _changed(fault, client, await exchange.forward())
    return False


async def _without_answer(
    fault: Drop | Silence | Raw, client: Connection, exchange: ProxiedExchange
) -> None:
    if fault.executed:
        await exchange.forward()
    if isinstance(fault, Silence):
        await client.wait_closed()
    elif isinstance(fault, Raw):
        await client.send(fault.data)
    elif fault.reset:
        client.reset()


async def _own_answer(fault: Answer, exchange: ProxiedExchange) -> HttpMessage:
    if fault.executed:
        await exchange.forward()
    return answer_message(fault)


async def _changed(fault: Fault, client: Connection, answer: HttpMessage) -> bool:
    match fault:
        case TruncateHead():
            await client.send(answer.head[: fault.size])
        case TruncateBody():
            await client.send(answer.head + answer.body[: fault.size])
        case Rewrite():
            await client.answer(rewritten(answer, fault).data)
            return True
        case _:
            client.last |= isinstance(fault, CloseIdle)
            await client.answer(answer.data)
            return True
    return False


async def _drip(fault: Drip, client: Connection, answer: HttpMessage) -> bool:
    slow, whole = (answer.head, answer.body) if fault.part == "head" else (answer.body, b"")
    if fault.part == "body":
        await client.send(answer.head)
    for start in range(0, len(slow), fault.size):
        if client.closed_by_client:
            return False
        await client.send(slow[start : start + fault.size])
        await asyncio.sleep(fault.interval)
    await client.send(whole)
    return True
