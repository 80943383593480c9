"""A client's driver: a process of its own that carries out orders until it is sent away."""

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from typing import Any, Self

from tests.competitors.drivers.telling import TOLD
from tests.competitors.judging import HUNG, Said
from tests.competitors.places import Place
from tests.competitors.roster import Client
from tests.competitors.scenarios import CALL_TIMEOUT


class Driver:
    """One process; it starts once, since importing a client takes longer than cancelling."""

    def __init__(self, client: Client, place: Place) -> None:
        self.client = client
        # A file, because no thread reads a pipe while the answer is awaited. `__exit__` closes it.
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            (place.python, *client.script),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment(),
        )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def usable(self) -> bool:
        """Whether it can take another order."""
        return self._process.poll() is None

    def drive(self, order: Mapping[str, Any]) -> Said:
        """Give an order, and return what is said of it; one that hangs is ended."""
        try:
            self._stdin.write(f"{json.dumps(order)}\n")
            self._stdin.flush()
            line = self._lines.get(timeout=CALL_TIMEOUT)
        except OSError:
            line = ""
        except queue.Empty:
            self.close()
            return Said(verdict="none", kind=HUNG, detail=f"still at it after {CALL_TIMEOUT:.0f} s")
        if not line:
            self.close()
        self._errors.seek(0)
        return heard(line, self._errors.read())

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._listener.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
        self._errors.close()
        for stream in (self._stdin, self._stdout):
            # The other side has closed the pipe, so a flush fails.
            with contextlib.suppress(OSError):
                stream.close()

    def _listen(self) -> None:
        for line in self._stdout:
            if line.startswith(TOLD):
                self._lines.put(line)
        self._lines.put("")


def heard(line: str, errors: str) -> Said:
    """What a driver said; one that died has said nothing."""
    try:
        return Said.read(json.loads(line.removeprefix(TOLD)))
    except (ValueError, AttributeError):
        last = errors.strip().splitlines()[-1:]
        return Said(verdict="none", kind="Died", detail="".join(last))


def environment() -> dict[str, str]:
    """This process's environment, without proxies, which would stand between client and sandbox."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
