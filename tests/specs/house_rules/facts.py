"""Rules about `x-countermand`, the facts that a client obeys."""

import json
from functools import cache

from jsonschema import Draft202012Validator

from tests.specs.reading import FOLDER, Node, Operation, Spec


@cache
def _shape() -> Draft202012Validator:
    shape = json.loads((FOLDER / "x-countermand.schema.json").read_text())
    # Without the checker, a pattern that is no regular expression would pass.
    return Draft202012Validator(shape, format_checker=Draft202012Validator.FORMAT_CHECKER)


def facts_are_stated(operation: Operation) -> list[str]:
    """The operation carries well-formed facts."""
    if "x-countermand" not in operation.node:
        return ["there is no x-countermand; state the facts, see specs/README.md"]
    return [
        f"x-countermand is malformed at {error.json_path}: {error.message}; see specs/README.md"
        for error in _shape().iter_errors(operation.node["x-countermand"])
    ]


def effect_fits_the_method(operation: Operation) -> list[str]:
    """A GET reads; everything else here moves money."""
    effect = _facts(operation).get("effect")
    expected = "read" if operation.method == "get" else "cancel"
    if effect == expected:
        return []
    return [f"effect is {effect} for {operation.method.upper()}; write {expected}"]


def read_backs_exist(operation: Operation) -> list[str]:
    """Every operation named for reading back exists and only reads."""
    complaints = []
    for name in _facts(operation).get("read-back", []):
        target = _find(operation.spec, name)
        if target is None:
            complaints.append(f"read-back {name} is no operation; write operationId or file#id")
        elif target.get("x-countermand", {}).get("effect") != "read":
            complaints.append(f"read-back {name} does not only read; name a read operation")
    return complaints


def places_exist(operation: Operation) -> list[str]:
    """A key or marker names a field or parameter that every form of the request has."""
    complaints = []
    for fact in ("key", "marker"):
        place = _facts(operation).get(fact)
        if place and not all(place["name"] in names for names in operation.names(place["in"])):
            complaints.append(
                f"{fact} {place['name']} is not in the {place['in']} of the request; "
                "name a documented field or parameter"
            )
    return complaints


def harmful_repeats_can_be_read_back(operation: Operation) -> list[str]:
    """Where a repeat does harm and a marker is stored, some read shows it."""
    facts = _facts(operation)
    if facts.get("marker") and not facts.get("read-back"):
        return ["there is a marker and no read-back; name the operation that shows the marker"]
    return []


def _facts(operation: Operation) -> Node:
    facts = operation.node.get("x-countermand")
    return facts if isinstance(facts, dict) else {}


def _find(spec: Spec, name: str) -> Node | None:
    file, _, operation_id = name.rpartition("#")
    target = Spec(file, spec.library.get(file, {}), spec.library) if file else spec
    found = (o.node for o in target.operations if o.node.get("operationId") == operation_id)
    return next(found, None)


FACT_RULES = (
    facts_are_stated,
    effect_fits_the_method,
    read_backs_exist,
    places_exist,
    harmful_repeats_can_be_read_back,
)
