"""The judge of the long runs finds what is wrong, and lets pass what is right."""

from __future__ import annotations

from typing import Any

from countermand.sandbox import Execution
from tests.bulk.judging import growth, problems
from tests.bulk.program import Cost

HANDLES = ["vtex:1", "unzer:2"]


def row(provider: str, **facts: str) -> dict[str, str]:
    """A row of a report."""
    usual = {"outcome": "cancelled", "evidence": "reply", "attempts": "1", "reference": "c-1"}
    return {"provider": provider, **usual, **facts}


def execution(handle: str, reference: str = "c-1") -> Execution:
    """An executed cancel."""
    return Execution(
        sequence=1, api="x", operation_id="x", payment=handle, identifiers={}, reference=reference
    )


ROWS = [row("vtex"), row("unzer")]
EXECUTED = [execution(each) for each in HANDLES]


def judged(rows: list[dict[str, str]], executed: list[Any]) -> list[str]:
    """What the judge says of a report, beside that of an undisturbed run."""
    return [*problems(rows, ROWS, HANDLES, executed)]


def test_an_equal_report_is_right() -> None:
    """Unzer's cancel may have been read back, where its answer was lost with the process."""
    assert not judged(ROWS, EXECUTED)
    read_back = row("unzer", evidence="read back", attempts="2")
    assert not judged([ROWS[0], read_back], EXECUTED)


def test_everything_else_is_wrong() -> None:
    """Twice, never, another outcome, another reference, or a row too few."""
    assert judged(ROWS, [*EXECUTED, EXECUTED[0]]) == ["row 1: executed 2 times"]
    assert judged(ROWS, EXECUTED[:1]) == [
        "row 2: executed 0 times",
        "row 2: the reference is 'c-1'",
    ]
    assert judged([row("vtex", evidence="ledger"), ROWS[1]], EXECUTED) == [
        "row 1: evidence is 'ledger', not 'reply'"
    ]
    assert judged([ROWS[0], row("unzer", outcome="unknown")], EXECUTED) == [
        "row 2: outcome is 'unknown', not 'cancelled'"
    ]
    assert judged(ROWS[:1], EXECUTED) == ["1 rows, not 2"]


def test_costs_must_be_flat() -> None:
    """Memory within a tenth of that of the smallest run, CPU time in proportion to the rows."""
    flat = {1000: Cost(0, 3.0, 60.0), 10_000: Cost(0, 21.0, 65.0), 100_000: Cost(0, 200.0, 54.5)}
    assert not [*growth(flat)]
    grown = flat | {100_000: Cost(0, 300.0, 70.0)}
    assert [*growth(grown)] == [
        "memory at 100000 rows is 1.17 times that at 1000",
        "CPU per row grows from 2.00 to 3.10 ms",
    ]
