"""A wait of an asyncio task that no cancellation ends, and that does not spin."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any


async def wait_for_end(*futures: asyncio.Future[Any]) -> None:
    """Wait until all futures have ended, whatever happens meanwhile."""
    with _shield_from_anyio():
        while not all(future.done() for future in futures):
            with suppress(asyncio.CancelledError):
                await asyncio.wait(futures)


def _shield_from_anyio() -> AbstractContextManager[object]:
    """Keep anyio from cancelling in each turn of the loop, as it does until its scope is left."""
    anyio = sys.modules.get("anyio")
    shield: AbstractContextManager[object] = nullcontext()
    return shield if anyio is None else anyio.CancelScope(shield=True)
