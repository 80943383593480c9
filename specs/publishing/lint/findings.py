"""What Redocly and Spectral say about files, read from their JSON."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from specs.publishing import node

FOLDER: Final = Path(__file__).parent
SILENT: Final = (0, 1)
"""Exit codes of a judge that did its work; any other one is a failure of the judge itself."""


class JudgeError(Exception):
    """A judge could not do its work; the message is what it said."""


@attrs.frozen(order=True)
class Finding:
    """One thing that a judge found: where, by which rule, and in which words."""

    file: str
    line: int
    judge: str
    rule: str
    message: str

    def __str__(self) -> str:
        """One line for people and for editors that jump to it."""
        return f"{self.file}:{self.line}: {self.message} [{self.judge} {self.rule}]"


def redocly(files: Sequence[Path], root: Path) -> list[Finding]:
    """What Redocly finds, of whatever severity.

    Raises:
        JudgeError: it did not run to its end.
    """
    # Redocly looks for its list of accepted findings in the working folder, not beside the rules.
    names = [str(path.resolve()) for path in files]
    config = ("--config", "redocly.yaml", "--format", "json", "--max-problems", "100000")
    ended = node.run("redocly", "lint", *config, *names, folder=FOLDER)
    if ended.returncode not in SILENT:
        raise JudgeError(ended.stderr or ended.stdout)
    reports = list(_documents(ended.stdout))
    if not reports:
        raise JudgeError(ended.stderr or "Redocly reported nothing")
    return [
        _of_redocly(problem, root)
        for report in reports
        for problem in report["problems"]
        if not problem.get("ignored")
    ]


def spectral(files: Sequence[Path], root: Path) -> list[Finding]:
    """What Spectral finds, of whatever severity.

    Raises:
        JudgeError: it did not run to its end.
    """
    rules = ("--ruleset", str(FOLDER / "spectral.yaml"), "--format", "json", "--quiet")
    names = [str(path.resolve()) for path in files]
    ended = node.run("spectral", "lint", *rules, "--fail-severity", "hint", *names)
    if ended.returncode not in SILENT or not ended.stdout.lstrip().startswith("["):
        raise JudgeError(ended.stderr or ended.stdout)
    return [
        Finding(
            file=_relative(Path(problem["source"]), root),
            line=problem["range"]["start"]["line"] + 1,
            judge="spectral",
            rule=problem["code"],
            message=problem["message"],
        )
        for problem in json.loads(ended.stdout)
    ]


def _of_redocly(problem: dict[str, Any], root: Path) -> Finding:
    place = problem["location"][0]
    return Finding(
        file=_relative(FOLDER / place["source"]["ref"], root),
        line=place.get("start", {}).get("line", 1),
        judge="redocly",
        rule=problem["ruleId"],
        message=" ".join(problem["message"].split()),
    )


def _relative(path: Path, root: Path) -> str:
    resolved, base = path.resolve(), root.resolve()
    return str(resolved.relative_to(base) if resolved.is_relative_to(base) else resolved)


def _documents(text: str) -> Iterator[Any]:
    """Several JSON documents, one after another, as Redocly writes one for each file."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].strip()
