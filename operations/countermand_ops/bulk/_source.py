"""The rows of a file: CSV, or JSON Lines. One row is in memory at a time."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from attrs import frozen

from countermand_ops.bulk._errors import BulkError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_LINE: Final = 1024 * 1024
"""Bytes of a line of JSON."""
FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS: Final = "save it as 'CSV UTF-8 (comma delimited)'"


@frozen
class RawRow:
    """A row as it stands in the file.

    Attributes:
        line: The number of the line on which it begins.
        texts: Its values by column; a column without a value is not there.
    """

    line: int
    texts: dict[str, str]


@frozen
class Source:
    """A file of rows.

    Attributes:
        file: Its path.
        format: `csv` or `jsonl`.
        columns: The columns of a CSV file, in their order; empty for JSON Lines.
        has_mark: Whether it begins with a byte order mark, as Excel wants it.
        sha256: The hash of its bytes.
    """

    file: Path
    format: str
    columns: tuple[str, ...]
    has_mark: bool
    sha256: str

    def rows(self) -> Iterator[RawRow | Fault]:
        """The rows, and what is wrong with lines that are none."""
        if self.format == "csv":
            with _open_csv(self.file) as text:
                yield from _csv_rows(text, self.columns)
        else:
            with self.file.open("rb") as lines:
                yield from _json_rows(iter(lambda: lines.readline(MAX_LINE + 1), b""))


def open_source(file: Path) -> Source:
    """Look at the beginning of a file.

    Raises:
        BulkError: it cannot be read, or is neither CSV nor JSON Lines.
    """
    kind = FORMATS.get(file.suffix.lower())
    if kind is None:
        raise BulkError(f"{file} must be CSV or JSON Lines; name it .csv or .jsonl")
    try:
        with file.open("rb") as content:
            beginning = content.read(4)
            content.seek(0)
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as failed:
        raise BulkError(f"{file} cannot be read: {failed.strerror}") from None
    if beginning.startswith(UTF_16):
        raise BulkError(f"{file} is UTF-16; {SAVE_AS}")
    columns = _columns(file) if kind == "csv" else ()
    return Source(file, kind, columns, beginning.startswith(codecs.BOM_UTF8), digest)


def _open_csv(file: Path) -> TextIO:
    # Bytes that are no UTF-8 become surrogates, so that the lines that have them can be named.
    return file.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _columns(file: Path) -> tuple[str, ...]:
    with _open_csv(file) as text:
        try:
            names = tuple(name.strip() for name in next(csv.reader(text, strict=True), ()))
        except csv.Error as wrong:
            raise BulkError(f"{file}, line 1: is no CSV: {wrong}") from None
    if not any(names):
        raise BulkError(f"{file}, line 1: must name the columns, such as provider,payment_id")
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise BulkError(f"{file}, line 1: commas must separate the columns; {SAVE_AS}")
    if any(_has_surrogate(name) for name in names):
        raise BulkError(f"{file}, line 1: is not UTF-8; {SAVE_AS}")
    # Spreadsheets write columns without a name.
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise BulkError(f"{file}, line 1: names a column twice: {', '.join(repeated)}")
    return names


def _csv_rows(text: Iterable[str], columns: tuple[str, ...]) -> Iterator[RawRow | Fault]:
    reader = csv.reader(text, strict=True)
    next(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as wrong:
            yield Fault(line, f"is no CSV, and nothing after it was read: {wrong}")
            return
        if cells is None:
            return
        if any(cells):
            yield _csv_row(line, columns, cells)


def _csv_row(line: int, columns: tuple[str, ...], cells: list[str]) -> RawRow | Fault:
    if len(cells) != len(columns):
        return Fault(
            line,
            f"has {len(cells)} cells, and line 1 names {len(columns)} columns; quote a cell that "
            "holds a comma",
        )
    if any(_has_surrogate(cell) for cell in cells):
        return Fault(line, f"is not UTF-8; {SAVE_AS}")
    stripped = [cell.strip() for cell in cells]
    if any(cell and not name for name, cell in zip(columns, stripped, strict=True)):
        return Fault(line, "has a value in a column without a name; name the column in line 1")
    return RawRow(line, {name: cell for name, cell in zip(columns, stripped, strict=True) if cell})


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text)


def _json_rows(lines: Iterable[bytes]) -> Iterator[RawRow | Fault]:
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            yield Fault(number, f"is longer than {MAX_LINE} bytes; nothing after it was read")
            return
        text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if not text.strip():
            continue
        try:
            yield RawRow(number, _texts(_loaded(text)))
        except UnicodeDecodeError:
            yield Fault(number, "is not UTF-8")
        except (ValueError, RecursionError) as wrong:
            yield Fault(number, f'must be an object such as {{"payment_id": "s-pay-1"}}: {wrong}')


def _loaded(text: bytes) -> object:
    # Numbers stay texts: a float would not be exact.
    return json.loads(
        text.decode(),
        parse_int=str,
        parse_float=str,
        parse_constant=_no_number,
        object_pairs_hook=_members,
    )


def _no_number(name: str) -> str:
    raise ValueError(f"{name} is no number")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"{name!r} stands twice")
        # A million rows have the same few names.
        members[sys.intern(name)] = value
    return members


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("it is none")  # noqa: TRY004 - a fault of the file
    texts: dict[str, str] = {}
    for name, entry in cast("dict[str, object]", value).items():
        if _has_surrogate(name):
            raise ValueError(f"{name!r} holds half a character")
        match entry:
            case None | "":
                pass
            case bool():
                texts[name] = "true" if entry else "false"
            case str() if _has_surrogate(entry):
                raise ValueError(f"{name} holds half a character")
            case str():
                texts[name] = entry
            case _:
                raise ValueError(f"{name} must be a text, a number, true, false or null")
    return texts
