"""Compares every specification of two snapshots, and checks versions and."""

import re
from collections.abc import Iterator
from typing import Any

import attrs
import yaml

from specs.publishing import PublishingError
from specs.publishing.breaking.changelogs import (
    MalformedVersionError,
    Version,
    complaints,
    losses,
    parse,
    step_complaints,
)
from specs.publishing.breaking.comparison import compare
from specs.publishing.breaking.verdicts import Audience, Change, Level, due_level
from specs.publishing.document import DanglingReferenceError, Node, operations, parsed
from specs.publishing.snapshots import Files, Snapshot


@attrs.frozen
class Result:
    """The comparison of one specification, under its last name if it was removed.

    `before` and `due`, the lowest version that the changes allow, are None if it is new, `after` is
    None if it was removed. The changes are in the order of pointers; the problems are the faults
    of version and changelog.
    """

    api: str
    before: Version | None
    after: Version | None
    due: Version | None
    changes: tuple[Change, ...]
    problems: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The gravest level of all changes."""
        return due_level(self.changes)

    @property
    def breaks(self) -> frozenset[Audience]:
        """The audiences that the changes break, taken together."""
        return frozenset[Audience]().union(*(change.verdict.breaks for change in self.changes))


@attrs.frozen
class Specification:
    """One specification of a snapshot, and what it is recognised by under another name."""

    api: str
    files: Files
    root: Any
    version: Version
    identity: tuple[str, ...]


def check(base: Snapshot, head: Snapshot) -> list[Result]:
    """Compare all specifications of two snapshots, and check the newer changelogs against both."""
    old = {api: _read(base, api, f"{api} at the base") for api in base.apis}
    new = {api: _read(head, api, api) for api in head.apis}
    gone = {spec.identity: api for api, spec in old.items() if api not in new}
    results = []
    for api, spec in new.items():
        former = api if api in old else gone.pop(spec.identity, "")
        results.append(_changed(old[former], spec) if former else _added(spec))
    results += [_removed(old[api], head.files(api)) for api in gone.values()]
    return sorted(results, key=lambda result: result.api)


def _read(snapshot: Snapshot, api: str, name: str) -> Specification:
    files = snapshot.files(api)
    try:
        root = parsed(files.specification or b"")
        if not isinstance(root, dict) or not isinstance(root.get("info"), dict):
            raise PublishingError(f"{name} is no OpenAPI document: it has no info")
        version = parse(root["info"].get("version"))
        ids = sorted(operation.id for operation in operations(Node.document(root)))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PublishingError(f"{name} is no YAML: {' '.join(str(error).split())}") from error
    except MalformedVersionError as error:
        raise PublishingError(f"{name}, info.version: {error}") from error
    except DanglingReferenceError as error:
        raise PublishingError(f"{name}: the reference {error} leads nowhere") from error
    return Specification(api, files, root, version, (str(root["info"].get("title")), *ids))


def _changed(base: Specification, head: Specification) -> Result:
    api, before, after = head.api, base.version, head.version
    try:
        changes = compare(base.root, head.root)
    except DanglingReferenceError as error:
        raise PublishingError(f"{api}: the reference {error} leads nowhere") from error
    except (AttributeError, LookupError, TypeError) as error:
        # A list where OpenAPI wants an object, and the like; the project rules say where.
        raise PublishingError(
            f"{api} or its base is not valid OpenAPI; run nox -s specs"
        ) from error
    if base.api != api:
        changes.insert(0, Change("#", "api-renamed", f"{base.api} → {api}"))
    changes += _workflow(_lines(base.files.workflow), _lines(head.files.workflow))
    if not changes and not _same_bytes(base, head):
        changes = [Change("#", "layout-changed")]
    level = due_level(changes)
    problems = (
        *step_complaints(before, after, level),
        *complaints(_log(head.files), after, level),
        *losses(_log(base.files), _log(head.files)),
    )
    return Result(api, before, after, before.raised(level), tuple(changes), problems)


def _added(head: Specification) -> Result:
    problems = complaints(_log(head.files), head.version, Level.NONE)
    return Result(head.api, None, head.version, None, (), tuple(problems))


def _removed(base: Specification, files: Files) -> Result:
    due = base.version.raised(Level.MAJOR)
    problems = (
        *complaints(_log(files), due, Level.MAJOR),
        *losses(_log(base.files), _log(files)),
    )
    return Result(base.api, base.version, None, due, (Change("#", "api-removed"),), problems)


def _log(files: Files) -> str | None:
    log = files.changelog
    return None if log is None else log.decode("utf-8", errors="replace")


def _workflow(before: bytes, after: bytes) -> Iterator[Change]:
    """The workflow that is published at the address of the specification's version."""
    # Without one nothing was published, so no address gets other bytes.
    if before and not after:
        yield Change("#", "workflow-removed")
    elif before and before != after:
        yield Change("#", "workflow-changed")


def _same_bytes(base: Specification, head: Specification) -> bool:
    """Whether two specifications are the same byte for byte, except for their own version."""
    stated = rb"(version[\"']?[ \t]*:[ \t]*[\"']?)" + re.escape(str(base.version).encode())
    raised = rb"\g<1>" + str(head.version).encode()
    old, new = _lines(base.files.specification), _lines(head.files.specification)
    return re.sub(stated, raised, old, count=1) == new


def _lines(content: bytes | None) -> bytes:
    # Git may change line ends on checkout.
    return (content or b"").replace(b"\r\n", b"\n")
