"""Every rule of Redocly's and Spectral's goes red on a document that breaks it, and only then."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from publishing.lint.findings import FOLDER, Finding, redocly, spectral
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


def add_path(path: str) -> Change:
    """Offer the read under another address as well."""

    def change(document: Any) -> None:
        item = {"get": copy.deepcopy(document["paths"][THING]["get"])}
        item["get"]["operationId"] = "getAgain"
        document["paths"][path] = item

    return change


def add_component(kind: str, value: Any) -> Change:
    """Define something that nothing refers to."""
    return lambda document: document["components"].__setitem__(kind, {"Unused": value})


def reorder(document: Any) -> None:
    """Put the operations of a path out of order."""
    item = document["paths"][THING]
    item["get"] = item.pop("get")


def twice(*path: str | int) -> Change:
    """Repeat the first entry of a list of the workflow."""

    def change(document: Any) -> None:
        entries = document
        for key in path:
            entries = entries[key]
        entries.append(copy.deepcopy(entries[0]))

    return change


STEP = ("workflows", 0, "steps", 0)


def step(document: Any) -> Any:
    """The one step of the workflow."""
    return document["workflows"][0]["steps"][0]


ARRAY = {"name": "many", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
UNUSED = {"description": "Nothing refers to this."}
ODD_FLOW = {"x-security": [{"scheme": {"type": "http", "scheme": "basic"}, "schemeName": "b"}]}

REDOCLY: dict[str, Change] = {
    "no-unsafe-markdown": lambda d: post(d).update(description="A <script>x</script>."),
    "array-parameter-serialization": lambda d: post(d)["parameters"].append(ARRAY),
    "no-ambiguous-paths": add_path("/{kind}/seven"),
    "no-duplicated-enum-values": lambda d: d["components"]["schemas"]["Reason"]["enum"].append(
        "RETURN"
    ),
    "no-duplicated-tag-names": lambda d: d["tags"].append(d["tags"][0]),
    "no-enum-type-mismatch": lambda d: d["components"]["schemas"]["Reason"]["enum"].append(7),
    "no-example-value-and-externalValue": lambda d: body(d)["examples"]["plain"].update(
        externalValue="https://example.com"
    ),
    "no-identical-paths": add_path("/things/{otherId}"),
    "no-illogical-composition-keywords": lambda d: properties(d, "Wish").update(
        x={"oneOf": [{"type": "string"}], "description": "X."}
    ),
    "no-mixed-number-range-constraints": lambda d: properties(d, "Wish").update(
        x={"type": "integer", "minimum": 1, "exclusiveMinimum": 0}
    ),
    "no-path-trailing-slash": add_path("/others/{thingId}/"),
    "no-schema-type-mismatch": lambda d: properties(d, "Wish").update(
        x={"type": "array", "properties": {}}
    ),
    "no-server-trailing-slash": lambda d: server(d).update(url="https://{host}/v1/"),
    "no-server-variables-empty-enum": lambda d: server(d)["variables"]["host"].update(enum=[]),
    "no-undefined-server-variable": lambda d: server(d).update(url="https://{host}/{base}"),
    "path-http-verbs-order": reorder,
    "path-not-include-query": add_path("/others?id={thingId}"),
}

REDOCLY_WORKFLOW: dict[str, Change] = {
    "criteria-unique": twice(*STEP, "successCriteria"),
    "no-criteria-xpath": lambda d: step(d)["successCriteria"].append(
        {"context": "$response.body", "condition": "//a", "type": "xpath"}
    ),
    "no-x-security-both-scheme-and-scheme-name": lambda d: step(d).update(ODD_FLOW),
    "parameters-unique": twice(*STEP, "parameters"),
    "requestBody-replacements-unique": twice(*STEP, "requestBody", "replacements"),
    "sourceDescription-name-unique": twice("sourceDescriptions"),
    "sourceDescription-type": lambda d: d["sourceDescriptions"][0].pop("type"),
    "sourceDescriptions-not-empty": lambda d: d["sourceDescriptions"].clear(),
    "step-onFailure-unique": twice(*STEP, "onFailure"),
    "step-onSuccess-unique": twice(*STEP, "onSuccess"),
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
    "parameters-are-in-use": add_component("parameters", {**ARRAY, **UNUSED}),
    "request-bodies-are-in-use": add_component("requestBodies", {"content": {}, **UNUSED}),
    "responses-are-in-use": add_component("responses", UNUSED),
    "examples-are-in-use": add_component("examples", {"summary": "Nothing.", "value": 1}),
    "headers-are-in-use": add_component("headers", UNUSED),
}

SPECTRAL_WORKFLOW: dict[str, Change] = {
    "arazzo-document-schema": lambda d: d["info"].pop("version"),
    "arazzo-workflowId-unique": twice("workflows"),
    "arazzo-workflow-stepId-unique": twice("workflows", 0, "steps"),
    "arazzo-step-output-validation": lambda d: step(d).update(outputs={"x": "$nothing.of"}),
    "arazzo-step-description": lambda d: step(d).pop("description"),
    "arazzo-workflow-summary": lambda d: d["workflows"][0].pop("summary"),
    "arazzo-info-summary": lambda d: d["info"].pop("summary"),
}

CASES = [
    *[("redocly", "spec", rule) for rule in REDOCLY],
    *[("redocly", "flow", rule) for rule in REDOCLY_WORKFLOW],
    *[("spectral", "spec", rule) for rule in SPECTRAL],
    *[("spectral", "flow", rule) for rule in SPECTRAL_WORKFLOW],
]
CHANGES = REDOCLY | REDOCLY_WORKFLOW | SPECTRAL | SPECTRAL_WORKFLOW


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


def written(folder: Path, judge: str, kind: str, rule: str) -> Path:
    """The toy or its workflow, broken so that the rule should find it."""
    document = copy.deepcopy(FLOW) if kind == "flow" else tidy_toy()
    if rule:
        CHANGES[rule](document)
    path = folder / f"{judge}-{rule or kind}.{'arazzo.' if kind == 'flow' else ''}yaml"
    path.write_text(yaml.dump(document, Dumper=Plain, sort_keys=False), encoding="utf-8")
    return path


class Plain(yaml.SafeDumper):
    """Writes a shared node twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the interface is PyYAML's.
        """No node is shared."""
        return True


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """What either judge says of all broken files, by file."""
    folder = tmp_path_factory.mktemp("broken")
    found: dict[str, list[Finding]] = {}
    for judge, judged in (("redocly", redocly), ("spectral", spectral)):
        cases = [*CASES, (judge, "spec", ""), (judge, "flow", "")]
        files = [written(folder, *case) for case in cases if case[0] == judge]
        for finding in judged(files, folder):
            found.setdefault(finding.file, []).append(finding)
    return found


