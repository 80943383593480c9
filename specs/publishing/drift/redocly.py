"""Redocly's `drift` as a second judge of the same traffic.

It is labelled experimental. It looks at every request, also at those that were refused for what it
would complain about; and it does not know that the header fields of an `apiKey` are described. So
it is given what was let in, and told those names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from countermand.sandbox.simulators import BASE_PATHS
from specs.publishing import node
from specs.publishing.drift.har import ORIGIN

if TYPE_CHECKING:
    from specs.publishing.drift.described import Description
    from specs.publishing.drift.judge import Entry

SPECS: Final = Path(__file__).parents[3] / "specs"
REFUSED: Final = frozenset({401, 404, 405})


class UnusableError(Exception):
    """It gave no report; the message is what it printed."""


def problems(description: Description, entries: list[Entry], folder: Path) -> list[str]:
    """What it finds wrong with the traffic of one API, one line for each kind.

    Raises:
        UnusableError: it gave no report.
    """
    api = description.api
    base = ORIGIN + BASE_PATHS[api]
    file, report = folder / f"{api}.har", folder / f"{api}.drift.json"
    admitted = [entry for entry in entries if _admitted(entry, base)]
    if not admitted:
        # It takes an empty recording for a fault of its own.
        return []
    log = {"version": "1.2", "creator": {"name": "countermand", "version": "1"}}
    file.write_text(json.dumps({"log": {**log, "entries": admitted}}), encoding="utf-8")
    done = node.run(
        *("redocly", "drift", str(file)),
        *("--api", str(SPECS / f"{api.replace('_', '-')}.yaml"), "--server", base),
        *("--format", "json", "--output", str(report), "--traffic-format", "har"),
        *_ignored(description),
    )
    if not report.exists():
        raise UnusableError(done.stdout + done.stderr)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if found["run"]["totalExchanges"] != len(admitted) or found["run"]["skippedExchanges"]:
        raise UnusableError(f"it did not look at everything: {found['run']}")
    return [
        f"{item['occurrences']} times {item['ruleId']} at {item.get('operationId')}: "
        f"{item['message']} ({item['target']}, {item['status']})"
        for item in found["problems"]
    ]


def _admitted(entry: Entry, base: str) -> bool:
    known = entry["request"]["url"].startswith(f"{base}/")
    return known and entry["response"]["status"] not in REFUSED


def _ignored(description: Description) -> tuple[str, ...]:
    names = {
        name
        for operation in description.operations
        for alternative in operation.credentials
        for name in alternative
    } - {"authorization"}
    return ("--ignore-headers", ",".join(sorted(names))) if names else ()
