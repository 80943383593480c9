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
from tests.specs import test_house_rules_can_fail as project
from tests.specs.reading import Spec
from tests.specs.toy import toy

Change = Callable[[Any], object]

THING = "/things/{thingId}"
FLOW = yaml.safe_load(Path(__file__).with_name("flow.yaml").read_text(encoding="utf-8"))

INSECURE = "http://example.com"
FLOWS = {
    "authorizationCode": ["authorizationUrl", "tokenUrl", "refreshUrl"],
    "clientCredentials": ["tokenUrl", "refreshUrl"],
    "implicit": ["authorizationUrl", "refreshUrl"],
    "password": ["tokenUrl", "refreshUrl"],
}


def post(document: Any) -> Any:
    """The cancel of the toy."""
    return document["paths"][THING]["post"]


def named(document: Any, name: str) -> Any:
    """A schema of the toy."""
    return document["components"]["schemas"][name]


def properties(document: Any, name: str) -> Any:
    """The properties of a schema of the toy."""
    return named(document, name)["properties"]


def body(document: Any) -> Any:
    """The JSON body of the toy's cancel."""
    return post(document)["requestBody"]["content"]["application/json"]


def server(document: Any) -> Any:
    """The toy's one server."""
    return document["servers"][0]


def add_path(path: str, parameter: str = "thingId") -> Change:
    """Add the read under another address."""

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
    """Change the order of a path's operations."""
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
    """Add a number to an enum of texts."""
    reason = document["components"]["schemas"]["Reason"]
    reason["enum"].append(7)
    reason["description"] += " `7` of them."


def leave_one_kind(document: Any) -> None:
    """Leave one alternative of several."""
    named = document["components"]["schemas"]
    named.pop("RedKind")
    named["Kind"]["oneOf"].pop(0)
    named["OtherKind"]["properties"]["type"].pop("not")


def by_path(document: Any) -> None:
    """Name an operation by its path."""
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


def scheme(document: Any, kind: str = "") -> Any:
    """A security scheme of the toy, as it is or of another type."""
    schemes = document["components"]["securitySchemes"]
    name = next(iter(schemes))
    if kind:
        schemes[name] = {"type": kind, "description": "A credential."}
    return schemes[name]


def insecure(flow: str) -> Change:
    """Describe a flow of OAuth with one address that is not https."""
    addresses = {**dict.fromkeys(FLOWS[flow], "https://example.com"), "refreshUrl": INSECURE}
    return lambda d: scheme(d, "oauth2").update(
        flows={flow: {**addresses, "scopes": {"things:cancel": "Cancel things."}}}
    )


def sample(reference: str) -> Change:
    """Show a reference in an example."""
    return lambda d: body(d)["examples"]["plain"]["value"].update(reference=reference)


TEXT = {"type": "string"}
SCRIPT = "A <script>x</script>."
UNUSED = {"description": "Nothing refers to this."}
PARAMETER = {"name": "a", "in": "query", "schema": TEXT, "example": "a", **UNUSED}
ARRAY = {**PARAMETER, "schema": {"type": "array", "items": TEXT}, "example": ["a"]}
ODD_FLOW = {"x-security": [{"scheme": {"type": "http", "scheme": "basic"}, "schemeName": "b"}]}

