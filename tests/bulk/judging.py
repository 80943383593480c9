"""What is wrong with a report, and with costs. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from countermand.sandbox import Execution
    from tests.bulk.program import Cost

TOLERANCE: Final = 0.1
SEEN_LATER: Final = {"evidence", "attempts"}
"""Where an answer was lost with the process, Unzer's cancel is read back. The other two providers
answer a repeat as they did before."""


def problems(
    report: Iterable[Mapping[str, str]],
    undisturbed: Iterable[Mapping[str, str]],
    handles: Sequence[str],
    executions: Iterable[Execution],
) -> Iterator[str]:
    """Whatever is not as it must be.

    Args:
        report: The report of the run that was killed.
        undisturbed: The report of a run that was not.
        handles: The payments, in the order of the rows.
        executions: What the providers have executed.
    """
    found = [*executions]
    counts = Counter(each.payment for each in found)
    references = {each.payment: each.reference or "" for each in found}
    expected = [*undisturbed]
    rows = [*report]
    if len(rows) != len(expected):
        yield f"{len(rows)} rows, not {len(expected)}"
    for number, (row, other, handle) in enumerate(zip(rows, expected, handles, strict=False), 1):
        if counts[handle] != 1:
            yield f"row {number}: executed {counts[handle]} times"
        if row["reference"] != references.get(handle, ""):
            yield f"row {number}: the reference is {row['reference']!r}"
        # Another sandbox has another address, and keys are made of the server, too.
        left_out = {"key", "reference"} | (SEEN_LATER if row["provider"] == "unzer" else set[str]())
        for name in row.keys() - left_out:
            if row[name] != other[name]:
                yield f"row {number}: {name} is {row[name]!r}, not {other[name]!r}"


def growth(costs: Mapping[int, Cost]) -> Iterator[str]:
    """Where memory, or CPU time per row, is not flat from the smallest to the largest number."""
    sizes = sorted(costs)
    smallest = costs[sizes[0]]
    for size in sizes[1:]:
        ratio = costs[size].memory / smallest.memory
        if abs(ratio - 1) > TOLERANCE:
            yield f"memory at {size} rows is {ratio:.2f} times that at {sizes[0]}"
    if len(sizes) > 2:
        # Starting costs as much at any size; so the growth between sizes is compared.
        middle, largest = sizes[-2], sizes[-1]
        first = (costs[middle].cpu - smallest.cpu) / (middle - sizes[0])
        second = (costs[largest].cpu - costs[middle].cpu) / (largest - middle)
        if second > first * (1 + TOLERANCE):
            yield f"CPU per row grows from {first * 1000:.2f} to {second * 1000:.2f} ms"
