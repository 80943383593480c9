"""What gateways did to the suite's cancels, as one table. Pure."""

from collections import Counter
from collections.abc import Sequence

from tests.conformance.cases import Observation
from tests.conformance.judging import doubles, wrong_verdicts
from tests.conformance.running import Result

SCENARIOS = frozenset({23, 24, 25})
COLUMNS = (
    "cells",
    "calls",
    "double",
    "wrong",
    "trusted",
    "twice",
    "cancelled",
    "unknown",
    "not cancelled",
    "falsely",
)
LEGEND = """\
double: executed again, and no rule allows it; wrong: a verdict that is false, or not the table's
trusted: an answer that HTTP or the provider's own document makes credible, although it was false;
twice: of these, executed again, which is what that trust costs
cancelled, unknown, not cancelled: how the first call ended; falsely: executed, and not trusted"""


def gateways(results: Sequence[Result]) -> str:
    """By provider: cells, executions too many, false verdicts, and how the first calls ended."""
    counts: dict[str, Counter[str]] = {}
    for result in results:
        if result.case.scenario in SCENARIOS:
            for seen in result.observations:
                counts.setdefault(seen.api, Counter()).update(_facts(seen))
    if not counts:
        return ""
    head = f"{'gateways':<14}" + "".join(f"{name:>15}" for name in COLUMNS)
    lines = [_line(api, counts[api]) for api in sorted(counts)]
    whole = _line("all", sum(counts.values(), Counter()))
    return "\n".join((head, *lines, whole, LEGEND))


def _line(name: str, counts: Counter[str]) -> str:
    return f"{name:<14}" + "".join(f"{counts[column]:>15}" for column in COLUMNS)


def _facts(seen: Observation) -> Counter[str]:
    first = seen.calls[0] if seen.calls else None
    refused = first is not None and first.refused
    return Counter(
        {
            "cells": 1,
            "calls": len(seen.calls),
            "double": bool(doubles(seen)),
            "wrong": bool(wrong_verdicts(seen)),
            "trusted": seen.trusted is not None,
            "twice": seen.trusted is not None and seen.executions > 1,
            "cancelled": first is not None and first.verdict == "Receipt",
            "unknown": first is not None and first.unknown,
            "not cancelled": refused,
            "falsely": refused and seen.trusted is None and seen.calls[0].until > 0,
        }
    )
