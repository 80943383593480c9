"""Tables for people, the comparison with the committed one, and the page's part. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.ratios import Spread, ratio, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.figures import Figure
    from benchmarks.races import Run

TOLERANCE: Final = 0.15
"""By how much a figure may be worse than in the committed table."""

BEGIN: Final = "<!-- begin: written by nox -s bench -- --write -->"
BEGIN_LEDGER: Final = "<!-- begin: written by nox -s bench -- ledger --write -->"
END: Final = "<!-- end -->"


def number(value: float) -> str:
    """Two decimals below 10, otherwise one."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004


def shown(value: Spread) -> str:
    """A median, with its quartiles where they differ."""
    if value.low == value.high:
        return number(value.median)
    return f"{number(value.median)} ({number(value.low)} to {number(value.high)})"


def figures_table(figures: Iterable[Figure]) -> str:
    """The figures with their goals."""
    lines = ["| figure | goal | measured | | before |", "|---|---|---|---|---|"]
    for each in figures:
        goal = met = "n/a"
        if each.goal is not None:
            goal = f"≤ {each.goal:g}"
            met = "met" if each.value.median <= each.goal else "**not met**"
        cells = [each.name, goal, shown(each.value), met, each.before]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def race_table(run: Run) -> str:
    """Every client of a race beside the baseline."""
    race = run.race
    lines = [
        f"| {race.name} | CPU ÷ {race.baseline} | wall ÷ the same | p50, ms | p99 ÷ p50 | errors |",
        "|---|---|---|---|---|---|",
    ]
    for name in run.rounds:
        cpu, wall = (
            shown(ratio(run.values(name, metric), run.values(race.baseline, metric)))
            for metric in ("cpu", "wall")
        )
        answered = [batch for batch in run.rounds[name] if batch["p50"]]
        p50 = p99 = "n/a"
        if answered:
            p50 = number(spread([batch["p50"] for batch in answered]).median * 1000)
            p99 = number(spread([batch["p99"] / batch["p50"] for batch in answered]).median)
        lines.append(f"| {name} | {cpu} | {wall} | {p50} | {p99} | {run.errors(name)} |")
    lines += [f"| {name} | not measured: {why} | | | | |" for name, why in run.missing.items()]
    return "\n".join(lines)


def worsened(
    measured: Mapping[str, float], committed: Mapping[str, float], tolerance: float = TOLERANCE
) -> dict[str, str]:
    """What is worse than in the committed table, by name, with both values.

    A committed figure that was not measured counts as worse: a check that is gone must not pass.
    """
    found = {}
    for name, value in committed.items():
        if name not in measured:
            found[name] = f"was not measured; the table has {number(value)}"
        elif measured[name] > value * (1 + tolerance):
            found[name] = f"{number(measured[name])}; the table has {number(value)}"
    return found


def twice(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """What was worse both times."""
    return {name: f"{first[name]}, then {second[name]}" for name in first if name in second}


def into_page(page: str, part: str, marker: str = BEGIN) -> str:
    """The page with the part between a marker and the next end replaced.

    Raises:
        ValueError: the page has no such markers.
    """
    before, begin, rest = page.partition(marker)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {marker} or {END}")
    return f"{before}{marker}\n\n{part.strip()}\n\n{END}{after}"


def middle(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over several measurements."""
    return {
        name: spread([table[name] for table in tables if name in table]).median
        for name in tables[0]
    }
