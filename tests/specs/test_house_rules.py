"""Every specification keeps every house rule."""

from itertools import repeat

import pytest
import yaml

from tests.specs.house_rules import DOCUMENT_RULES, OPERATION_RULES, SCHEMA_RULES
from tests.specs.house_rules.documents import DocumentRule
from tests.specs.house_rules.operations import OperationRule
from tests.specs.house_rules.schemas import SchemaRule
from tests.specs.reading import FOLDER, Operation, Schema, Spec, load_all

SPECS = load_all()
OPERATIONS = [operation for spec in SPECS for operation in spec.operations]
SCHEMAS = [schema for spec in SPECS for schema in spec.schemas]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("rule", DOCUMENT_RULES, ids=lambda rule: rule.__name__)
def test_the_document_keeps_the_rule(rule: DocumentRule, spec: Spec) -> None:
    """One rule about the whole file holds."""
    assert_nothing(rule(spec), f"specs/{spec.name}.yaml")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
@pytest.mark.parametrize("rule", OPERATION_RULES, ids=lambda rule: rule.__name__)
def test_the_operation_keeps_the_rule(rule: OperationRule, operation: Operation) -> None:
    """One rule about one operation holds."""
    assert_nothing(rule(operation), operation.id)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.id)
@pytest.mark.parametrize("rule", SCHEMA_RULES, ids=lambda rule: rule.__name__)
def test_the_schema_keeps_the_rule(rule: SchemaRule, schema: Schema) -> None:
    """One rule about one named schema holds."""
    assert_nothing(rule(schema), schema.id)


MAX_ALIASES = 50
"""Java's parser of YAML refuses a document with more."""


def count_aliases(text: str) -> int:
    """The references to anchors in a YAML document."""
    return sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_tools_in_java_can_read_the_file(spec: Spec) -> None:
    """Write out short values instead of more aliases."""
    text = (FOLDER / f"{spec.name}.yaml").read_text(encoding="utf-8")
    assert count_aliases(text) <= MAX_ALIASES


def test_too_many_aliases_are_counted() -> None:
    """Anchors are none."""
    many = ", ".join(repeat("*a", MAX_ALIASES + 1))
    assert count_aliases(f"a: &a {{}}\nb: [{many}]") == MAX_ALIASES + 1


def assert_nothing(complaints: list[str], where: str) -> None:
    """Fail with the complaints, each with the place it is about."""
    assert not complaints, "\n" + "\n".join(f"{where}: {complaint}" for complaint in complaints)
