"""What commands print: JSON or text on standard output, errors and notes on standard error.

There are no colours where NO_COLOR is set or the stream is no terminal. What cannot be written to
standard output goes to standard error: the money may have moved.
"""

from __future__ import annotations

import codecs
import json
import sys
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from countermand import CountermandError
from countermand._values import to_json
from countermand.provider import BaseCancellation
from countermand_ops.cli._terminal import give_up
from countermand_ops.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STYLES: Final = {
    ExitCode.CANCELLED: "green",
    ExitCode.ACCEPTED: "yellow",
    ExitCode.UNKNOWN: "bold yellow",
}
"""The other codes are red."""

Facts = tuple[tuple[str, object], ...]
"""Names and values; a value that is None or empty is not shown."""


@attrs.frozen
class Output:
    """Where a command prints.

    Attributes:
        as_json: Whether standard output gets JSON in place of text.
    """

    as_json: bool

    def result(
        self, document: object, title: str, facts: Facts = (), code: ExitCode = ExitCode.CANCELLED
    ) -> None:
        """Print a result: its JSON, or a title in the colour of its exit code and facts."""
        style = STYLES.get(code, "red")

        def write(stream: TextIO) -> None:
            if self.as_json:
                _write_json(document, stream)
            else:
                _print(stream, title, facts, style)

        try:
            write(sys.stdout)
        except BrokenPipeError:
            # The reader has enough. The command goes on to its end, and keeps its exit code.
            give_up(sys.stdout)
        except OSError as failed:
            give_up(sys.stdout)
            self.note(f"Standard output cannot be written: {failed.strerror}")
            with suppress(OSError):
                write(sys.stderr)

    def failure(self, error: BaseException, text: str, code: ExitCode) -> None:
        """Print an error: its JSON on standard output, or a text on standard error."""
        if self.as_json:
            self.result(error_document(error), text, code=code)
            return
        with suppress(OSError):
            _print(sys.stderr, text, (), STYLES.get(code, "red"))

    def note(self, title: str, facts: Facts = ()) -> None:
        """Print on standard error, for the person at the terminal."""
        with suppress(OSError):
            _print(sys.stderr, title, facts, "bold")

    def rows(self, columns: Sequence[str], rows: Iterable[tuple[object, Sequence[object]]]) -> None:
        """Print a list: one JSON document per line, a table, or lines with tabs.

        Args:
            columns: The titles of the table.
            rows: The document and the cells of each row.
        """
        try:
            self._write_rows(columns, rows)
        except OSError:
            give_up(sys.stdout)
            raise

    def _write_rows(
        self, columns: Sequence[str], rows: Iterable[tuple[object, Sequence[object]]]
    ) -> None:
        console = console_of(sys.stdout)
        if self.as_json:
            for document, _ in rows:
                _write_json(document, sys.stdout)
        elif console.is_terminal:
            table = Table(*columns, box=None, header_style="bold", pad_edge=False)
            for _, cells in rows:
                table.add_row(*(Text(shown(cell), overflow="fold") for cell in cells))
            if table.row_count:
                console.print(table)
        else:
            # Complete and easy to cut: a table without a terminal would be as wide as it likes.
            for _, cells in rows:
                sys.stdout.write("\t".join(shown(cell) for cell in cells) + "\n")
            sys.stdout.flush()


def shown(value: object) -> str:
    """A value as text. No control character of it reaches the terminal."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            characters = str(value)
            return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in characters)


def to_document(value: object) -> Any:
    """A value as JSON types: times in ISO 8601, attrs classes as objects."""
    match value:
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return [to_document(each) for each in cast("Sequence[object]", value)]
        case dict():
            entries = cast("Mapping[str, object]", value)
            return {name: to_document(entry) for name, entry in entries.items()}
        case BaseCancellation():
            return to_json(value)
        case _ if attrs.has(type(value)):
            names = (field.name for field in attrs.fields(cast("type[Any]", type(value))))
            return {name: to_document(getattr(value, name)) for name in names}
        case _:
            return to_json(value)


def error_document(error: BaseException) -> dict[str, Any]:
    """An error as JSON types: `error` is the name of its class, `message` its text."""
    if isinstance(error, CountermandError):
        return error.to_dict()
    cause = error.__cause__
    document: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    return document | ({"cause": cause.to_dict()} if isinstance(cause, CountermandError) else {})


class QuietConsole(Console):
    """A console without an own way to end the program."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command."""
        raise BrokenPipeError


def console_of(stream: TextIO) -> Console:
    """A console that is a terminal only if its stream is one, whatever the environment says."""
    return QuietConsole(file=stream, force_terminal=stream.isatty())


def _write_json(document: object, stream: TextIO) -> None:
    # An escape of ours, as in \\xe9, would be no JSON.
    has_all = codecs.lookup(stream.encoding or "utf-8").name == "utf-8"
    stream.write(json.dumps(to_document(document), ensure_ascii=not has_all) + "\n")
    stream.flush()


def _print(stream: TextIO, title: str, facts: Facts, style: str) -> None:
    console = console_of(stream)
    console.print(Text(_lines(title), style=style), soft_wrap=True)
    visible = [(name, shown(value)) for name, value in facts if value not in (None, "", [])]
    width = max((len(name) for name, _ in visible), default=0)
    for name, value in visible:
        console.print(Text(f"  {name:<{width}}  ").append(value), soft_wrap=True, highlight=False)


def _lines(text: str) -> str:
    return "\n".join(shown(line) for line in text.splitlines())
