"""A proxy that adds a delay each way, as a distant provider does.

`python -m benchmarks.relay PORT SECONDS` prints its port as JSON and relays to PORT until its
standard input ends. A connection over a distance costs a round trip before its first byte; the
relay accepts at once, so it holds back the first bytes of a connection for that round trip, too.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Final

HOST: Final = "127.0.0.1"


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, not_before: float
) -> None:
    """Pass bytes on after the delay, in order; they set out at `not_before` at the earliest."""
    loop = asyncio.get_running_loop()
    due = 0.0
    while data := await reader.read(65536):
        # Two parts with one moment would have no order.
        due = max(max(loop.time(), not_before) + delay, due + 1e-6)
        loop.call_at(due, writer.write, data)
    loop.call_at(max(loop.time() + delay, due + 1e-6), writer.close)


async def relay(port: int, delay: float) -> None:
    """Relay to a port until the standard input ends."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(HOST, port)
        await asyncio.gather(
            _carry(reader, forth, delay, asyncio.get_running_loop().time() + 2 * delay),
            _carry(back, writer, delay, 0.0),
            return_exceptions=True,
        )

    server = await asyncio.start_server(connected, HOST, 0)
    sys.stdout.write(json.dumps({"plain": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(relay(int(sys.argv[1]), float(sys.argv[2])))
