"""The documents' examples as files, and an index that says what they answer to.

Any mock can load them: a file holds exactly the bytes of a body, the index gives the rest (method,
path, status, media type). In the index every path leads from the index's own folder.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from specs.publishing.artefacts.document import Document, DocumentError, Node, Operation
from specs.publishing.artefacts.tree import FORM, File, json_bytes, json_file

if TYPE_CHECKING:
    from collections.abc import Iterator

Made = tuple[Node, File | None]
"""What the index says about a message, and its body."""


def files(document: Document, folder: str, api: str) -> Iterator[File]:
    """Yield every example's body, and the index.

    Raises:
        DocumentError: a body without any example, a required parameter without one, or an example
            that its media type cannot carry.
    """
    operations: list[Node] = []
    for operation in document.operations:
        requests = list(_requests(document, operation, folder))
        responses = list(_responses(document, operation, folder))
        yield from (body for _, body in (*requests, *responses) if body is not None)
        operations.append(
            {
                "operationId": operation.id,
                "method": operation.method.upper(),
                "path": operation.path,
                "requests": [entry for entry, _ in requests],
                "responses": [entry for entry, _ in responses],
            }
        )
    index = {
        "api": api,
        "version": document.version,
        "servers": [server["url"] for server in document.root.get("servers", [])],
        "operations": operations,
    }
    yield json_file(f"{folder}/index.json", index, "example-index")


def _requests(document: Document, operation: Operation, folder: str) -> Iterator[Made]:
    sample = _sample(document, operation)
    body = document.request_body(operation)
    for entry, file in _bodies(document, f"{operation.id}/request", body, folder):
        yield {**sample, **entry, "headers": {**sample["headers"], **entry["headers"]}}, file
    if not body.get("required", False):
        # "plain" is the only request of an operation that takes no body.
        yield {**sample, "name": "empty" if body else "plain", "file": None}, None


def _responses(document: Document, operation: Operation, folder: str) -> Iterator[Made]:
    for status, response in document.responses(operation).items():
        number: int | str = int(status) if status.isdigit() else status
        fixed = _headers(document, response)
        for entry, file in _bodies(document, f"{operation.id}/{status}", response, folder):
            yield {"status": number, **entry, "headers": {**fixed, **entry["headers"]}}, file
        if not response.get("content"):
            yield {"status": number, "name": "plain", "headers": fixed, "file": None}, None


def _bodies(
    document: Document, where: str, message: Node, folder: str
) -> Iterator[tuple[Node, File]]:
    """Yield what the index says about each example of a message's body, and its file.

    `where` is the operation's id and, after a slash, `request` or the status.
    """
    role = "example-request" if where.endswith("/request") else "example-response"
    for media_type, media in message.get("content", {}).items():
        if not media.get("examples"):
            raise DocumentError(f"no example of {where}, {media_type}")
        for name, node in media["examples"].items():
            example = document.resolved(node)
            content, ending = encoded(media_type, example.get("value"), f"{where}, {name}")
            path = f"{where}.{name}.{ending}"
            entry = {
                "name": name,
                "summary": example.get("summary", name),
                "headers": {"Content-Type": media_type},
                "file": path,
            }
            yield entry, File(f"{folder}/{path}", content, media_type, role)


def encoded(media_type: str, value: Any, where: str) -> tuple[bytes, str]:
    """Return the bytes of a body, and the ending of its file's name.

    Raises:
        DocumentError: there is no way to write such a value in such a media type.
    """
    if value is None:
        raise DocumentError(f"an example without a value: {where}")
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return json_bytes(value), "json"
    flat = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if essence == FORM and flat:
        return urlencode(value).encode(), "form"
    if essence.startswith("text/") and isinstance(value, str):
        return value.encode(), "txt"
    raise DocumentError(f"no way to write {json.dumps(value)[:60]} as {where}")


def _sample(document: Document, operation: Operation) -> Node:
    """A request as its required parameters' examples make it, without a body.

    An optional parameter stays out: a mock matches a request that leaves it away.
    """
    path = operation.path
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for parameter in document.parameters(operation):
        if parameter.get("required"):
            if "example" not in parameter:
                raise DocumentError(f"no example of {operation.id}'s {parameter['name']}")
            value = str(parameter["example"])
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
            elif parameter["in"] == "query":
                query[parameter["name"]] = value
            else:
                headers[parameter["name"]] = value
    accepted = {
        media_type: None
        for response in document.responses(operation).values()
        for media_type in response.get("content", {})
    }
    if accepted:
        headers["Accept"] = ", ".join(accepted)
    return {"method": operation.method.upper(), "path": path, "query": query, "headers": headers}


def _headers(document: Document, response: Node) -> dict[str, str]:
    """A response's header fields, as far as the document gives examples of them."""
    named = response.get("headers", {})
    resolved = {name: document.resolved(node) for name, node in named.items()}
    return {name: str(node["example"]) for name, node in resolved.items() if "example" in node}
