"""Rules about one operation."""

import re
from collections.abc import Callable

from tests.specs.house_rules.bodies import BODY_RULES
from tests.specs.house_rules.evidence import EVIDENCE_RULES
from tests.specs.house_rules.facts import FACT_RULES
from tests.specs.reading import Operation

OperationRule = Callable[[Operation], list[str]]

VERBS = ("cancel", "get", "list")


def name_is_a_verb_phrase(operation: Operation) -> list[str]:
    """The operationId is lowerCamelCase and begins with what the operation does."""
    name = operation.node.get("operationId", "")
    if re.fullmatch(rf"({'|'.join(VERBS)})([A-Z][a-z0-9]*)+", name):
        return []
    return [f"operationId is {name!r}; write a verb of {VERBS} and a noun, as in cancelPayment"]


def operation_is_described(operation: Operation) -> list[str]:
    """Summary and description are given, and the one tag is declared."""
    complaints = [
        f"there is no {key}; say what the operation does"
        for key in ("summary", "description")
        if not operation.node.get(key)
    ]
    declared = {tag["name"] for tag in operation.spec.node.get("tags", [])}
    tags = operation.node.get("tags", [])
    if len(tags) != 1 or not declared.issuperset(tags):
        complaints.append(f"tags are {tags}; give one tag that the file declares under tags")
    return complaints


def security_is_on_the_operation(operation: Operation) -> list[str]:
    """The operation names its credentials; openapi-python-client ignores document-level ones."""
    alternatives = operation.node.get("security")
    if not alternatives:
        return ["there is no security; list the schemes on the operation itself"]
    schemes = operation.spec.node.get("components", {}).get("securitySchemes", {})
    return [
        f"security scheme {name} is unknown; define it under components.securitySchemes"
        for alternative in alternatives
        for name in alternative
        if name not in schemes
    ]


def scopes_are_defined(operation: Operation) -> list[str]:
    """An OAuth2 scope that is asked for is one that the scheme explains."""
    schemes = operation.spec.node.get("components", {}).get("securitySchemes", {})
    return [
        f"scope {scope} is unknown; describe it in the flows of the scheme {name}"
        for alternative in operation.node.get("security", [])
        for name, scopes in alternative.items()
        for scope in scopes
        if not all(scope in f["scopes"] for f in schemes.get(name, {}).get("flows", {}).values())
    ]


def path_parameters_match(operation: Operation) -> list[str]:
    """The path's placeholders and the path parameters are the same set, all required."""
    in_path = set(re.findall(r"\{([^}]+)\}", operation.path))
    declared = {p["name"]: p for p in operation.parameters if p["in"] == "path"}
    complaints = [
        f"{name} is only in the path or only a parameter; spell it the same in both"
        for name in sorted(in_path ^ set(declared))
    ]
    optional = [name for name, p in declared.items() if p.get("required") is not True]
    return complaints + [f"path parameter {name} lacks required: true; add it" for name in optional]


def parameters_are_explained(operation: Operation) -> list[str]:
    """Every parameter has a description and a valid example."""
    complaints = []
    for parameter in operation.parameters:
        name = parameter["name"]
        if not parameter.get("description"):
            complaints.append(f"parameter {name} has no description; say what goes there")
        if "example" not in parameter:
            complaints.append(f"parameter {name} has no example; give one under example")
            continue
        wrong = operation.spec.violations(parameter["schema"], parameter["example"])
        complaints += [f"example of parameter {name} is not valid, {w}; correct it" for w in wrong]
    return complaints


def success_is_documented(operation: Operation) -> list[str]:
    """A reader learns which status means success."""
    if any(status.startswith("2") for status in operation.responses):
        return []
    return ["there is no 2xx response; document what success looks like"]


def missing_credentials_are_documented(operation: Operation) -> list[str]:
    """A reader learns what the answer to missing or stale credentials is."""
    return [] if "401" in operation.responses else ["there is no response 401; document it"]


def errors_have_a_body(operation: Operation) -> list[str]:
    """Every error says how its body looks."""
    return [
        f"response {status} has no body schema; add content with a $ref to the error's schema"
        for status, response in operation.responses.items()
        if status[0] in "45"
        and not any("schema" in media for media in response.get("content", {}).values())
    ]


def responses_are_described(operation: Operation) -> list[str]:
    """Every response says what it means, under a key that generators understand."""
    complaints = [
        f"response {status} has no description; say what it means"
        for status, response in operation.responses.items()
        if not response.get("description")
    ]
    wrong = [s for s in operation.responses if not re.fullmatch(r"[1-5]([0-9]{2}|XX)", s)]
    return complaints + [
        f"response key {s} is no status; write three digits or 5XX in capitals" for s in wrong
    ]


OPERATION_RULES: tuple[OperationRule, ...] = (
    name_is_a_verb_phrase,
    operation_is_described,
    security_is_on_the_operation,
    scopes_are_defined,
    path_parameters_match,
    parameters_are_explained,
    success_is_documented,
    missing_credentials_are_documented,
    errors_have_a_body,
    responses_are_described,
    *BODY_RULES,
    *FACT_RULES,
    *EVIDENCE_RULES,
)
