"""Every specification keeps every house rule."""

import pytest

from tests.specs.house_rules import DOCUMENT_RULES, OPERATION_RULES, SCHEMA_RULES
from tests.specs.house_rules.documents import DocumentRule
from tests.specs.house_rules.operations import OperationRule
from tests.specs.house_rules.schemas import SchemaRule
from tests.specs.reading import Operation, Schema, Spec, load_all

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


def assert_nothing(complaints: list[str], where: str) -> None:
    """Fail with the complaints, each with the place it is about."""
    assert not complaints, "\n" + "\n".join(f"{where}: {complaint}" for complaint in complaints)
