"""Every rule of Redocly's and Spectral's goes red on a document that breaks it, and only then.

Nor does a document that breaks one rule, of these two or of the house rules, vex a second judge:
no rule is in two places.
"""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.publishing.lint.findings import FOLDER, Finding, redocly, spectral
from tests.specs import test_house_rules_can_fail as house
from tests.specs.reading import Spec
from tests.specs.toy import toy

Change = Callable[[Any], object]

THING = "/things/{thingId}"
FLOW: dict[str, Any] = {
    "arazzo": "1.0.1",
    "info": {"title": "Cancel", "version": "1.0.0", "summary": "Cancel.", "description": "Done."},
    "sourceDescriptions": [{"name": "toy", "url": "toy.yaml", "type": "openapi"}],
    "workflows": [
        {
            "workflowId": "cancel",
            "summary": "Cancel",
            "description": "Cancels.",
            "inputs": {"type": "object", "properties": {"token": {"type": "string"}}},
            "steps": [
                {
                    "stepId": "cancel",
                    "description": "Cancels.",
                    "operationId": "cancelThing",
                    "parameters": [{"name": "thingId", "in": "path", "value": "7"}],
                    "requestBody": {
                        "contentType": "application/json",
                        "payload": {"reference": "order-42"},
                        "replacements": [{"target": "/reference", "value": "order-43"}],
                    },
                    "successCriteria": [{"condition": "$statusCode == 204"}],
                    "onSuccess": [{"name": "done", "type": "end"}],
                    "onFailure": [{"name": "failed", "type": "end"}],
                }
            ],
        }
    ],
}


def post(document: Any) -> Any:
    """The cancel of the toy."""
    return document["paths"][THING]["post"]


def properties(document: Any, name: str) -> Any:
    """The properties of a schema of the toy."""
    return document["components"]["schemas"][name]["properties"]


def body(document: Any) -> Any:
    """The JSON body of the toy's cancel."""
    return post(document)["requestBody"]["content"]["application/json"]


def server(document: Any) -> Any:
    """The toy's one server."""
    return document["servers"][0]


def add_path(path: str, parameter: str = "thingId") -> Change:
    """Offer the read under another address as well."""

    def change(document: Any) -> None:
        item = {"get": copy.deepcopy(document["paths"][THING]["get"])}
        item["get"]["operationId"] = "getAgain"
        item["get"]["parameters"][0]["name"] = parameter
        document["paths"][path] = item

    return change


def add_component(kind: str, value: Any) -> Change:
    """Define something that nothing refers to."""
    return lambda document: document["components"].__setitem__(kind, {"Unused": value})


def reorder(document: Any) -> None:
    """Put the operations of a path out of order."""
    item = document["paths"][THING]
    item["get"] = item.pop("get")


def twice(*path: str | int, **members: Any) -> Change:
    """Repeat the first entry of a list of the workflow, with other members."""

    def change(document: Any) -> None:
        entries = document
        for key in path:
            entries = entries[key]
        entries.append({**copy.deepcopy(entries[0]), **members})

    return change


def add_seven(document: Any) -> None:
    """Offer a number among texts."""
    reason = document["components"]["schemas"]["Reason"]
    reason["enum"].append(7)
    reason["description"] += " `7` of them."


def leave_one_kind(document: Any) -> None:
    """Choose among one alternative."""
    named = document["components"]["schemas"]
    named.pop("RedKind")
    named["Kind"]["oneOf"].pop(0)
    named["OtherKind"]["properties"]["type"].pop("not")


def by_path(document: Any) -> None:
    """Name an operation by its place."""
    step(document).pop("operationId")
    place = "{$sourceDescriptions.toy.url}#/paths/~1things~1{thingId}/post"
    step(document).update(operationPath=place)


STEP = ("workflows", 0, "steps", 0)


def flow(document: Any) -> Any:
    """The one workflow."""
    return document["workflows"][0]


def step(document: Any) -> Any:
    """The one step of the workflow."""
    return flow(document)["steps"][0]


