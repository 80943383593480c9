"""The figures that have a goal, from what was measured. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from benchmarks.ratios import Spread, ratio, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from benchmarks.instructions import Counted
    from benchmarks.memory import LongRun, Memory
    from benchmarks.races import Run

STARTS: Final = "starts"
MEMORY: Final = "memory"
INSTRUCTIONS: Final = "instructions"
OURS: Final = "countermand"
UNKNOWN: Final = "n/a"


@frozen(kw_only=True)
class Figure:
    """One line of the table; less is better in all of them.

    Attributes:
        name: Its name, also in table.json.
        value: What was measured.
        goal: The most that it should be; None for one that is only compared.
        before: The value of the earlier client, on httpx with kept connections (decision 22).
        gated: Whether the short form compares it with table.json. What a busy moment or another
            day changes much is told and not gated: shares of slow calls, the CPU of an import
            and of one task at a time, and ratios to kept connections, which need no system calls to
            connect.
        source: The race or the measurement that it comes from, to be repeated.
    """

    name: str
    value: Spread
    goal: float | None
    source: str
    before: str = UNKNOWN
    gated: bool = True


@frozen(kw_only=True)
class _Ratio:
    name: str
    race: str
    baseline: str
    goal: float | None
    before: str = UNKNOWN
    gated: bool = True


RATIOS: Final = (
    _Ratio(
        name="sync cancel, plain: CPU ÷ httpx, kept connection",
        race="sync, plain",
        baseline="httpx, kept connection",
        goal=0.75,
        before="1.40",
        gated=False,
    ),
    _Ratio(
        name="sync cancel, plain: CPU ÷ httpx, fresh connection",
        race="sync, plain",
        baseline="httpx, fresh connection",
        goal=0.60,
        before="1.24",
    ),
    _Ratio(
        name="sync cancel, TLS: CPU ÷ httpx, fresh connection",
        race="sync, TLS",
        baseline="httpx, fresh connection",
        goal=0.90,
    ),
    _Ratio(
        name="async, 1 at a time: CPU ÷ httpx async, kept connections",
        race="async, 1 at a time",
        baseline="httpx async, kept connections",
        goal=0.60,
        before="1.4",
        gated=False,
    ),
    _Ratio(
        name="async, 1 at a time: CPU ÷ httpx, blocking, fresh connection",
        race="async, 1 at a time",
        baseline="httpx, fresh connection",
        goal=None,
        gated=False,
    ),
    _Ratio(
        name="async, 50 at a time: CPU ÷ httpx async, kept connections",
        race="async, 50 at a time",
        baseline="httpx async, kept connections",
        goal=0.25,
        before="1.1",
        gated=False,
    ),
    _Ratio(
        name="async, 50 at a time: CPU ÷ httpx, blocking, fresh connection",
        race="async, 50 at a time",
        baseline="httpx, fresh connection",
        goal=None,
    ),
)
CROWDS: Final = (
    ("async, 50 at a time", 2.0, "6", UNKNOWN),
    ("async, 1,000 at a time", 3.0, UNKNOWN, "half fail on a busy machine"),
)
"""Race, goal of p99 ÷ p50, and what it and the errors were before."""


def of_races(runs: Mapping[str, Run]) -> Iterator[Figure]:
    """The figures of those races that were run."""
    for each in RATIOS:
        if each.race in runs:
            run = runs[each.race]
            value = ratio(run.values(OURS, "cpu"), run.values(each.baseline, "cpu"))
            yield Figure(
                name=each.name,
                value=value,
                goal=each.goal,
                before=each.before,
                gated=each.gated,
                source=each.race,
            )
    for race, goal, slow, errors in CROWDS:
        if race in runs:
            yield from _of_crowd(runs[race], goal, slow, errors)


def _of_crowd(run: Run, goal: float, slow: str, errors: str) -> Iterator[Figure]:
    failed, race = float(run.errors(OURS)), run.race.name
    yield Figure(
        name=f"{race}: errors",
        value=Spread(failed, failed, failed),
        goal=0.0,
        before=errors,
        source=race,
    )
    # A batch in which every call failed has no latencies.
    answered = [batch for batch in run.rounds[OURS] if batch["p50"]]
    if answered:
        value = spread([batch["p99"] / batch["p50"] for batch in answered])
        yield Figure(
            name=f"{race}: p99 ÷ p50",
            value=value,
            goal=goal,
            before=slow,
            gated=False,
            source=race,
        )


def of_starts(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Figure]:
    """Import and first client."""

    def cpu(name: str) -> list[float]:
        return [each["cpu"] for each in found[name]]

    base = cpu("import httpx")
    yield Figure(
        name="import and first client: CPU ÷ `import httpx`",
        value=ratio(cpu("countermand, first client"), base),
        goal=0.8,
        before="2.7",
        gated=False,
        source=STARTS,
    )
    yield Figure(
        name="import and first client, without TLS: CPU ÷ `import httpx`",
        value=ratio(cpu("countermand, first client, without TLS"), base),
        goal=0.8,
        gated=False,
        source=STARTS,
    )
    resident = [each["resident"] for each in found["countermand, first client"]]
    if None not in resident:
        yield Figure(
            name="RSS after import and first client, MB",
            value=spread(resident).scaled(1e-6),
            goal=25.0,
            before="31.9",
            source=STARTS,
        )


def of_memory(found: Memory) -> Iterator[Figure]:
    """Bytes by tracemalloc."""
    crowd, key = found.call_in_crowd / 1024, found.remembered_key / 1000
    yield Figure(
        name="async, 1,000 at a time: KiB a call",
        value=Spread(crowd, crowd, crowd),
        goal=20.0,
        source=MEMORY,
    )
    yield Figure(
        name="memory per remembered key, kB",
        value=Spread(key, key, key),
        goal=1.0,
        before="7.2",
        source=MEMORY,
    )


def of_instructions(counted: Counted) -> Iterator[Figure]:
    """Instructions of both clients and of their import, where they can be counted."""
    asynchronous = f"{OURS}, async"
    yield from _counted(
        counted.calls,
        "httpx, fresh connection",
        {
            OURS: "sync cancel, plain: instructions ÷ httpx, fresh connection",
            asynchronous: "async, 1 at a time: instructions ÷ httpx, blocking, fresh connection",
        },
    )
    first = "import and first client"
    yield from _counted(
        counted.starts,
        "import httpx",
        {
            f"{OURS}, first client": f"{first}: instructions ÷ `import httpx`",
            f"{OURS}, first client, without TLS": (
                f"{first}, without TLS: instructions ÷ `import httpx`"
            ),
        },
    )


def _counted(
    counts: Mapping[str, float], baseline: str, names: Mapping[str, str]
) -> Iterator[Figure]:
    for what, name in names.items():
        if baseline in counts and what in counts:
            value = counts[what] / counts[baseline]
            yield Figure(
                name=name, value=Spread(value, value, value), goal=None, source=INSTRUCTIONS
            )


def of_long_run(found: LongRun) -> Iterator[Figure]:
    """100,000 cancels in one client."""
    growth = found.memory_growth / 1e6
    yield Figure(
        name="100,000 cancels: CPU at the end ÷ at the start",
        value=Spread(found.cpu_growth, found.cpu_growth, found.cpu_growth),
        goal=1.05,
        gated=False,
        source="long run",
    )
    yield Figure(
        name="100,000 cancels: MB gained after the first 20,000",
        value=Spread(growth, growth, growth),
        goal=2.0,
        gated=False,
        source="long run",
    )