@pytest.mark.parametrize(("judge", "kind", "rule"), CASES)
def test_the_rule_finds_what_it_is_for(
    findings: dict[str, list[Finding]], judge: str, kind: str, rule: str
) -> None:
    """A document broken in one way is found by the rule against it."""
    name = f"{judge}-{rule}.{'arazzo.' if kind == 'flow' else ''}yaml"
    assert rule in {finding.rule for finding in findings.get(name, [])}


@pytest.mark.parametrize("judge", ["redocly", "spectral"])
@pytest.mark.parametrize("name", ["spec.yaml", "flow.arazzo.yaml"])
def test_a_document_that_keeps_all_rules_passes(
    findings: dict[str, list[Finding]], judge: str, name: str
) -> None:
    """Nothing is found where nothing is wrong, so the findings are the breakages'."""
    assert findings.get(f"{judge}-{name}", []) == []


def test_every_rule_that_is_switched_on_is_proven() -> None:
    """No rule is listed that was never seen red."""
    listed = yaml.safe_load((FOLDER / "redocly.yaml").read_text(encoding="utf-8"))
    rules = {**listed["rules"], **listed["oas3_1Rules"], **listed["arazzo1Rules"]}
    assert set(rules) == {*REDOCLY, *REDOCLY_WORKFLOW}
    assert set(rules.values()) == {"error"}
    ours = yaml.safe_load((FOLDER / "spectral.yaml").read_text(encoding="utf-8"))["rules"]
    assert set(ours) == set(SPECTRAL)
