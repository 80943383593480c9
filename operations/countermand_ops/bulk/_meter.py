"""How a run goes: numbers for a progress bar, and a line of text. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from countermand.receipt import Outcome
from countermand_ops.bulk._money import EXACT
from countermand_ops.exit_codes import ExitCode, worst

if TYPE_CHECKING:
    from countermand_ops.bulk._money import Money
    from countermand_ops.bulk._results import RowResult

SMOOTHING: Final = 10.0
"""Seconds over which the rate is smoothed."""
SUCCESSES: Final = frozenset({ExitCode.CANCELLED, ExitCode.ACCEPTED})


@define
class Meter:
    """The numbers of a run.

    Attributes:
        total: Rows of the plan.
        done: Rows that have a result.
        earlier: Those of them that had their end before this run.
        failures: Rows of this run that were neither cancelled nor accepted.
        retries: Requests that were sent again.
        outcomes: Rows by outcome.
        money: Sums that were cancelled or accepted, by currency. A payment that was cancelled
            before adds nothing.
        unknown_money: Rows that were cancelled or accepted, and whose amount is not known.
        errors: Rows by the name of the error.
    """

    total: int
    done: int = 0
    earlier: int = 0
    failures: int = 0
    retries: int = 0
    outcomes: Counter[str] = field(factory=Counter[str])
    errors: Counter[str] = field(factory=Counter[str])
    money: defaultdict[str, Decimal] = field(factory=lambda: defaultdict[str, Decimal](Decimal))
    unknown_money: int = 0
    _codes: set[ExitCode] = field(factory=set[ExitCode])
    _seen_at: float | None = None
    _seen: int = 0
    _rate: float = 0.0

    def add(self, result: RowResult, money: Money, *, earlier: bool = False) -> None:
        """Count a row."""
        self.done += 1
        self.earlier += earlier
        self.outcomes[result.outcome] += 1
        self._codes.add(result.code)
        if result.error is not None:
            self.errors[result.error] += 1
        if result.code not in SUCCESSES:
            self.failures += not earlier
        elif result.outcome == Outcome.ALREADY_CANCELLED:
            # Nothing was left to cancel, whatever the row asks for.
            pass
        elif money.currency is None or money.amount is None:
            self.unknown_money += 1
        else:
            self.money[money.currency] = EXACT.add(self.money[money.currency], money.amount)

    @property
    def code(self) -> ExitCode:
        """The exit code of all rows: the worst."""
        return worst(self._codes)

    def rate(self, now: float) -> float:
        """Rows per second, lately."""
        if self._seen_at is None:
            self._seen_at, self._seen = now, self.done
        elapsed = now - self._seen_at
        if elapsed > 0:
            current = (self.done - self._seen) / elapsed
            weight = min(1.0, elapsed / SMOOTHING) if self._rate else 1.0
            self._rate += weight * (current - self._rate)
            self._seen_at, self._seen = now, self.done
        return self._rate

    def describe(self, now: float) -> str:
        """A line of text: outcomes, retries, money, rate and time left."""
        rate = self.rate(now)
        parts = [f"{self.done:,} of {self.total:,} rows"]
        parts += [f"{count:,} {outcome}" for outcome, count in sorted(self.outcomes.items())]
        parts += [f"{self.retries:,} retries"] if self.retries else []
        parts += [f"{code} {total:,f}" for code, total in sorted(self.money.items())]
        if rate:
            left = (self.total - self.done) / rate
            parts += [f"{rate:,.0f}/s", f"{to_text(left)} left"]
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "rows": self.total,
            "done": self.done,
            "outcomes": dict(sorted(self.outcomes.items())),
            "errors": dict(sorted(self.errors.items())),
            "retries": self.retries,
            "amounts": {code: format(total, "f") for code, total in sorted(self.money.items())},
            "rows_without_amount": self.unknown_money,
        }


def to_text(seconds: float) -> str:
    """A span of time, for people: 1h 02m, 3m 20s, 45s."""
    whole = int(seconds)
    if whole >= 3600:  # noqa: PLR2004 - an hour
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 60}m {whole % 60:02}s" if whole >= 60 else f"{whole}s"  # noqa: PLR2004