TEXT = {"type": "string"}
SCRIPT = "A <script>x</script>."
UNUSED = {"description": "Nothing refers to this."}
PARAMETER = {"name": "a", "in": "query", "schema": TEXT, "example": "a", **UNUSED}
ARRAY = {**PARAMETER, "schema": {"type": "array", "items": TEXT}, "example": ["a"]}
ODD_FLOW = {"x-security": [{"scheme": {"type": "http", "scheme": "basic"}, "schemeName": "b"}]}

REDOCLY: dict[str, Change] = {
    "no-unsafe-markdown": lambda d: post(d).update(description=SCRIPT),
    "array-parameter-serialization": lambda d: post(d)["parameters"].append(ARRAY),
    "no-ambiguous-paths": add_path("/{kind}/seven", "kind"),
    "no-duplicated-enum-values": lambda d: d["components"]["schemas"]["Reason"]["enum"].append(
        "RETURN"
    ),
    "no-enum-type-mismatch": add_seven,
    "no-identical-paths": add_path("/things/{otherId}", "otherId"),
    "no-illogical-composition-keywords": leave_one_kind,
    "no-mixed-number-range-constraints": lambda d: properties(d, "Wish").update(
        x={"type": "integer", "minimum": 1, "exclusiveMinimum": 0, "description": "X."}
    ),
    "no-path-trailing-slash": add_path("/others/{thingId}/"),
    "no-schema-type-mismatch": lambda d: properties(d, "Wish").update(
        x={"type": "string", "items": TEXT, "description": "X."}
    ),
    "no-server-trailing-slash": lambda d: server(d).update(url="https://{host}/v1/"),
    "no-undefined-server-variable": lambda d: server(d).update(url="https://{host}/{base}"),
    "path-http-verbs-order": reorder,
    "path-not-include-query": add_path("/others?id={thingId}"),
}

REDOCLY_WORKFLOW: dict[str, Change] = {
    "no-criteria-xpath": lambda d: step(d)["successCriteria"].append(
        {"context": "$response.body", "condition": "//a", "type": "xpath"}
    ),
    "no-x-security-both-scheme-and-scheme-name": lambda d: step(d).update(ODD_FLOW),
    "requestBody-replacements-unique": twice(*STEP, "requestBody", "replacements", value="other"),
    "sourceDescription-name-unique": twice("sourceDescriptions", url="other.yaml"),
    "x-security-scheme-required-values": lambda d: step(d).update(
        {"x-security": [{"scheme": {"type": "http", "scheme": "bearer"}, "values": {}}]}
    ),
}

SPECTRAL: dict[str, Change] = {
    "money-is-never-a-float": lambda d: properties(d, "Thing").update(
        refundAmount={"type": "number", "description": "A sum."}
    ),
    "failures-of-the-server-are-documented": lambda d: post(d)["responses"].pop("5XX"),
    "examples-have-a-summary": lambda d: body(d)["examples"]["plain"].pop("summary"),
    "examples-hold-no-private-key": lambda d: body(d)["examples"]["plain"]["value"].update(
        reference="s-priv-2a10BF2Cq2YvAo6ALSGHc3X7F42oWAIp"
    ),
    "examples-of-mail-are-nobodys": lambda d: body(d)["examples"]["plain"]["value"].update(
        reference="someone@gmail.com"
    ),
    "summaries-are-no-sentences": lambda d: post(d).update(summary="Cancels a thing."),
    "descriptions-are-sentences": lambda d: post(d).update(description="Cancels a thing"),
    "addresses-are-https": lambda d: d.update(externalDocs={"url": "http://example.com"}),
    "parameters-are-in-use": add_component("parameters", PARAMETER),
    "request-bodies-are-in-use": add_component("requestBodies", {"content": {}, **UNUSED}),
    "responses-are-in-use": add_component("responses", UNUSED),
    "examples-are-in-use": add_component("examples", {"summary": "Nothing.", "value": 1}),
    "headers-are-in-use": add_component("headers", {"schema": TEXT, **UNUSED}),
}

