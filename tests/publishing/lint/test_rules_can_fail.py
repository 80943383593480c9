"""Every rule finds a document that breaks it, and no other document.

No document that breaks one rule is found by the other checker too, Redocly or the project rules:
no rule is in two places.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.publishing.lint.__main__ import FOLDER, lint
from tests.publishing.changes import changed
from tests.specs import test_house_rules_can_fail as project
from tests.specs.reading import Spec
from tests.specs.toy import toy
from tests.support.shared_files import made_once

Change = Callable[[Any], object]

THING = "/things/{thingId}"
HERE = Path(__file__).parent
FLOW = yaml.safe_load((HERE / "flow.yaml").read_text(encoding="utf-8"))
CHANGES = yaml.safe_load((HERE / "broken.yaml").read_text(encoding="utf-8"))


def by(members: dict[str, Any]) -> Change:
    """Set members of a document."""

    def change(document: Any) -> None:
        made = changed(document, members)
        document.clear()
        document.update(made)

    return change


def add_path(path: str, parameter: str = "thingId") -> Change:
    """Add the read under another address."""

    def change(document: Any) -> None:
        item = {"get": copy.deepcopy(document["paths"][THING]["get"])}
        item["get"]["operationId"] = "getAgain"
        item["get"]["parameters"][0]["name"] = parameter
        document["paths"][path] = item

    return change


def reorder(document: Any) -> None:
    """Change the order of a path's operations."""
    item = document["paths"][THING]
    item["get"] = item.pop("get")


# Broken by a copy of a part, or by an order, which members cannot say.
SPEC_RULES: dict[str, Change] = {
    **{rule: by(members) for rule, members in CHANGES["spec"].items()},
    "no-ambiguous-paths": add_path("/{kind}/seven", "kind"),
    "no-identical-paths": add_path("/things/{otherId}", "otherId"),
    "no-path-trailing-slash": add_path("/others/{thingId}/"),
    "path-http-verbs-order": reorder,
    "path-not-include-query": add_path("/others?id={thingId}"),
}
FLOW_RULES: dict[str, Change] = {
    **{rule: by(members) for rule, members in CHANGES["flow"].items()},
    "stepId-unique": lambda d: d["workflows"][0]["steps"].append(d["workflows"][0]["steps"][0]),
    "workflowId-unique": lambda d: d["workflows"].append(d["workflows"][0]),
}
PROJECT_RULES = [*project.DOCUMENT_RULES, *project.OPERATION_RULES, *project.SCHEMA_RULES]
PROJECT_CASES = [*project.DOCUMENT_CASES, *project.OPERATION_CASES, *project.SCHEMA_CASES]
BROKEN: dict[tuple[str, str], Change] = {
    **{("spec", rule): change for rule, change in SPEC_RULES.items()},
    **{("flow", rule): change for rule, change in FLOW_RULES.items()},
    **{
        (kind, name): by(members)
        for kind in ("elsewhere", "unused")
        for name, members in CHANGES[kind].items()
    },
    **{("project", f"{n:03}-{case.id}"): case.apply for n, case in enumerate(PROJECT_CASES)},
    ("spec", "unbroken"): bool,
    ("flow", "unbroken"): bool,
}
SHARED = {"no-unused-components"}
"""Redocly's rule covers schemas too, and so does a project rule."""


def tidy_toy() -> Any:
    """The toy of the project rules, with the parts that Redocly's rules demand in addition."""
    made = copy.deepcopy(toy().node)
    item = made["paths"][THING]
    made["paths"][THING] = {"get": item["get"], "post": item["post"]}
    item["get"]["responses"]["500"] = copy.deepcopy(item["post"]["responses"]["401"])
    for operation in made["paths"][THING].values():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (m for b in bodies for m in b.get("content", {}).values()):
            media["examples"]["plain"]["summary"] = "Plain"
    return made


def broken(kind: str, name: str) -> Any:
    """The toy or its workflow, broken in one way."""
    made = copy.deepcopy(FLOW) if kind == "flow" else tidy_toy()
    BROKEN[kind, name](made)
    return made


class Plain(yaml.CSafeDumper):
    """Writes a shared node twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the interface is PyYAML's.
        """No node is shared."""
        return True


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    """The rules by which Redocly finds something in each broken file."""
    folder = tmp_path_factory.mktemp("broken")
    printed = made_once(tmp_path_factory, "findings", lambda path: judge(folder, path)).read_text()
    found: dict[tuple[str, str], set[str]] = {case: set() for case in BROKEN}
    cases = [*BROKEN]
    decoder = json.JSONDecoder()
    # One JSON document for each file, one after another.
    while printed := printed.strip():
        report, end = decoder.raw_decode(printed)
        printed = printed[end:]
        for problem in report["problems"]:
            number = Path(problem["location"][0]["source"]["ref"]).name.partition(".")[0]
            found[cases[int(number)]].add(problem["ruleId"])
    return found


def judge(folder: Path, findings: Path) -> None:
    """Write every broken file, and what Redocly prints about all of them."""
    paths = []
    for number, (kind, name) in enumerate(BROKEN):
        path = folder / f"{number}.{'arazzo.' if kind == 'flow' else ''}yaml"
        path.write_text(yaml.dump(broken(kind, name), Dumper=Plain, sort_keys=False), "utf-8")
        paths.append(path)
    status, printed = lint(paths, "--format", "json", "--max-problems", "100000")
    assert status == 1
    findings.write_text(printed, "utf-8")


@pytest.mark.parametrize(("kind", "name"), BROKEN)
def test_a_broken_document_is_found_by_the_rule_against_it(
    findings: dict[tuple[str, str], set[str]], kind: str, name: str
) -> None:
    """By no rule of the other checker, and a sound document by none at all."""
    found = findings[kind, name]
    if name == "unbroken":
        assert found == set()
    elif kind == "unused":
        assert found == SHARED
    elif kind in {"spec", "flow"}:
        assert name in found
    else:
        assert found <= SHARED
    if kind == "flow":
        return
    rules = PROJECT_RULES
    if kind == "project":
        # Where a reference leads nowhere, the other project rules cannot even run.
        rules = [PROJECT_CASES[int(name[:3])].rule]
    spec = Spec("toy", broken(kind, name), toy().library)
    complaints = [rule.__name__ for rule in rules if project.complaints(rule, spec)]
    assert bool(complaints) is (kind in {"project", "elsewhere"}), complaints


def test_every_listed_rule_is_proven() -> None:
    """No rule is listed without a document that breaks it, and none is inherited."""
    listed = yaml.safe_load((FOLDER / "redocly.yaml").read_text(encoding="utf-8"))
    assert "extends" not in listed
    assert listed["rules"] == {}
    assert set(listed["oas3_1Rules"]) == {*SPEC_RULES, *SHARED}
    assert set(listed["arazzo1Rules"]) == set(FLOW_RULES)
    rules = [*listed["oas3_1Rules"].values(), *listed["arazzo1Rules"].values()]
    severities = [rule["severity"] if isinstance(rule, dict) else rule for rule in rules]
    assert set(severities) == {"error"}
