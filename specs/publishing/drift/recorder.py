"""Records what the sandbox's providers are asked and what they answer.

Recorded is at the provider: what a fault proxy makes of an answer afterwards is not the provider's.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unittest.mock import patch

from countermand.sandbox import create_app, server
from countermand.sandbox.simulators import BASE_PATHS
from specs.publishing.drift.har import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from countermand.sandbox._state.state import SandboxState


class Tape:
    """What was recorded, from any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything so far, in the order in which the answers were complete."""
        with self._lock:
            return tuple(self._exchanges)


class Recorder:
    """An ASGI application that passes everything on, and keeps what concerns a provider."""

    def __init__(self, app: ASGIApp, tape: Tape) -> None:
        self._app = app
        self._tape = tape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if not _is_provider(scope):
            await self._app(scope, receive, send)
            return
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        asked: list[bytes] = []
        answered: list[Message] = []

        async def listen() -> Message:
            message = await receive()
            asked.append(message.get("body", b""))
            return message

        async def answer(message: Message) -> None:
            answered.append(message)
            await send(message)

        await self._app(scope, listen, answer)
        self._tape.add(_exchange(started, scope, b"".join(asked), answered))


def _is_provider(scope: Scope) -> bool:
    path = str(scope.get("path", ""))
    return scope["type"] == "http" and path.startswith(tuple(f"{b}/" for b in BASE_PATHS.values()))


def _exchange(started: str, scope: Scope, body: bytes, answered: list[Message]) -> Exchange:
    start, *parts = answered
    query = scope["query_string"]
    return Exchange(
        started=started,
        method=scope["method"],
        target=(scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1"),
        request_headers=tuple(scope["headers"]),
        request_body=body,
        status=start["status"],
        response_headers=tuple(start["headers"]),
        response_body=b"".join(part.get("body", b"") for part in parts),
    )


@contextmanager
def recording() -> Iterator[Tape]:
    """Record every `Sandbox` that is entered inside the block, in this process."""
    tape = Tape()

    def recorded(world: SandboxState | None = None) -> Recorder:
        return Recorder(create_app(world), tape)

    # The sandbox offers no hook for this, and its users need none.
    with patch.object(server, "create_app", recorded):
        yield tape