BUILT_IN: dict[str, Change] = {
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

BUILT_IN_FOR_WORKFLOWS: dict[str, Change] = {
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

ASSERTIONS: dict[str, Change] = {
    "rule/money-is-never-a-float": lambda d: properties(d, "Thing").update(
        refundAmount={"type": "number", "description": "A sum."}
    ),
    "rule/failures-of-the-server-are-documented": lambda d: post(d)["responses"].pop("5XX"),
    "rule/examples-have-a-summary": lambda d: body(d)["examples"]["plain"].pop("summary"),
    "rule/summaries-are-headings": lambda d: post(d).update(summary="Cancels a thing."),
    "rule/descriptions-of-operations": lambda d: post(d).update(description="Cancels"),
    "rule/descriptions-of-parameters": lambda d: post(d)["parameters"][0].update(description="A"),
    "rule/descriptions-of-request-bodies": lambda d: post(d)["requestBody"].update(description="A"),
    "rule/descriptions-of-responses": lambda d: post(d)["responses"]["204"].update(description="A"),
    "rule/descriptions-of-schemas": lambda d: named(d, "Thing").update(description="A"),
    "rule/descriptions-of-security-schemes": lambda d: scheme(d).update(description="A"),
    "rule/documentation-is-https": lambda d: d.update(externalDocs={"url": INSECURE}),
    "rule/terms-are-https": lambda d: d["info"].update(termsOfService=INSECURE),
    "rule/discovery-is-https": lambda d: scheme(d, "openIdConnect").update(
        openIdConnectUrl=INSECURE
    ),
    **{f"rule/{name}-flow-is-https": insecure(name) for name in FLOWS},
    "ours/examples-hold-no-private-key": sample("s-priv-2a10BF2Cq2YvAo6ALSGHc3X7F42oWAIp"),
    "ours/examples-hold-no-real-address": sample("someone@gmail.com"),
}

ASSERTIONS_OF_WORKFLOWS: dict[str, Change] = {
    "struct": lambda d: d["info"].pop("version"),
    "rule/info-is-described": lambda d: d["info"].pop("summary"),
    "no-unsafe-markdown": lambda d: step(d).update(description=SCRIPT),
    "sourceDescription-type": lambda d: d["sourceDescriptions"][0].update(type="swagger"),
    "sourceDescriptions-not-empty": lambda d: d["sourceDescriptions"].clear(),
    "criteria-unique": twice(*STEP, "successCriteria"),
    "step-onFailure-unique": twice(*STEP, "onFailure"),
    "step-onSuccess-unique": twice(*STEP, "onSuccess"),
    "parameters-unique": twice(*STEP, "parameters", value="8"),
    "stepId-unique": twice("workflows", 0, "steps"),
    "workflowId-unique": twice("workflows"),
    "workflow-dependsOn": lambda d: flow(d).update(dependsOn=["nothing"]),
    "ours/outputs-are-expressions": lambda d: step(d).update(outputs={"x": "$nothing.of"}),
    "ours/operations-have-a-source": lambda d: step(d).update(
        operationId="$sourceDescriptions.other.cancelThing"
    ),
    "rule/workflows-are-described": lambda d: flow(d).pop("description"),
    "rule/steps-are-described": lambda d: step(d).pop("description"),
    "rule/names-of-workflows": lambda d: flow(d).update(workflowId="to cancel"),
    "rule/names-of-steps": lambda d: step(d).update(stepId="to cancel"),
    "rule/operations-are-named-by-id": by_path,
    "rule/bodies-have-a-media-type": lambda d: step(d)["requestBody"].update(contentType="json"),
}

SPEC_RULES = {**BUILT_IN, **ASSERTIONS}
FLOW_RULES = {**BUILT_IN_FOR_WORKFLOWS, **ASSERTIONS_OF_WORKFLOWS}
PROJECT_RULES = [*project.DOCUMENT_RULES, *project.OPERATION_RULES, *project.SCHEMA_RULES]
PROJECT_CASES = [*project.DOCUMENT_CASES, *project.OPERATION_CASES, *project.SCHEMA_CASES]
# What Redocly has rules for that are project rules here.
ELSEWHERE: dict[str, Change] = {
    "tags-of-one-name": lambda d: d["tags"].append({**d["tags"][0], "description": "Other."}),
    "example-twice": lambda d: body(d)["examples"]["plain"].update(
        externalValue="https://example.com"
    ),
    "no-values": lambda d: server(d)["variables"]["host"].update(enum=[]),
}
BROKEN: dict[tuple[str, str], Change] = {
    **{("spec", rule): change for rule, change in SPEC_RULES.items()},
    **{("flow", rule): change for rule, change in FLOW_RULES.items()},
    **{("elsewhere", name): change for name, change in ELSEWHERE.items()},
    **{("project", f"{n:02}-{case.id}"): case.apply for n, case in enumerate(PROJECT_CASES)},
    ("spec", "unbroken"): bool,
    ("flow", "unbroken"): bool,
}
COMPONENTS: dict[str, Any] = {
    "parameters": PARAMETER,
    "requestBodies": {"content": {}, **UNUSED},
    "responses": UNUSED,
    "examples": {"summary": "Nothing.", "value": 1},
    "headers": {"schema": TEXT, **UNUSED},
}
BROKEN |= {("unused", kind): add_component(kind, value) for kind, value in COMPONENTS.items()}
SHARED = {"no-unused-components"}
"""Redocly's rule covers schemas too, and so does a project rule."""


def tidy_toy() -> Any:
    """The toy of the project rules, with the parts that Redocly's rules demand in addition."""
    made = copy.deepcopy(toy().node)
    item = made["paths"][THING]
    made["paths"][THING] = {"get": item["get"], "post": item["post"]}
    item["get"]["responses"]["500"] = copy.deepcopy(post(made)["responses"]["401"])
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


class Plain(yaml.SafeDumper):
    """Writes a shared node twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the interface is PyYAML's.
        """No node is shared."""
        return True


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    """The rules by which Redocly finds something in each broken file."""
    folder = tmp_path_factory.mktemp("broken")
    files = {}
    for number, (kind, name) in enumerate(BROKEN):
        path = folder / f"{number}.{'arazzo.' if kind == 'flow' else ''}yaml"
        path.write_text(yaml.dump(broken(kind, name), Dumper=Plain, sort_keys=False), "utf-8")
        files[path.name] = (kind, name)
    options = ("--format", "json", "--max-problems", "100000")
    status, printed = lint([folder / name for name in files], *options)
    assert status == 1
    found: dict[tuple[str, str], set[str]] = {case: set() for case in BROKEN}
    decoder = json.JSONDecoder()
    # One JSON document for each file, one after another.
    while printed := printed.strip():
        report, end = decoder.raw_decode(printed)
        printed = printed[end:]
        for problem in report["problems"]:
            name = Path(problem["location"][0]["source"]["ref"]).name
            found[files[name]].add(problem["ruleId"])
    return found


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
        rules = [PROJECT_CASES[int(name[:2])].rule]
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
