"""A shell's session as a person sees it, as an asciinema recording and as text."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define, field

from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WIDTH: Final = 110
HEIGHT: Final = 32
LONGEST_GAP: Final = 1.0
"""Seconds at most between two events of the recording: waits are shortened."""
TYPING: Final = 1.0
"""Seconds before a command is there."""
PROGRAM: Final = Path(sys.executable).with_name("countermand")
REDRAWN: Final = re.compile(r"\x1b\[2K|\x1b\[1?A|\r(?!\n)")


class Recorded(Terminal):
    """A program in a pseudo-terminal, which tells what it prints at once."""

    hear: Callable[[str], None]

    def _read(self) -> bool:
        before = len(self.shown)
        going = super()._read()
        self.hear(self.shown[before:])
        return going


@define
class Screen:
    """Records commands and what they print."""

    environ: Mapping[str, str]
    events: list[tuple[float, str]] = field(factory=list)
    texts: list[str] = field(factory=list)
    _now: float = 0.0
    _heard: float = 0.0

    def say(self, words: str) -> None:
        """Write a comment at the prompt."""
        self._type(f"# {words}")
        self.texts.append(f"$ # {words}\n")

    def run(self, *words: str, types: str | None = None, code: int = 0) -> str:
        """Run `countermand` with these words; return what it printed.

        Args:
            words: The words after the program's name.
            types: What is typed when it asks.
            code: The exit code that it must have.
        """
        with self._begin(words) as terminal:
            if types is not None:
                terminal.read_until("[y/N] ")
                terminal.type(types)
            found = terminal.wait()
        self._end(words, terminal, "")
        assert found == code, f"{words} ended with {found}: {terminal.text}"
        return terminal.text

    def run_and_kill(self, *words: str, when: Callable[[str], bool]) -> None:
        """Run `countermand`, and kill it as soon as it has printed so much."""
        with self._begin(words) as terminal:
            while not when(terminal.text):
                assert terminal._read(), f"it ended too early: {terminal.text}"
            terminal.interrupt(signal.SIGKILL)
            assert terminal.wait() == -signal.SIGKILL
        self._hear("\r\nKilled\r\n")
        self._end(words, terminal, "\nKilled\n")

    def show(self, path: Path, lines: int) -> None:
        """Show the first lines of a file."""
        self._type(f"head -n {lines} {path.name}")
        text = "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:lines])
        self._hear(text.replace("\n", "\r\n"))
        self.texts.append(f"$ head -n {lines} {path.name}\n{text}")

    def cast(self, title: str) -> str:
        """The recording, as asciinema's format 2."""
        head = {"version": 2, "width": WIDTH, "height": HEIGHT, "title": title}
        events = [[round(at, 3), "o", text] for at, text in self.events]
        return "".join(json.dumps(line) + "\n" for line in (head, *events))

    def _begin(self, words: tuple[str, ...]) -> Recorded:
        self._type(command(words))
        own = {"COLUMNS": str(WIDTH), "LINES": str(HEIGHT), "TERM": "xterm-256color"}
        terminal = Recorded([str(PROGRAM), *words], {**os.environ, **self.environ, **own})
        terminal.hear = self._hear
        return terminal

    def _end(self, words: tuple[str, ...], terminal: Terminal, more: str) -> None:
        lines = (final(line) for line in terminal.shown.replace("\r\n", "\n").split("\n"))
        text = "\n".join(line for line in lines if line is not None)
        self.texts.append(f"$ {command(words)}\n{text.rstrip()}{more or chr(10)}")

    def _type(self, text: str) -> None:
        self._heard = time.monotonic()
        self._event(0.5, "\x1b[1m$\x1b[0m ")
        self._event(TYPING, f"{text}\r\n")
        self._heard = time.monotonic()

    def _hear(self, text: str) -> None:
        now = time.monotonic()
        self._event(min(now - self._heard, LONGEST_GAP), text)
        self._heard = now

    def _event(self, after: float, text: str) -> None:
        self._now += after
        if text:
            self.events.append((self._now, text))


def command(words: tuple[str, ...]) -> str:
    """The command as it is typed."""
    quoted = (f'"{word}"' if " " in word else word for word in words)
    return " ".join(["countermand", *quoted])


def final(line: str) -> str | None:
    """What is left of a line that was drawn again and again; None if nothing is."""
    parts = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", part) for part in REDRAWN.split(line)]
    drawn = [part.rstrip() for part in parts if part.strip()]
    return drawn[-1] if drawn else (None if len(parts) > 1 else "")
