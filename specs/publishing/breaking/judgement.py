"""Puts everything together: what changed in every specification, and what is wrong with that."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs
import yaml

from specs.publishing.breaking import changelogs, versions
from specs.publishing.breaking.comparison import compare
from specs.publishing.breaking.operations import operations
from specs.publishing.breaking.places import DanglingReferenceError, document
from specs.publishing.breaking.publication import compare_workflows, same_bytes
from specs.publishing.breaking.redocly import Opinion, unmatched
from specs.publishing.breaking.states import Files, State
from specs.publishing.breaking.verdicts import Audience, Change, Level, due_level
from specs.publishing.breaking.versions import MalformedVersionError, Version

SecondJudge = Callable[[bytes, bytes], list[Opinion]]


class UnreadableError(Exception):
    """A specification cannot be compared; the message says which, and why."""


@attrs.frozen
class Judgement:
    """What became of one specification.

    Attributes:
        api: Its name now, or the last one if it is gone.
        before: Its version at the base; None if it is new.
        after: Its version now; None if it is gone.
        due: The lowest version that the changes allow; None if it is new.
        changes: What changed, in the order of places.
        opinions: What the second judge says that ours do not.
        problems: What is wrong with version or changelog. Empty: all is well.
    """

    api: str
    before: Version | None
    after: Version | None
    due: Version | None
    changes: tuple[Change, ...]
    opinions: tuple[Opinion, ...]
    problems: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The gravest level of all changes."""
        return max(due_level(self.changes), _gravest(self.opinions))

    @property
    def breaks(self) -> frozenset[Audience]:
        """Whom the changes break, taken together."""
        ours = (change.verdict.breaks for change in self.changes)
        theirs = (o.breaks for o in self.opinions if o.due is Level.MAJOR)
        return frozenset().union(*ours, *theirs)


def judge(base: State, head: State, second: SecondJudge) -> list[Judgement]:
    """Compare all specifications of two states, and the changelogs of the newer one with both.

    Raises:
        UnreadableError: one of them is no YAML, no OpenAPI document, or has a dangling reference.
    """
    old = {api: _read(f"{api} at the base", c) for api, c in base.specifications.items()}
    new = {api: _read(api, content) for api, content in head.specifications.items()}
    renamed = _renamed(old, new)
    results = []
    for api, node in new.items():
        former = api if api in old else renamed.get(api)
        if former is None:
            results.append(_added(api, node, head.changelogs.get(api)))
            continue
        files = base.of(former), head.of(api)
        changes = _changes(api, former, old[former], node)
        rest = unmatched(_heard(second, *files), changes)
        changes += compare_workflows(*files)
        results.append(_changed(api, (old[former], node), files, changes, rest))
    gone = old.keys() - new.keys() - set(renamed.values())
    results += [_removed(a, old[a], base.changelogs.get(a), head.changelogs.get(a)) for a in gone]
    return sorted(results, key=lambda result: result.api)


def _read(name: str, content: bytes) -> Any:
    try:
        node = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{name} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(node, dict) or not isinstance(node.get("info"), dict):
        raise UnreadableError(f"{name} is no OpenAPI document: it has no info")
    return node


def _version(name: str, node: Any) -> Version:
    try:
        return versions.parse(node["info"].get("version"))
    except MalformedVersionError as error:
        raise UnreadableError(f"{name}, info.version: {error}") from error


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """New names of files with their former ones: the same operations under another name."""
    gone = {_identity(api, node): api for api, node in old.items() if api not in new}
    came = {api: _identity(api, node) for api, node in new.items() if api not in old}
    return {api: gone[identity] for api, identity in came.items() if identity in gone}


def _identity(api: str, node: Any) -> tuple[str, ...]:
    try:
        found = operations(document(node).child("paths"))
    except DanglingReferenceError as error:
        raise _dangling(api, error) from error
    return (str(node["info"].get("title")), *sorted(operation.id for operation in found))


def _dangling(api: str, error: DanglingReferenceError) -> UnreadableError:
    return UnreadableError(f"{api}: the reference {error} leads nowhere")


def _heard(second: SecondJudge, base: Files, head: Files) -> list[Opinion]:
    files = base.specification, head.specification
    return second(*files) if files[0] != files[1] else []


def _changes(api: str, former: str, base: Any, head: Any) -> list[Change]:
    try:
        changes = compare(base, head)
    except DanglingReferenceError as error:
        raise _dangling(api, error) from error
    except (AttributeError, LookupError, TypeError) as error:
        # A list where OpenAPI wants an object, and the like; the house rules say where.
        raise UnreadableError(
            f"{api} or its base is not valid OpenAPI; run nox -s specs"
        ) from error
    if api != former:
        changes.insert(0, Change("#", "api-renamed", f"{former} → {api}"))
    return changes


def _changed(
    api: str,
    nodes: tuple[Any, Any],
    files: tuple[Files, Files],
    changes: list[Change],
    rest: list[Opinion],
) -> Judgement:
    before, after = _version(f"{api} at the base", nodes[0]), _version(api, nodes[1])
    base, head = files
    if not changes and not same_bytes(base.specification, head.specification, before, after):
        changes = [Change("#", "layout-changed")]
    level = max(due_level(changes), _gravest(rest))
    problems = versions.complaints(before, after, level)
    problems += _logged(head.changelog, after, level)
    problems += changelogs.losses(base.changelog, head.changelog)
    due = before.raised(level)
    return Judgement(api, before, after, due, tuple(changes), tuple(rest), tuple(problems))


def _added(api: str, node: Any, text: str | None) -> Judgement:
    version = _version(api, node)
    problems = _logged(text, version, Level.NONE)
    return Judgement(api, None, version, None, (), (), tuple(problems))


def _removed(api: str, node: Any, former: str | None, text: str | None) -> Judgement:
    before = _version(f"{api} at the base", node)
    due = before.raised(Level.MAJOR)
    problems = _logged(text, due, Level.MAJOR) + changelogs.losses(former, text)
    return Judgement(api, before, None, due, (GONE,), (), tuple(problems))


def _logged(text: str | None, version: Version, level: Level) -> list[str]:
    try:
        return changelogs.complaints(text, version, level)
    except MalformedVersionError as error:
        return [f"the changelog has a heading that names no version: {error}"]


def _gravest(found: Iterable[Opinion]) -> Level:
    return max((opinion.due for opinion in found), default=Level.NONE)


GONE: Final = Change("#", "api-removed")
