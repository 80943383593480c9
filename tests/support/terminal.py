"""A program in a pseudo-terminal, as a person sees it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

LIMIT: Final = 60.0
"""Seconds after which a program that says nothing has failed."""
COLOURS: Final = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A program whose standard streams are a pseudo-terminal.

    Attributes:
        shown: Everything that it has printed, as it came.
    """

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self._arguments = arguments
        self._env = env
        self.shown = ""

    def __enter__(self) -> Self:
        self._side, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [*self._arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self._env,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._side)

    @property
    def text(self) -> str:
        """What it has printed, without colours and carriage returns."""
        return COLOURS.sub("", self.shown).replace("\r", "")

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._side, text.encode())

    def read_until(self, expected: str) -> None:
        """Wait until it has printed this."""
        while expected not in self.text:
            assert self._read(), f"it ended without {expected!r}: {self.text}"

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send a signal, as Ctrl-C does."""
        self._process.send_signal(number)

    def interrupt_until_it_ends(self) -> int:
        """Send SIGINT until it has ended; return the exit code.

        Python misses a signal that comes between a question and the wait for its answer.
        """
        for _ in range(int(LIMIT)):
            self.interrupt()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
                break
        return self.wait()

    def wait(self) -> int:
        """Read to the end; return the exit code."""
        while self._read():
            pass
        return self._process.wait(LIMIT)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._side], [], [], LIMIT)
        assert ready, f"silent for {LIMIT} s: {self.text}"
        try:
            part = os.read(self._side, 65536)
        except OSError:
            # EIO: the other side is closed.
            return False
        self.shown += part.decode()
        return bool(part)
