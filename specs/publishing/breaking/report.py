"""The results as Markdown, for a terminal and for a pull request.

The same input gives the same bytes.
"""

from collections.abc import Iterable, Sequence

from specs.publishing.breaking.check import Result
from specs.publishing.breaking.verdicts import Audience, Change, Level


def markdown(found: Sequence[Result]) -> str:
    """The whole report."""
    lines = ["## The specifications", "", summary(found)]
    for result in found:
        if result.changes or result.problems:
            lines += ["", f"### {_code(result.api)}: {headline(result)}", ""]
            lines += [f"- :x: wrong: {_code(problem)}" for problem in result.problems]
            lines += [_line(change) for change in result.changes]
    return "\n".join(lines) + "\n"


def headline(result: Result) -> str:
    """Versions, and the audiences that it breaks."""
    broken = audiences(result.breaks)
    if result.before is None:
        return f"new, {result.after}"
    if result.after is None:
        return f"removed after {result.before}, breaking for {broken}"
    if result.level is Level.NONE:
        return f"{result.after}, unchanged"
    steps = f"{result.before} → {result.after}, due {result.due}"
    return f"{steps}, {f'breaking for {broken}' if broken else 'not breaking'}"


def audiences(found: Iterable[Audience]) -> str:
    """The audiences, in the order of the enumeration."""
    chosen = set(found)
    if chosen == set(Audience):
        return "everybody"
    return ", ".join(audience.value for audience in Audience if audience in chosen)


def summary(found: Sequence[Result]) -> str:
    """The whole in one line."""
    wrong = [_code(result.api) for result in found if result.problems]
    if wrong:
        return f"Version or changelog do not fit the changes of {', '.join(wrong)}."
    changed = [_code(r.api) for r in found if r.changes or r.before is None]
    if changed:
        return f"Version and changelog fit the changes of {', '.join(changed)}."
    return "Nothing changed."


def _line(change: Change) -> str:
    verdict = change.verdict
    meaning = f"of interest to {audiences(verdict.concerns)}" if verdict.concerns else "harmless"
    if verdict.breaks:
        meaning = f"breaking for {audiences(verdict.breaks)}"
    detail = f", {_code(change.detail)}" if change.detail else ""
    what = f"{verdict.due.name.lower()}: {change.kind} at {_code(change.pointer)}{detail}"
    return f"- {what}; {meaning}: {verdict.why}"


def _code(content: str) -> str:
    """Text of a specification as code, so that it cannot become markup or mention a user."""
    plain = " ".join(content.split()).replace("`", "'")
    return f"`{plain}`".replace("@", "@\u200b")
