"""What a run writes: JSON, a Markdown table, the committed table, and the page's part."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict, field, frozen

from benchmarks.contenders import KEPT, ROOT
from benchmarks.instructions import Counted
from benchmarks.ratios import spread
from benchmarks.table import BEGIN, figures_table, into_page, number, race_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.figures import Figure
    from benchmarks.races import Run

TABLE: Final = Path(__file__).with_name("table.json")
PAGE: Final = ROOT / "docs" / "performance.md"


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "load": [round(each, 1) for each in os.getloadavg()],
    }


@frozen(kw_only=True)
class Report:
    """Everything that was measured."""

    figures: Sequence[Figure]
    runs: Mapping[str, Run]
    versions: Mapping[str, str]
    starts: Mapping[str, Sequence[Mapping[str, Any]]] = field(factory=dict)
    counted: Counted = field(factory=Counted)

    @property
    def gated(self) -> dict[str, float]:
        """The figures that are compared, by name."""
        return {each.name: each.value.median for each in self.figures if each.gated}

    def as_json(self) -> dict[str, Any]:
        """All of it, with every round."""
        return {
            "machine": machine(),
            "versions": dict(self.versions),
            "figures": [asdict(each) for each in self.figures],
            "races": {
                name: {"rounds": run.rounds, "missing": run.missing}
                for name, run in self.runs.items()
            },
            "starts": {name: list(rounds) for name, rounds in self.starts.items()},
            "instructions": asdict(self.counted),
        }

    def as_markdown(self) -> str:
        """The tables."""
        facts = machine()
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        parts = [
            f"Python {facts['python']} on {facts['system']}, {facts['cores']} cores; {versions}.",
            "Medians, with quartiles in brackets.",
            figures_table(self.figures),
            *(race_table(run) for run in self.runs.values()),
            self._starts(),
            self._instructions(),
        ]
        return "\n\n".join(part for part in parts if part)

    def _starts(self) -> str:
        if not self.starts:
            return ""
        lines = ["| fresh process | CPU, ms | RSS, MB |", "|---|---|---|"]
        for name, rounds in self.starts.items():
            cpu = number(spread([each["cpu"] for each in rounds]).median * 1000)
            resident = [each["resident"] for each in rounds]
            size = "n/a" if None in resident else number(spread(resident).median / 1e6)
            lines.append(f"| {name} | {cpu} | {size} |")
        return "\n".join(lines)

    def _instructions(self) -> str:
        calls = self.counted.calls
        if not self.counted.counter:
            return "Instructions: neither perf nor valgrind counts here."
        base = calls.get(KEPT.name)
        lines = [
            f"| instructions by {self.counted.counter}, plain | thousands a call | ÷ {KEPT.name} |",
            "|---|---|---|",
        ]
        for name, count in calls.items():
            against = number(count / base) if base else "n/a"
            lines.append(f"| {name} | {count / 1000:.0f} | {against} |")
        return "\n".join(lines)


def write(report: Report, folder: Path) -> None:
    """Write bench.json and bench.md."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.as_json(), indent=1, ensure_ascii=False)
    (folder / "bench.json").write_text(text + "\n", encoding="utf-8")
    (folder / "bench.md").write_text(report.as_markdown() + "\n", encoding="utf-8")


def write_page(part: str, marker: str = BEGIN) -> None:
    """Replace a part of docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(into_page(page, part, marker), encoding="utf-8")


def write_table(figures: Mapping[str, float], counter: str) -> None:
    """Replace the committed table; `counter` has counted the instructions."""
    rounded = {name: round(value, 3) for name, value in figures.items()}
    content = {"machine": machine(), "counter": counter, "figures": rounded}
    text = json.dumps(content, indent=2, ensure_ascii=False)
    TABLE.write_text(text + "\n", encoding="utf-8")


def read_table() -> dict[str, Any]:
    """The committed table."""
    content: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return content
