"""A small specification that keeps every house rule, for tests that break it on purpose."""

import copy
from typing import Any

from tests.specs.reading import Node, Spec

_ERROR: Node = {
    "description": "It went wrong.",
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Failure"},
            "examples": {"plain": {"value": {"reason": "full"}}},
        }
    },
}

_ID: Node = {
    "name": "thingId",
    "in": "path",
    "required": True,
    "description": "The thing.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
    "example": "7",
}

_CANCEL: Node = {
    "operationId": "cancelThing",
    "tags": ["things"],
    "summary": "Cancel a thing",
    "description": "Cancels a thing.",
    "security": [{"oauth2": ["things:cancel"]}],
    "x-countermand": {
        "effect": "cancel",
        "repeat": {"effect": "again", "answer": "unknown"},
        "marker": {"in": "body", "name": "reference"},
        "read-back": ["getThing", "other#getOther"],
        "evidence": {
            "executed": [{"status": 204}],
            "not-executed": [
                {"status": "4XX", "pointer": "/reasons", "type": "array"},
                {"status": 401, "pointer": "/reason", "pattern": "^f"},
                {"status": "any", "pointer": "/reason", "equals": "full"},
            ],
            "undecided": [
                {"pointer": "/reason", "values": ["late"]},
                {"status": 409, "pointer": "/progress", "pattern": "^[0-9]+$"},
            ],
            "echo": [
                {"pointer": "/reference", "in": "body", "name": "reference"},
                {"pointer": "/thingId", "in": "path", "name": "thingId", "required": True},
            ],
            "state": ["401", "full"],
        },
        "money": {
            "amount": "/amount",
            "unit": "minor",
            "absent": "everything",
            "source": "The provider's page.",
        },
    },
    "parameters": [_ID],
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Wish"},
                "examples": {"plain": {"value": {"reference": "order-42"}}},
            },
            "application/x-www-form-urlencoded": {
                "schema": {"$ref": "#/components/schemas/WishForm"},
                "examples": {"plain": {"value": {"reference": "order-42"}}},
            },
        }
    },
    "responses": {"204": {"description": "Done."}, "401": _ERROR, "5XX": _ERROR},
}

_GET: Node = {
    "operationId": "getThing",
    "tags": ["things"],
    "summary": "Get a thing",
    "description": "Gets a thing.",
    "security": [{"oauth2": ["things:cancel"]}],
    "x-countermand": {
        "effect": "read",
        "repeat": {"effect": "none", "answer": "same"},
        "read-back": [],
    },
    "parameters": [_ID],
    "responses": {
        "200": {
            "description": "The thing.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Thing"},
                    "examples": {"plain": {"value": {"state": "open"}}},
                }
            },
        },
        "401": _ERROR,
    },
}


def _wish() -> Node:
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "What is wished for.",
        "properties": {
            "reference": {"type": "string", "description": "The caller's mark."},
            "amount": {"type": "integer", "description": "How much, in the minor unit."},
            "reason": {"$ref": "#/components/schemas/Reason"},
        },
        "examples": [{"reference": "order-42", "reason": "RETURN"}],
    }


def _kind(name: str, tag: Node) -> Node:
    return {
        "type": "object",
        "required": ["type"],
        "description": f"{name} of a thing.",
        "properties": {"type": {"type": "string", "description": "The kind.", **tag}},
        "examples": [{"type": name}],
    }


_SCHEMAS: Node = {
    "Wish": _wish(),
    "WishForm": _wish(),
    "Reason": {
        "type": "string",
        "enum": ["RETURN"],
        "description": "`RETURN` of goods.",
        "examples": ["RETURN"],
    },
    "Thing": {
        "type": "object",
        "description": "A thing.",
        "properties": {
            "state": {"$ref": "#/components/schemas/ThingState"},
            "kind": {"$ref": "#/components/schemas/Kind"},
        },
        "examples": [{"state": "open", "kind": {"type": "red"}}],
    },
    "ThingState": {
        "type": "string",
        "x-open": True,
        "enum": ["open", "closed"],
        "description": "`open` or `closed`.",
        "examples": ["open"],
    },
    "Kind": {
        "description": "The kind of a thing.",
        "oneOf": [
            {"$ref": "#/components/schemas/RedKind"},
            {"$ref": "#/components/schemas/OtherKind"},
        ],
        "examples": [{"type": "red"}, {"type": "blue"}],
    },
    "RedKind": _kind("red", {"const": "red"}),
    "OtherKind": _kind("blue", {"not": {"enum": ["red"]}}),
    "Failure": {
        "type": "object",
        "description": "What went wrong.",
        "properties": {
            "reason": {"type": "string", "description": "Why: `full` or `late`."},
            "reasons": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Why, in words.",
            },
            "reference": {"type": "string", "description": "The caller's mark."},
            "thingId": {"type": "string", "description": "The thing."},
        },
        "examples": [{"reason": "full"}],
    },
}

_TOY: Node = {
    "openapi": "3.1.0",
    "info": {
        "title": "Things",
        "summary": "Cancel things.",
        "description": "Cancels things.",
        "version": "1.0.0",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "servers": [
        {
            "url": "https://{host}/v1",
            "description": "`host` is yours.",
            "variables": {"host": {"default": "api.example"}},
        }
    ],
    "tags": [{"name": "things", "description": "Things."}],
    "paths": {"/things/{thingId}": {"post": _CANCEL, "get": _GET}},
    "components": {
        "securitySchemes": {
            "oauth2": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://api.example/token",
                        "scopes": {"things:cancel": "Cancel things."},
                    }
                },
            }
        },
        "schemas": _SCHEMAS,
    },
}

_OTHER: Node = {
    "paths": {
        "/others": {
            "get": {"operationId": "getOther", "x-countermand": {"effect": "read"}},
            "post": {"operationId": "cancelOther", "x-countermand": {"effect": "cancel"}},
        }
    }
}


def toy() -> Spec:
    """Return the whole specification."""
    return broken((), None)


def broken(path: tuple[str | int, ...], value: Any) -> Spec:
    """Return the specification with one node replaced; None removes the node."""
    document = copy.deepcopy(_TOY)
    breach(document, path, value)
    return Spec("toy", document, {"other": _OTHER})


def breach(document: Any, path: tuple[str | int, ...], value: Any) -> None:
    """Replace one node of a document; None removes it."""
    node = document
    for key in path[:-1]:
        node = node[key]
    if path and value is None:
        del node[path[-1]]
    elif path:
        node[path[-1]] = value
