"""Every house rule goes red on a specification that breaks it, and only then."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.specs.house_rules import (
    DOCUMENT_RULES,
    OPERATION_RULES,
    SCHEMA_RULES,
    bodies,
    documents,
    evidence,
    facts,
    operations,
    schemas,
)
from tests.specs.reading import Spec
from tests.specs.toy import breach, broken, toy

Rule = Callable[[Any], list[str]]


@attrs.frozen(init=False)
class Case:
    """One breakage: where the specification is changed, and into what."""

    rule: Rule
    path: tuple[str | int, ...]
    value: Any

    def __init__(self, rule: Rule, *path: str | int, value: Any = None) -> None:
        self.__attrs_init__(rule, path, value)

    def apply(self, document: Any) -> None:
        """Break a document in this way."""
        breach(document, self.path, self.value)

    @property
    def id(self) -> str:
        """Name of the rule and of the place."""
        return f"{self.rule.__name__}-{'.'.join(map(str, self.path[-3:]))}"


THING = ("paths", "/things/{thingId}")
POST = (*THING, "post")
GET = (*THING, "get")
FACTS = (*POST, "x-countermand")
REFUSALS = (*FACTS, "evidence", "not-executed")
REFUSAL = (*REFUSALS, 1)
WORDS = (*FACTS, "evidence", "undecided", 0)
NO_AMOUNT = {"amount": None, "absent": "none", "source": "The page."}
FORM = (*POST, "requestBody", "content", "application/x-www-form-urlencoded")
OK = (*GET, "responses", "200", "content", "application/json")
NAMED = ("components", "schemas")
INLINE = {"type": "object", "properties": {}}
FAILED = {"description": "It failed."}
OTHER_TAG = (*NAMED, "OtherKind", "properties", "type", "const")
RED_TAG = {"type": "string", "enum": ["red"], "description": "The kind."}

DOCUMENT_CASES = [
    Case(documents.openapi_is_3_1, "openapi", value="3.0.3"),
    Case(documents.document_is_valid_openapi, "info", "title", value=7),
    Case(documents.version_is_semantic, "info", "version", value="2024-1"),
    Case(documents.information_is_complete, "info", "summary"),
    Case(documents.information_is_complete, "info", "license"),
    Case(documents.servers_are_https, "servers", 0, "url", value="http://{host}/v1"),
    Case(documents.servers_are_https, "servers"),
    Case(documents.server_variables_are_described, "servers", 0, "description"),
    Case(
        documents.server_variables_are_described,
        *("servers", 0, "variables", "host"),
        value={"default": "api.example", "description": "Your host."},
    ),
    Case(documents.tags_are_described, "tags", 0, "description"),
    Case(documents.operation_ids_are_unique, *GET, "operationId", value="cancelThing"),
    Case(documents.references_stay_in_the_file, *OK, "schema", "$ref", value="b.yaml#/Thing"),
    Case(documents.references_stay_in_the_file, *OK, "schema", "$ref", value="#/components/Gone"),
    Case(documents.components_are_used, *NAMED, "Thing", "properties", "kind"),
    *(
        Case(
            documents.patterns_mean_the_same_everywhere,
            *(*POST, "parameters", 0, "schema", "pattern"),
            value=pattern,
        )
        for pattern in (r"\d", "(?i)late", r"late\b", "^.$", "[.]x.")
    ),
    Case(documents.nullable_is_not_used, *NAMED, "Failure", "nullable", value=True),
    Case(documents.no_work_is_left_over, *POST, "summary", value="TODO: say it"),
]

OPERATION_CASES = [
    Case(operations.name_is_a_verb_phrase, *POST, "operationId", value="CancelThing"),
    Case(operations.name_is_a_verb_phrase, *POST, "operationId", value="thingCancel"),
    Case(operations.operation_is_described, *POST, "summary"),
    Case(operations.operation_is_described, *POST, "description"),
    Case(operations.operation_is_described, *POST, "tags", value=["others"]),
    Case(operations.security_is_on_the_operation, *POST, "security"),
    Case(operations.security_is_on_the_operation, *POST, "security", value=[{"bearer": []}]),
    Case(operations.scopes_are_defined, *POST, "security", value=[{"oauth2": ["things:eat"]}]),
    Case(operations.path_parameters_match, *POST, "parameters", 0, "name", value="id"),
    Case(operations.path_parameters_match, *POST, "parameters", 0, "required"),
    Case(operations.parameters_are_explained, *POST, "parameters", 0, "description"),
    Case(operations.parameters_are_explained, *POST, "parameters", 0, "example"),
    Case(operations.parameters_are_explained, *POST, "parameters", 0, "example", value="seven"),
    Case(operations.success_is_documented, *POST, "responses", "204"),
    Case(operations.missing_credentials_are_documented, *POST, "responses", "401"),
    Case(operations.errors_have_a_body, *POST, "responses", "5XX", "content"),
    Case(operations.responses_are_described, *POST, "responses", "204", "description"),
    Case(operations.responses_are_described, *POST, "responses", "5xx", value=FAILED),
    Case(bodies.bodies_are_references, *OK, "schema", value=INLINE),
    Case(bodies.bodies_are_references, *FORM, "schema", value=INLINE),
    Case(bodies.bodies_have_examples, *OK, "examples"),
    Case(bodies.body_examples_are_valid, *OK, "examples", "plain", "value", "state", value="ajar"),
    Case(bodies.body_examples_are_valid, *FORM, "examples", "plain", "value", "mark", value="x"),
    Case(
        bodies.media_types_are_lower_case,
        *(*GET, "responses", "200", "content", "Application/JSON"),
        value={},
    ),
    Case(
        bodies.request_encodings_have_their_own_schema,
        *(*FORM, "schema", "$ref"),
        value="#/components/schemas/Wish",
    ),
    Case(facts.facts_are_stated, *FACTS),
    Case(facts.facts_are_stated, *FACTS, "effect", value="move"),
    Case(facts.facts_are_stated, *FACTS, "repeat", "answer", value="maybe"),
    Case(facts.facts_are_stated, *FACTS, "marker", "in", value="cookie"),
    Case(facts.effect_fits_the_method, *FACTS, "effect", value="read"),
    Case(facts.effect_fits_the_method, *GET, "x-countermand", "effect", value="cancel"),
    Case(facts.read_backs_exist, *FACTS, "read-back", value=["getOther"]),
    Case(facts.read_backs_exist, *FACTS, "read-back", value=["gone#getOther"]),
    Case(facts.read_backs_exist, *FACTS, "read-back", value=["other#cancelOther"]),
    Case(facts.places_exist, *FACTS, "marker", "name", value="mark"),
    Case(facts.places_exist, *FACTS, "key", value={"in": "header", "name": "Idempotency-Key"}),
    Case(facts.places_exist, *POST, "requestBody"),
    Case(facts.harmful_repeats_can_be_read_back, *FACTS, "read-back", value=[]),
    Case(facts.facts_are_stated, *FACTS, "evidence"),
    Case(facts.facts_are_stated, *FACTS, "evidence", "executed"),
    Case(facts.facts_are_stated, *FACTS, "evidence", "executed", 0, "status", value="4xx"),
    Case(facts.facts_are_stated, *FACTS, "evidence", "executed", 0, "equals", value="done"),
    Case(facts.facts_are_stated, *REFUSAL, "pointer", value="reason"),
    Case(facts.facts_are_stated, *REFUSAL, "equals", value="full"),
    Case(facts.facts_are_stated, *REFUSAL, "pattern", value="("),
    Case(facts.facts_are_stated, *WORDS, "pattern", value="late"),
    Case(facts.facts_are_stated, *WORDS, "values"),
    Case(facts.facts_are_stated, *FACTS, "evidence", "echo", 0, "in", value="header"),
    Case(facts.facts_are_stated, *FACTS, "evidence", "state", 0, value=401),
    Case(facts.facts_are_stated, *FACTS, "money"),
    Case(facts.facts_are_stated, *FACTS, "money", "unit"),
    Case(facts.facts_are_stated, *FACTS, "money", "source"),
    Case(facts.facts_are_stated, *FACTS, "money", value={**NO_AMOUNT, "unit": "minor"}),
    Case(facts.facts_are_stated, *FACTS, "money", "absent", value="none"),
    Case(facts.facts_are_stated, *FACTS, "repeat", "full", value={"effect": "none"}),
    Case(facts.facts_are_stated, *GET, "x-countermand", "money", value=NO_AMOUNT),
    Case(evidence.signs_have_a_response, *FACTS, "evidence", "executed", 0, "status", value=202),
    Case(evidence.pointers_exist, *REFUSAL, "pointer", value="/reason/0"),
    Case(evidence.pointers_exist, *WORDS, "pointer", value="/why"),
    Case(evidence.pointers_exist, *WORDS, "pointer", value="/reasons/*/why"),
    Case(evidence.pointers_exist, *FACTS, "evidence", "echo", 0, "pointer", value="/mark"),
    Case(evidence.pointers_exist, *FACTS, "evidence", "executed", 0, "pointer", value=""),
    Case(evidence.values_fit_their_schemas, *WORDS, "values", value=["late", None]),
    Case(evidence.values_fit_their_schemas, *REFUSAL, "pointer", value="/reasons"),
    Case(evidence.values_fit_their_schemas, *REFUSALS, 0, "type", value="object"),
    Case(facts.facts_are_stated, *REFUSALS, 0, "type"),
    Case(evidence.codes_are_listed, *WORDS, "values", value=["late", "never"]),
    Case(evidence.codes_are_listed, *FACTS, "evidence", "state", value=["404"]),
    Case(evidence.codes_are_listed, *FACTS, "evidence", "state", value=["gone"]),
    Case(evidence.echoes_repeat_the_request, *FACTS, "evidence", "echo", 0, "name", value="mark"),
    Case(evidence.echoes_repeat_the_request, *FACTS, "evidence", "echo", 1, "in", value="body"),
    Case(evidence.amount_exists, *FACTS, "money", "amount", value="/sum"),
    Case(evidence.amount_exists, *FACTS, "money", "unit", value="main"),
    Case(evidence.amount_exists, *POST, "requestBody"),
]

SCHEMA_CASES = [
    Case(schemas.schema_is_described, *NAMED, "Thing", "description"),
    Case(
        schemas.properties_are_described, *NAMED, "Failure", "properties", "reason", "description"
    ),
    Case(schemas.schema_has_examples, *NAMED, "Thing", "examples"),
    Case(schemas.schema_examples_are_valid, *NAMED, "Thing", "examples", value=[{"state": 1}]),
    Case(
        schemas.schema_examples_are_valid,
        *(*NAMED, "Failure", "properties", "reason", "examples"),
        value=[7],
    ),
    Case(schemas.nothing_is_inline, *NAMED, "Thing", "properties", "state", value={"enum": ["a"]}),
    Case(schemas.nothing_is_inline, *NAMED, "Thing", "properties", "kind", value=INLINE),
    Case(schemas.nothing_is_inline, *NAMED, "Thing", "properties", "kind", value={"items": INLINE}),
    Case(schemas.nothing_is_inline, *NAMED, "Kind", "oneOf", 0, value=INLINE),
    Case(schemas.response_enum_is_open, *NAMED, "ThingState", "x-open"),
    Case(schemas.request_enum_is_closed, *NAMED, "Reason", "x-open", value=True),
    Case(schemas.request_object_is_closed, *NAMED, "Wish", "additionalProperties"),
    Case(schemas.response_object_is_open, *NAMED, "Thing", "additionalProperties", value=False),
    Case(
        schemas.requests_and_responses_share_nothing,
        *(*OK, "schema", "$ref"),
        value="#/components/schemas/Wish",
    ),
    Case(schemas.name_differs_from_properties, *NAMED, "Thing", "properties", "thing", value={}),
    Case(schemas.kinds_are_told_by_const, *NAMED, "RedKind", "properties", "type", value=RED_TAG),
    Case(schemas.kinds_are_told_by_const, *NAMED, "RedKind", "required"),
    Case(schemas.kinds_are_told_by_const, *OTHER_TAG, value="blue"),
    Case(schemas.enum_values_are_explained, *NAMED, "ThingState", "description", value="`open`."),
    Case(schemas.required_properties_exist, *NAMED, "RedKind", "required", value=["type", "typ"]),
    Case(schemas.name_is_a_noun_in_capitals, *NAMED, "thing_two", value={}),
]


def complaints(rule: Rule, spec: Spec) -> list[str]:
    """Apply a rule to everything in a specification that it is about."""
    if rule in DOCUMENT_RULES:
        return rule(spec)
    subjects = spec.operations if rule in OPERATION_RULES else spec.schemas
    return [complaint for subject in subjects for complaint in rule(subject)]


@pytest.mark.parametrize(
    "case", DOCUMENT_CASES + OPERATION_CASES + SCHEMA_CASES, ids=lambda case: case.id
)
def test_a_broken_specification_turns_the_rule_red(case: Case) -> None:
    """The rule complains, and its complaint says both what is wrong and what to do."""
    found = complaints(case.rule, broken(case.path, case.value))
    assert found
    assert all("; " in complaint for complaint in found)


@pytest.mark.parametrize(
    "rule", [*DOCUMENT_RULES, *OPERATION_RULES, *SCHEMA_RULES], ids=lambda rule: rule.__name__
)
def test_the_unbroken_specification_keeps_the_rule(rule: Rule) -> None:
    """What goes red in the cases above goes red because of the breakage."""
    assert complaints(rule, toy()) == []


def test_every_rule_has_a_case() -> None:
    """No rule is taken on trust."""
    shown = {case.rule for case in DOCUMENT_CASES + OPERATION_CASES + SCHEMA_CASES}
    assert {*DOCUMENT_RULES, *OPERATION_RULES, *SCHEMA_RULES} == shown
