"""The demo's table, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from countermand.errors import Advice, CountermandError, NotCancelled, OutcomeUnknown
from countermand.receipt import Evidence, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEADINGS: Final = (
    "action",
    "problem",
    "requests",
    "executed",
    "result",
)
LEGEND: Final = """\
requests  counted by the proxy in front of the providers
executed  counted by the providers: how often the cancel was executed
receipt   proof ("accepted": the provider has not finished). A request was repeated only where a
          repeat is harmless. "read back" means that the payment was read instead, at Unzer itself
          and for PACE Fueling at PACE Pay
unknown   no proof: at Bento a repeat might refund a second time, and the read shows a refund that
          is not finished. The error contains the key, every attempt and the next safe step"""

_NEXT: Final = {
    Advice.REPEAT: "cancel again",
    Advice.READ: "read the payment",
    Advice.ASK: "ask the provider",
}


@attrs.frozen(kw_only=True)
class Row:
    """One cancel: its scenario, the counts of proxy and providers, and its result."""

    action: str
    problem: str
    requests: int
    executed: int
    result: Receipt | CountermandError
    expected: str
    """The result that the scenario tells, in the words of `describe`."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of the row in the table."""
        return (
            self.action,
            self.problem,
            str(self.requests),
            str(self.executed),
            describe(self.result),
        )

    @property
    def comparable(self) -> tuple[str, int, int, str]:
        """The part of the row that must be equal for both clients; without generated ids."""
        kind = self.result.outcome if isinstance(self.result, Receipt) else _name(self.result)
        return self.action, self.requests, self.executed, kind

    @property
    def contradiction(self) -> str | None:
        """How the result contradicts the providers' count or its scenario, or None."""
        if self.executed > 1:
            return f"executed {self.executed} times"
        if isinstance(self.result, Receipt) and self.executed != 1:
            return "a receipt for something that was not executed"
        if isinstance(self.result, NotCancelled) and self.executed != 0:
            return "an error that says not cancelled, but it was executed"
        if self.executed != 1:
            return "not executed"
        if (shown := describe(self.result)) != self.expected:
            return f"{shown!r} instead of {self.expected!r}"
        return None


def describe(result: Receipt | CountermandError) -> str:
    """Return a receipt or an error in a few words."""
    if isinstance(result, Receipt):
        read_back = ", read back" if result.evidence is Evidence.READ_BACK else ""
        return f"receipt: {result.outcome}{read_back}"
    if isinstance(result, OutcomeUnknown):
        return f"unknown: {_NEXT[result.advice]}"
    return f"error: {_name(result)}"


def table(rows: Iterable[Row]) -> str:
    """Return the table with its headings; columns are as wide as their cells."""
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(cells, widths) for cells in (HEADINGS, rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (
        cell.rjust(width) if cell.isdecimal() else cell.ljust(width)
        for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(aligned).rstrip()


def _name(result: CountermandError) -> str:
    return type(result).__name__
