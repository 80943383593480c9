"""The documents' examples as files, and an index of the requests that they answer.

Any mock can load them: a file holds exactly the bytes of a body, the index has the rest (method,
path, status, media type). The paths in the index start at its own folder.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from specs.publishing import PublishingError
from specs.publishing.artefacts.tree import File, json_bytes, json_file
from specs.publishing.document import Node, Operation, operations

Entry = dict[str, Any]
Made = tuple[Entry, File | None]
"""The entry of a message in the index, and its body."""


def files(document: Node, folder: str, api: str) -> Iterator[File]:
    """Yield every example's body, and the index."""
    listed: list[Entry] = []
    for operation in operations(document):
        requests = list(_requests(operation, folder))
        responses = list(_responses(operation, folder))
        yield from (body for _, body in (*requests, *responses) if body is not None)
        listed.append(
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
        "version": document.root["info"]["version"],
        "servers": [server["url"] for server in document.get("servers", [])],
        "operations": listed,
    }
    yield json_file(f"{folder}/index.json", index, "example-index")


def _requests(operation: Operation, folder: str) -> Iterator[Made]:
    sample, body = _sample(operation), operation.body
    yield from _bodies(f"{operation.id}/request", body, folder, sample)
    if not body.get("required", False):
        # "plain" is the only request of an operation that takes no body.
        yield {**sample, "name": "empty" if body else "plain", "file": None}, None


def _responses(operation: Operation, folder: str) -> Iterator[Made]:
    for status, response in operation.responses.items():
        headers = response.child("headers").members
        fixed = {
            "status": int(status) if status.isdigit() else status,
            "headers": {n: str(h.get("example")) for n, h in headers.items() if "example" in h},
        }
        yield from _bodies(f"{operation.id}/{status}", response, folder, fixed)
        if not response.child("content").names:
            yield {**fixed, "name": "plain", "file": None}, None


def _bodies(where: str, message: Node, folder: str, fixed: Entry) -> Iterator[Made]:
    """Yield the entry of each example of a message's body, and its file.

    `where` is the operation's id and, after a slash, `request` or the status; `fixed` is what the
    entries have in common.
    """
    role = "example-request" if where.endswith("/request") else "example-response"
    for media_type, media in message.child("content").members.items():
        found = media.child("examples").members
        if not found:
            raise PublishingError(f"no example of {where}, {media_type}")
        for name, example in found.items():
            content, ending = encoded(media_type, example.get("value"), f"{where}, {name}")
            path = f"{where}.{name}.{ending}"
            entry = {
                **fixed,
                "name": name,
                "summary": example.get("summary", name),
                "headers": {**fixed["headers"], "Content-Type": media_type},
                "file": path,
            }
            yield entry, File(f"{folder}/{path}", content, media_type, role)


def encoded(media_type: str, value: Any, where: str) -> tuple[bytes, str]:
    """Return the bytes of a body, and the ending of its file's name."""
    if value is None:
        raise PublishingError(f"an example without a value: {where}")
    essence = media_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return json_bytes(value), "json"
    flat = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if essence == "application/x-www-form-urlencoded" and flat:
        return urlencode(value).encode(), "form"
    if essence.startswith("text/") and isinstance(value, str):
        return value.encode(), "txt"
    raise PublishingError(f"no way to write {json.dumps(value)[:60]} as {where}")


def _sample(operation: Operation) -> Entry:
    """A request with the examples of its required parameters, without a body.

    An optional parameter is left out: a mock matches a request without it.
    """
    values: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.parameters:
        if parameter.get("required"):
            if "example" not in parameter:
                raise PublishingError(f"no example of {operation.id}'s {parameter.get('name')}")
            place = values[str(parameter.get("in"))]
            place[str(parameter.get("name"))] = str(parameter.get("example"))
    path = operation.path
    for name, value in values["path"].items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    contents = (response.child("content").names for response in operation.responses.values())
    accepted = ", ".join(dict.fromkeys(name for names in contents for name in names))
    return {
        "method": operation.method.upper(),
        "path": path,
        "query": values["query"],
        "headers": {**values["header"], **({"Accept": accepted} if accepted else {})},
    }