SPECTRAL_WORKFLOW: dict[str, Change] = {
    "arazzo-document-schema": lambda d: d["info"].pop("version"),
    "arazzo-info-description": lambda d: d["info"].pop("description"),
    "arazzo-info-summary": lambda d: d["info"].pop("summary"),
    "arazzo-no-script-tags-in-markdown": lambda d: step(d).update(description=SCRIPT),
    "arazzo-source-descriptions-type": lambda d: d["sourceDescriptions"][0].pop("type"),
    "arazzo-step-description": lambda d: step(d).pop("description"),
    "arazzo-step-failure-actions-validation": twice(
        *STEP, "onFailure", type="goto", stepId="cancel"
    ),
    "arazzo-step-operationPath": by_path,
    "arazzo-step-output-validation": lambda d: step(d).update(outputs={"x": "$nothing.of"}),
    "arazzo-step-parameters-validation": twice(*STEP, "parameters", value="8"),
    "arazzo-step-request-body-validation": lambda d: step(d)["requestBody"].update(
        contentType="json"
    ),
    "arazzo-step-stepId": lambda d: step(d).update(stepId="to cancel"),
    "arazzo-step-success-actions-validation": twice(
        *STEP, "onSuccess", type="goto", stepId="cancel"
    ),
    "arazzo-step-validation": lambda d: step(d).update(
        operationId="$sourceDescriptions.other.cancelThing"
    ),
    "arazzo-workflow-depends-on-validation": lambda d: flow(d).update(dependsOn=["nothing"]),
    "arazzo-workflow-description": lambda d: flow(d).pop("description"),
    "arazzo-workflow-output-validation": lambda d: flow(d).update(outputs={"x": "$nothing.of"}),
    "arazzo-workflow-stepId-unique": twice("workflows", 0, "steps"),
    "arazzo-workflow-summary": lambda d: flow(d).pop("summary"),
    "arazzo-workflow-workflowId": lambda d: flow(d).update(workflowId="to cancel"),
    "arazzo-workflowId-unique": twice("workflows"),
}

CASES = [
    *[("redocly", "spec", rule) for rule in REDOCLY],
    *[("redocly", "flow", rule) for rule in REDOCLY_WORKFLOW],
    *[("spectral", "spec", rule) for rule in SPECTRAL],
    *[("spectral", "flow", rule) for rule in SPECTRAL_WORKFLOW],
]
ELSEWHERE: dict[tuple[str, str, str], Change] = {
    ("spectral", "flow", "criteria-twice"): twice(*STEP, "successCriteria"),
    ("spectral", "flow", "no-source"): lambda d: d["sourceDescriptions"].clear(),
    ("house", "spec", "tags-of-one-name"): lambda d: d["tags"].append(
        {**d["tags"][0], "description": "Other things."}
    ),
    ("house", "spec", "example-twice"): lambda d: body(d)["examples"]["plain"].update(
        externalValue="https://example.com"
    ),
    ("house", "spec", "no-values"): lambda d: server(d)["variables"]["host"].update(enum=[]),
}
"""What Redocly has rules for that are another judge's here."""
CHANGES: dict[str, Change] = {
    **REDOCLY,
    **REDOCLY_WORKFLOW,
    **SPECTRAL,
    **SPECTRAL_WORKFLOW,
    **{rule: change for (_, _, rule), change in ELSEWHERE.items()},
}
HOUSE_RULES = [*house.DOCUMENT_RULES, *house.OPERATION_RULES, *house.SCHEMA_RULES]
HOUSE_CASES = [*house.DOCUMENT_CASES, *house.OPERATION_CASES, *house.SCHEMA_CASES]
HOUSE = {f"{number:02}-{case.id}": case for number, case in enumerate(HOUSE_CASES)}
BROKEN = [*CASES, *ELSEWHERE, *[("house", "spec", rule) for rule in HOUSE]]
UNREADABLE = {"invalid-ref", "unrecognized-format"}
"""What Spectral says, by no rule, of what it cannot read."""


def tidy_toy() -> Any:
    """The house rules' toy, with what these two judges ask for in addition."""
    document = copy.deepcopy(toy().node)
    item = document["paths"][THING]
    document["paths"][THING] = {"get": item["get"], "post": item["post"]}
    failed = copy.deepcopy(post(document)["responses"]["401"])
    item["get"]["responses"]["500"] = failed
    for operation in document["paths"][THING].values():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (m for b in bodies for m in b.get("content", {}).values()):
            media["examples"]["plain"]["summary"] = "Plain"
    return document


