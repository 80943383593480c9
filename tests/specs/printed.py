"""The providers' own examples, read from `source_examples/`."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from tests.specs.reading import Operation, Spec, load

FOLDER = Path(__file__).parent / "source_examples"


@attrs.frozen(eq=False)
class Printed:
    """One example: to which operation it belongs, and the text that the page prints."""

    operation: Operation
    kind: str
    name: str
    text: str = attrs.field(repr=False)

    @property
    def id(self) -> str:
        """How tests name the example."""
        return f"{self.operation.id}-{self.kind}-{self.name}"

    @property
    def statuses(self) -> list[str]:
        """The statuses whose body this is."""
        if self.kind != "error":
            return [self.kind]
        return [s for s in self.operation.responses if s[0] in "45"]


@attrs.frozen
class Request:
    """What a printed request sends."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None

    @property
    def path(self) -> str:
        """The path with its placeholders in single braces."""
        return urlsplit(self.url).path.replace("{{", "{").replace("}}", "}")


def printed(*, requests: bool) -> Iterator[Printed]:
    """Yield the examples of requests, or those of responses."""
    for path in sorted(FOLDER.glob("*.txt" if requests else "*.json")):
        api, operation_id, kind, name, _ = path.name.split(".")
        operation = _operation(load(api), operation_id)
        yield Printed(operation, kind, name, path.read_text(encoding="utf-8"))


def request(text: str) -> Request:
    """Read a printed request, either a curl line or a line of HTTP with a body."""
    if text.startswith("curl"):
        return _curl(shlex.split(text.replace("\\\n", " "))[1:])
    line, _, body = text.partition("\n")
    method, url = line.split()
    return Request(method, url, {"content-type": "application/json"}, body)


def decoded(sent: Request) -> Any:
    """Return the request's body as a value."""
    if sent.headers["content-type"] == "application/json":
        return json.loads(sent.body or "")
    return dict(parse_qsl(sent.body, strict_parsing=True))


def _operation(spec: Spec, operation_id: str) -> Operation:
    return {o.node["operationId"]: o for o in spec.operations}[operation_id]


def _curl(words: list[str]) -> Request:
    method, url, headers, body = "GET", "", {}, None
    rest = iter(words)
    for word in rest:
        if word in ("-X", "--request"):
            method = next(rest)
        elif word in ("-H", "--header"):
            name, _, value = next(rest).partition(": ")
            headers[name.lower()] = value
        elif word in ("-d", "--data-raw"):
            body = next(rest)
            # curl labels the data as a form unless told otherwise.
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        elif word == "-u":
            headers["authorization"] = f"Basic {next(rest)}"
        elif re.match("https://", word):
            url = word
    return Request(method, url, headers, body)
