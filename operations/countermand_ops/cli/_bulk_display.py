"""How a long run is shown: a bar at a terminal, else a line from time to time."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, Self

from countermand_ops.cli._output import console_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.progress import Progress

    from countermand_ops.cli._output import Output

BAR_EVERY: Final = 0.2
LINE_EVERY: Final = 10.0
"""Seconds."""


class Display:
    """Shows how far a run is, on standard error.

    Args:
        output: Where lines go without a terminal.
        describe: Gives the text for a time of the monotonic clock.
        total: Rows; None if that is not known.
    """

    def __init__(
        self, output: Output, describe: Callable[[float], str], total: int | None = None
    ) -> None:
        self._output, self._describe = output, describe
        console = console_of(sys.stderr)
        self._bar: Progress | None = None
        if console.is_terminal:
            # Not above: it would cost each start of a command 60 ms.
            from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

            columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}% {task.description}"))
            self._bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
            self._task = self._bar.add_task("", total=total)
        self._next = time.monotonic() + (LINE_EVERY if self._bar is None else 0.0)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: int, *, last: bool = False) -> None:
        """Show how far it is, if it is time for that; at the end the bar is always full."""
        now = time.monotonic()
        if now < self._next and not (last and self._bar is not None):
            return
        text = self._describe(now)
        if self._bar is None:
            self._output.note(text)
            self._next = now + LINE_EVERY
        else:
            self._bar.update(self._task, completed=done, description=text, refresh=True)
            self._next = now + BAR_EVERY

    def note(self, text: str) -> None:
        """Say something beside it."""
        self._output.note(text)
