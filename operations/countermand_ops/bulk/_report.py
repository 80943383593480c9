"""The report: the rows of the input in their order and form, with what came of each."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from countermand_ops.bulk._plan import replacing
from countermand_ops.bulk._results import NOT_TRIED, RowResult
from countermand_ops.bulk._rows import RESULTS
from countermand_ops.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from countermand_ops.bulk._plan import Plan
    from countermand_ops.bulk._progress import Progress

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take a cell that begins so for a formula."""
UNTRIED: Final = RowResult(outcome=NOT_TRIED, code=ExitCode.CANCELLED, is_final=False)


def write_report(plan: Plan, progress: Progress, file: Path) -> None:
    """Write the report.

    Raises:
        OSError: it cannot be written.
    """
    with replacing(file) as written:
        for line in (
            _csv(plan, progress) if plan.source["format"] == "csv" else _json(plan, progress)
        ):
            written.write(line.encode())


def _rows(plan: Plan, progress: Progress) -> Iterator[dict[str, Any]]:
    for row in plan.lines():
        result = progress.get(row.number) or UNTRIED
        yield {**row.texts, "key": row.key, **result.to_dict()}


def _json(plan: Plan, progress: Progress) -> Iterator[str]:
    for row in _rows(plan, progress):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _csv(plan: Plan, progress: Progress) -> Iterator[str]:
    given = [each for each in plan.source["columns"] if each not in RESULTS]
    columns = [*given, *([] if "key" in given else ["key"]), *RESULTS]
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: list[Any]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
        return buffer.getvalue()

    mark = "\ufeff" if plan.source["byte_order_mark"] else ""
    yield mark + line(columns)
    for row in _rows(plan, progress):
        given_cells = [row.get(name) for name in columns[: -len(RESULTS)]]
        yield line(given_cells + [harmless(row[name]) for name in RESULTS])


def harmless(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before it.

    Providers' texts may hold anything.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
