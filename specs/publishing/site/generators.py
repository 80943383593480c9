"""The page about code generators: what each makes of the editions, and how to use it.

What is measured stands in matrix.json, which `nox -s matrix` writes; how to use a tool stands in
generators.yaml.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs
import yaml

from specs.publishing.site import TEXTS, SiteError

MATRIX: Final = Path(__file__).with_name("matrix.json")
GUIDE: Final = Path(__file__).with_name("generators.yaml")
NAMES: Final[Mapping[str, str]] = TEXTS["names"]


@attrs.frozen(kw_only=True)
class Generator:
    """One tool: its results with each edition, in Markdown, and how to use it.

    `helps` says which flag helps with the exact edition, and `steps` are command lines.
    """

    name: str
    version: str
    note: str
    portable: tuple[str, ...]
    exact: tuple[str, ...]
    helps: str
    steps: str


def generators(matrix: Path = MATRIX, guide: Path = GUIDE) -> tuple[Generator, ...]:
    """Read both files; every measured tool has to be in the guide."""
    rows = json.loads(matrix.read_text(encoding="utf-8"))["tools"]
    told = yaml.safe_load(guide.read_text(encoding="utf-8"))
    if missing := [row["name"] for row in rows if row["name"] not in told]:
        raise SiteError(f"{guide.name} says nothing about {', '.join(missing)}")
    return tuple(
        Generator(
            name=row["name"],
            version=f"{row['tool']} {row['version']}",
            note=row["note"],
            portable=tuple(_results(row["portable"])),
            exact=tuple(_results(row["exact"])),
            helps=told[row["name"]]["helps"],
            steps=told[row["name"]]["steps"],
        )
        for row in rows
    )


def checks(matrix: Path = MATRIX) -> Mapping[str, str]:
    """What was read, by the name of the check."""
    found: dict[str, str] = json.loads(matrix.read_text(encoding="utf-8"))["checks"]
    return found


def _results(cells: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What did not pass, each once with its APIs; or that all did."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for api, steps in cells.items():
        for step, said in steps.items():
            kind, _, why = said.partition(": ")
            if kind != "yes":
                # A failure's message differs from one API to the next; the first one is shown.
                group = (step, kind, "" if kind == "no" else why)
                found.setdefault(group, []).append((NAMES[api], why))
    if all(kind != "no" for _, kind, _ in found):
        passed = dict.fromkeys(s for cell in cells.values() for s, v in cell.items() if v == "yes")
        yield f"**Passes:** {', '.join(passed)}."
    for (step, kind, _), entries in found.items():
        apis, words = ", ".join(name for name, _ in entries), _short(entries[0][1])
        match kind:
            case "no":
                yield f"**Fails:** {step} ({apis}): `{words}`"
            case "by hand":
                yield f"**By hand:** set the header `Accept` ({apis}); the client `{words}`."
            case _:
                yield f"**Not tried:** {step} ({apis}): {words}."


def _short(message: str, most: int = 140) -> str:
    text = " ".join(message.replace("`", "'").split())
    return text if len(text) <= most else f"{text[:most]}…"
