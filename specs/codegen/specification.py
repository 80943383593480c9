"""What the generation itself reads from a specification, beside what the generators read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class SpecificationError(Exception):
    """A specification lacks something that the generation needs; the message says what."""


def load(path: Path) -> dict[str, Any]:
    """Read a specification with openapi-python-client's parser, so that both see the same."""
    document: dict[str, Any] = YAML(typ="safe").load(path)
    return document


def api_name(path: Path) -> str:
    """Return the Python name of an API: `specs/pace-pay.yaml` is `pace_pay`."""
    return path.stem.replace("-", "_")


def open_enums(document: dict[str, Any]) -> list[str]:
    """Return the names of the enumerations that are marked `x-open: true`."""
    schemas = document.get("components", {}).get("schemas", {})
    return [name for name, schema in schemas.items() if schema.get("x-open")]


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each operation with its facts, ready for the template.

    Raises:
        SpecificationError: an operation has no operationId, or lacks facts, or refers to nothing.
    """
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                try:
                    yield {"method": method.upper(), "path": path, **_facts(document, item[method])}
                except KeyError as missing:
                    message = f"{document['info']['title']}, {method} {path}: no {missing.args[0]}"
                    raise SpecificationError(message) from missing


def _facts(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    facts = operation["x-countermand"]
    return {
        "id": operation["operationId"],
        "constant": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation["operationId"]).upper(),
        "effect": facts["effect"],
        "repeat": _repeat(facts["repeat"]),
        "places": {name: facts.get(name) for name in ("key", "marker")},
        "read_back": facts.get("read-back", []),
        "evidence": _evidence(facts.get("evidence", {})),
        "money": facts.get("money"),
        "responses": {
            str(status): list(_resolved(document, response).get("content", {}))
            for status, response in operation["responses"].items()
        },
    }


def _repeat(repeat: dict[str, Any]) -> dict[str, Any]:
    # A status may stand in YAML as a number.
    plain = {name: str(repeat[name]) for name in ("effect", "answer")}
    return {**plain, "full": _repeat(repeat["full"]) if "full" in repeat else None}


def _evidence(evidence: dict[str, Any]) -> dict[str, Any]:
    """Return the members under their Python names; each sign as its arguments by name."""
    return {
        "executed": [_sign(each) for each in evidence.get("executed", [])],
        "not_executed": [_sign(each) for each in evidence.get("not-executed", [])],
        "undecided": [_sign(each) for each in evidence.get("undecided", [])],
        "echoes": evidence.get("echo", []),
        "state": sorted(str(each) for each in evidence.get("state", [])),
    }


def _sign(sign: dict[str, Any]) -> dict[str, Any]:
    """Return a sign's members, the status as text and a list as the tuple of a frozen class."""
    typed = {"status": str, "values": tuple}
    return {name: typed.get(name, lambda same: same)(value) for name, value in sign.items()}


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node
