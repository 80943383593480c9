"""A Postman collection, made by Postman's own converter; other clients import its format too.

Three things are changed in what it makes:

* It gives every item a random id. Ids are made from the item's place instead, so that the same
  specification gives the same bytes.
* It knows one credential per request and one scope for all, and takes the address of OAuth's tokens
  for the one that a browser comes back to. Credentials are written from the specification instead:
  all that the first alternative of `security` asks for, as variables of the collection.
* A request's description begins with what a repeat of it does, before somebody presses Send twice.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from specs.publishing import node
from specs.publishing.artefacts.document import Document, DocumentError, Node, Operation
from specs.publishing.artefacts.tree import File, json_bytes, json_file
from specs.publishing.site import words

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS: Final = (
    "folderStrategy=Tags,parametersResolution=Example,"
    "enableOptionalParameters=false,includeAuthInfoInExample=false"
)
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:countermand:specs:postman")
ID_KEYS: Final = frozenset({"id", "_postman_id"})


class ConversionError(RuntimeError):
    """The converter did not make the collection that was expected."""


def file(document: Document, path: str, identity: str) -> File:
    """Convert a document.

    Args:
        document: What to convert.
        path: Where the collection goes.
        identity: What the ids are made from, together with each item's place.

    Raises:
        ConversionError: the converter failed, or left an operation out.
        DocumentError: an operation asks for a kind of credential that is not known here.
        UnknownFactError: an operation's facts cannot be put in words.
        MissingToolError: the converter is not installed.
    """
    collection = stable(_converted(document), identity)
    _complete(document, collection)
    return json_file(path, collection, "postman")


def _converted(document: Document) -> Any:
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name, "openapi.json"), Path(name, "postman.json")
        source.write_bytes(json_bytes(document.root))
        done = node.run("openapi2postmanv2", "-s", str(source), "-o", str(target), "-O", OPTIONS)
        if done.returncode or not target.is_file():
            raise ConversionError(f"no Postman collection: {done.stdout}{done.stderr}")
        return json.loads(target.read_text(encoding="utf-8"))


def stable(value: Any, place: str) -> Any:
    """Replace random ids by such that depend on the place only."""
    if isinstance(value, list):
        return [stable(each, f"{place}/{number}") for number, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {
        key: str(uuid.uuid5(NAMESPACE, place))
        if _is_random(key, each)
        else stable(each, f"{place}/{key}")
        for key, each in value.items()
    }


def _is_random(key: str, value: Any) -> bool:
    if key not in ID_KEYS or not isinstance(value, str):
        return False
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def requests(items: list[Node]) -> Iterator[Node]:
    """Yield every request of a collection, in whatever folder it is."""
    for item in items:
        if "item" in item:
            yield from requests(item["item"])
        else:
            yield item["request"]


def template(request: Node) -> str:
    """A request's path, as the specification writes it."""
    parts = (f"{{{part[1:]}}}" if part.startswith(":") else part for part in request["url"]["path"])
    return "/" + "/".join(parts)


def _complete(document: Document, collection: Node) -> None:
    made = {(each["method"], template(each)): each for each in requests(collection["item"])}
    variables: dict[str, None] = {}
    for operation in document.operations:
        request = made.get((operation.method.upper(), operation.path))
        if request is None:
            raise ConversionError(f"the collection lacks {operation.id}")
        variables.update(dict.fromkeys(_authorise(document, operation, request)))
        request["description"] = _description(operation)
    known = {each["key"] for each in collection.setdefault("variable", [])}
    missing = [name for name in variables if name not in known]
    collection["variable"] += [{"key": name, "value": ""} for name in missing]


def _description(operation: Operation) -> Node:
    facts = words.facts(operation.node.get("x-countermand"), operation.id)
    said = " ".join(words.sentences(facts))
    text = f"{said}\n\n{operation.node.get('description', '')}"
    return {"content": text.strip(), "type": "text/markdown"}


def _authorise(document: Document, operation: Operation, request: Node) -> Iterator[str]:
    """Write an operation's credentials into its request, and yield the variables they come from."""
    request["auth"] = {"type": "noauth"}
    alternatives = operation.node.get("security", document.root.get("security", []))
    for name, scopes in (alternatives[0] if alternatives else {}).items():
        scheme = document.resolved(document.root["components"]["securitySchemes"][name])
        kind = (scheme["type"], str(scheme.get("scheme") or scheme.get("in") or "").lower())
        if kind == ("apiKey", "header"):
            request["header"].append({"key": scheme["name"], "value": f"{{{{{name}}}}}"})
            yield name
        elif kind == ("http", "basic"):
            request["auth"] = _auth(
                "basic", {"username": "{{username}}", "password": "{{password}}"}
            )
            yield from ("username", "password")
        elif kind == ("http", "bearer"):
            request["auth"] = _auth("bearer", {"token": "{{token}}"})
            yield "token"
        elif kind == ("oauth2", ""):
            request["auth"] = _oauth(scheme, scopes)
            yield "token"
        else:
            raise DocumentError(f"{operation.id} asks for a credential unknown here: {name}")


def _oauth(scheme: Node, scopes: list[str]) -> Node:
    """OAuth with a token that may be pasted, or fetched with Postman's own dialogue."""
    flow = scheme["flows"]["authorizationCode"]
    values = {
        "accessToken": "{{token}}",
        "addTokenTo": "header",
        "headerPrefix": "Bearer",
        "grant_type": "authorization_code",
        "authUrl": flow["authorizationUrl"],
        "accessTokenUrl": flow["tokenUrl"],
        "scope": " ".join(scopes),
    }
    return _auth("oauth2", values)


def _auth(kind: str, values: dict[str, str]) -> Node:
    entries = [{"key": key, "value": value, "type": "string"} for key, value in values.items()]
    return {"type": kind, kind: entries}
