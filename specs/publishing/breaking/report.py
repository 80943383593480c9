"""The judgements as text, Markdown or JSON; the same input gives the same bytes."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from specs.publishing.breaking.judgement import Judgement
from specs.publishing.breaking.redocly import Opinion
from specs.publishing.breaking.verdicts import Audience, Change, Level


def text(found: Sequence[Judgement]) -> str:
    """For a terminal."""
    lines = []
    for judgement in found:
        lines.append(f"{judgement.api}: {headline(judgement)}")
        for change in judgement.changes:
            lines.append(f"  {change.due.name.lower():5}  {change.kind}  {change.pointer}")
            lines += [f"         {change.detail}"] if change.detail else []
            lines.append(f"         {meaning(change)}")
        lines += [f"  {o.due.name.lower():5}  {_spoken(o)}" for o in judgement.opinions]
        lines += [f"  WRONG  {problem}" for problem in judgement.problems]
    return "\n".join([*lines, summary(found)]) + "\n"


def markdown(found: Sequence[Judgement]) -> str:
    """For a pull request."""
    parts = ["## The specifications", _cell(summary(found))]
    for judgement in found:
        if not judgement.changes and not judgement.opinions and not judgement.problems:
            continue
        parts.append(f"### {_code(judgement.api)}: {headline(judgement)}")
        parts += ["\n".join(f"- :x: {_cell(p)}" for p in judgement.problems)] * bool(
            judgement.problems
        )
        rows = [_row(change) for change in judgement.changes]
        rows += [_opinion_row(opinion) for opinion in judgement.opinions]
        if rows:
            head = ["| due | change | where | breaking for | why |", "|---|---|---|---|---|"]
            parts.append("\n".join([*head, *rows]))
    return "\n\n".join(parts) + "\n"


def as_json(found: Sequence[Judgement]) -> str:
    """For other programs."""
    return json.dumps([_object(each) for each in found], indent=2, ensure_ascii=False) + "\n"


def headline(judgement: Judgement) -> str:
    """Versions, and whom it breaks."""
    if judgement.before is None:
        return f"new, {judgement.after}"
    if judgement.after is None:
        return f"removed after {judgement.before}, breaking for {audiences(judgement.breaks)}"
    if judgement.level is Level.NONE:
        return f"{judgement.after}, unchanged"
    steps = f"{judgement.before} → {judgement.after}, due {judgement.due}"
    broken = audiences(judgement.breaks)
    return f"{steps}, {f'breaking for {broken}' if broken else 'not breaking'}"


def meaning(change: Change) -> str:
    """What a change means for whom."""
    verdict = change.verdict
    if verdict.breaks:
        return f"breaking for {audiences(verdict.breaks)}: {verdict.why}"
    told = f", of interest to {audiences(verdict.concerns)}" if verdict.concerns else ""
    return f"not breaking{told}: {verdict.why}"


def audiences(found: Iterable[Audience]) -> str:
    """Who is meant, in the order of the enumeration."""
    chosen = set(found)
    if chosen == set(Audience):
        return "everybody"
    return ", ".join(audience.value for audience in Audience if audience in chosen)


def summary(found: Sequence[Judgement]) -> str:
    """The whole in one line."""
    wrong = [judgement.api for judgement in found if judgement.problems]
    if wrong:
        return f"Version or changelog do not fit the changes of {', '.join(wrong)}."
    changed = [j.api for j in found if j.changes or j.opinions or j.before is None]
    if changed:
        return f"Version and changelog fit the changes of {', '.join(changed)}."
    return "Nothing changed."


def _row(change: Change) -> str:
    what = f"{change.kind}: {change.detail}" if change.detail else change.kind
    whom = audiences(change.verdict.breaks) or "nobody"
    return _cells(change.due, what, change.pointer, whom, change.verdict.why)


def _opinion_row(opinion: Opinion) -> str:
    whom = audiences(opinion.breaks) if opinion.due is Level.MAJOR else "nobody"
    why = f"Redocly: {opinion.rule}"
    return _cells(opinion.due, opinion.message, opinion.pointers[0], whom, why)


def _cells(due: Level, what: str, pointer: str, whom: str, why: str) -> str:
    cells = (due.name.lower(), _cell(what), _code(pointer), _cell(whom), _cell(why))
    return f"| {' | '.join(cells)} |"


def _spoken(opinion: Opinion) -> str:
    return f"Redocly {opinion.rule}  {opinion.pointers[0]}\n         {opinion.message}"


def _cell(text: str) -> str:
    """Text that cannot break out of a table, nor turn into markup or a mention of somebody."""
    plain = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", " ".join(text.split()))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\u200b")


def _code(text: str) -> str:
    """A pointer or a name as code, out of which it cannot break either."""
    plain = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`".replace("@", "@\u200b")


def _object(judgement: Judgement) -> dict[str, Any]:
    return {
        "api": judgement.api,
        "before": _maybe(judgement.before),
        "after": _maybe(judgement.after),
        "due": _maybe(judgement.due),
        "level": judgement.level.name.lower(),
        "breaking": sorted(audience.name.lower() for audience in judgement.breaks),
        "changes": [_change(change) for change in judgement.changes],
        "redocly": [
            {
                "pointer": opinion.pointers[0],
                "rule": opinion.rule,
                "message": opinion.message,
                "due": opinion.due.name.lower(),
            }
            for opinion in judgement.opinions
        ],
        "problems": list(judgement.problems),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "pointer": change.pointer,
        "kind": change.kind,
        "detail": change.detail,
        "due": change.due.name.lower(),
        "breaking": sorted(audience.name.lower() for audience in change.verdict.breaks),
        "concerns": sorted(audience.name.lower() for audience in change.verdict.concerns),
        "why": change.verdict.why,
    }


def _maybe(value: object) -> str | None:
    return None if value is None else str(value)
