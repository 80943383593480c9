"""The demo's table: plain text for somebody who sees countermand for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from countermand.errors import Advice, CountermandError, NotCancelled, OutcomeUnknown
from countermand.receipt import Evidence, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEADINGS: Final = (
    "what was asked",
    "what went wrong",
    "requests",
    "executed",
    "what countermand says",
)
LEGEND: Final = """\
requests  counted by a proxy in front of the providers: what really went over the wire
executed  counted by the providers: how often money really moved
receipt   proof (accepted: the provider is still at work). A lost answer was asked for again only
          where a repeat does no harm; "looked up" means that the provider's own records were read:
          at Unzer instead of a repeat, at PACE Fueling because a repeat's 404 proves nothing
unknown   no proof, and no guess: Bento might refund a second time, and offers no way to look.
          The error that is raised holds the key, every attempt and the next safe step"""

_NEXT: Final = {
    Advice.REPEAT: "cancel again",
    Advice.READ: "look at the payment",
    Advice.ASK: "ask the provider",
}


@attrs.frozen(kw_only=True)
class Row:
    """One cancel: what was tried, what the proxy and the providers counted, and the verdict."""

    asked: str
    wrong: str
    requests: int
    executed: int
    result: Receipt | CountermandError

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as the table shows it."""
        return (
            self.asked,
            self.wrong,
            str(self.requests),
            str(self.executed),
            describe(self.result),
        )

    @property
    def gist(self) -> tuple[str, int, int, str]:
        """What must not depend on the client that was used, nor on an id the provider made up."""
        kind = self.result.outcome if isinstance(self.result, Receipt) else _name(self.result)
        return self.asked, self.requests, self.executed, kind

    @property
    def complaint(self) -> str | None:
        """What is wrong with this row where the providers' count contradicts it, else None."""
        if self.executed > 1:
            return f"executed {self.executed} times"
        if isinstance(self.result, Receipt) and self.executed != 1:
            return "a receipt for something that was not executed"
        if isinstance(self.result, NotCancelled) and self.executed != 0:
            return "called not cancelled, and yet it was executed"
        return None


def describe(result: Receipt | CountermandError) -> str:
    """A receipt or an error in a few words."""
    if isinstance(result, Receipt):
        looked_up = ", looked up" if result.evidence is Evidence.READ_BACK else ""
        return f"receipt: {result.outcome}{looked_up}"
    if isinstance(result, OutcomeUnknown):
        return f"unknown: {_NEXT[result.advice]}"
    return f"error: {_name(result)}"


def table(rows: Iterable[Row]) -> str:
    """The rows below their headings, in columns as wide as they need to be."""
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