def document(kind: str, rule: str) -> Any:
    """The toy or its workflow, broken so that the rule should find it."""
    made = copy.deepcopy(FLOW) if kind == "flow" else tidy_toy()
    if rule in HOUSE:
        HOUSE[rule].apply(made)
    elif rule:
        CHANGES[rule](made)
    return made


def name(judge: str, kind: str, rule: str) -> str:
    """The name of the file with that document."""
    return f"{judge}-{rule.replace('/', '-') or kind}.{'arazzo.' if kind == 'flow' else ''}yaml"


def written(folder: Path, judge: str, kind: str, rule: str) -> Path:
    """The same as a file."""
    path = folder / name(judge, kind, rule)
    text = yaml.dump(document(kind, rule), Dumper=Plain, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


class Plain(yaml.SafeDumper):
    """Writes a shared node twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the interface is PyYAML's.
        """No node is shared."""
        return True


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """What these two judges say of all broken files, and of two that are not, by file."""
    folder = tmp_path_factory.mktemp("broken")
    unbroken = [("unbroken", "spec", ""), ("unbroken", "flow", "")]
    files = [written(folder, *case) for case in [*BROKEN, *unbroken]]
    found: dict[str, list[Finding]] = {}
    for finding in [*redocly(files, folder), *spectral(files, folder)]:
        found.setdefault(finding.file, []).append(finding)
    return found


@pytest.mark.parametrize(("judge", "kind", "rule"), CASES)
def test_the_rule_finds_what_it_is_for(
    findings: dict[str, list[Finding]], judge: str, kind: str, rule: str
) -> None:
    """A document broken in one way is found by the rule against it."""
    assert rule in {finding.rule for finding in findings.get(name(judge, kind, rule), [])}


@pytest.mark.parametrize(("judge", "kind", "rule"), BROKEN)
def test_no_second_judge_finds_it_too(
    findings: dict[str, list[Finding]], judge: str, kind: str, rule: str
) -> None:
    """Each rule has one judge, so who mends what it says has mended it for all."""
    judges = {
        finding.judge
        for finding in findings.get(name(judge, kind, rule), [])
        if finding.rule not in UNREADABLE
    }
    # Where a reference leads nowhere, the other house rules cannot even be asked.
    rules = [HOUSE[rule].rule] if rule in HOUSE else HOUSE_RULES
    if kind == "spec" and house_rules_broken(document(kind, rule), rules):
        judges.add("house")
    assert judges == {judge}


def house_rules_broken(made: Any, rules: Sequence[house.Rule]) -> list[str]:
    """The house rules among these that a document breaks."""
    spec = Spec("toy", made, toy().library)
    return [rule.__name__ for rule in rules if house.complaints(rule, spec)]


@pytest.mark.parametrize("kind", ["spec", "flow"])
def test_a_document_that_keeps_all_rules_passes(
    findings: dict[str, list[Finding]], kind: str
) -> None:
    """Nothing is found where nothing is wrong, so the findings are the breakages'."""
    assert findings.get(name("unbroken", kind, ""), []) == []
    assert kind == "flow" or house_rules_broken(tidy_toy(), HOUSE_RULES) == []


def test_every_rule_that_is_switched_on_is_proven() -> None:
    """No rule is listed that was never seen red, and none is inherited."""
    listed = yaml.safe_load((FOLDER / "redocly.yaml").read_text(encoding="utf-8"))
    rules = {**listed["rules"], **listed["oas3_1Rules"], **listed["arazzo1Rules"]}
    assert set(rules) == {*REDOCLY, *REDOCLY_WORKFLOW}
    assert set(rules.values()) == {"error"}
    ruleset = yaml.safe_load((FOLDER / "spectral.yaml").read_text(encoding="utf-8"))
    assert ruleset["extends"] == [["spectral:arazzo", "off"]]
    assert set(ruleset["rules"]) == {*SPECTRAL, *SPECTRAL_WORKFLOW}
    assert {ruleset["rules"][rule] for rule in SPECTRAL_WORKFLOW} == {"error"}
