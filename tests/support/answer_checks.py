"""Checks every answer of a sandbox against the specifications, with openapi-core.

    with checked_answers() as answers, Sandbox() as sandbox:
        ...

At the end of the block an `AssertionError` lists what no specification describes: a status, a media
type, a body, a header field, or a success at an address that the API does not have. An accepted
request has to be described as well.

The check stands at the provider. A response that a fault proxy makes or changes is not the
provider's, and is not checked.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from unittest.mock import patch
from urllib.parse import parse_qsl

import attrs
from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.templating.responses.finders import ResponseFinder
from openapi_core.testing import MockRequest, MockResponse

from countermand import specs
from countermand.sandbox import create_app, server
from countermand.sandbox.simulators import BASE_PATHS
from tests.support.tracing import tracing_suspended

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from countermand.sandbox import SandboxState

RESPONSE_FIELDS: Final = frozenset(
    {"connection", "content-length", "content-type", "date", "server", "transfer-encoding"}
)
"""Header fields of the connection and the representation, which OpenAPI describes elsewhere or
nowhere (RFC 9110, RFC 9112). A field about the API, as `Allow` is, has to be described."""

REQUEST_FIELDS: Final = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type"}
    | {"host", "transfer-encoding", "user-agent"}
)
"""The same of requests. OpenAPI describes `authorization` as a security scheme."""

_ORIGIN: Final = "http://sandbox.invalid"
_FIRST_FAILURE: Final = 300
_NOT_FOUND: Final = 404
_NOT_ALLOWED: Final = 405


@attrs.define
class Answers:
    """The answers so far: how many, which documented ones, and what is wrong with them."""

    count: int = 0
    seen: set[tuple[str, str, str]] = attrs.field(factory=set)
    """API, operationId and status."""
    findings: set[str] = attrs.field(factory=set)

    def wrapped(self, app: ASGIApp) -> ASGIApp:
        """The same application, with its answers checked before a client has all of them."""

        async def checked(scope: Scope, receive: Receive, send: Send) -> None:
            api = _api(scope)
            request: list[bytes] = []
            response: list[Message] = []

            async def listen() -> Message:
                message = await receive()
                request.append(message.get("body", b""))
                return message

            async def answer(message: Message) -> None:
                response.append(message)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    sent = _request(scope, b"".join(request))
                    body = b"".join(part.get("body", b"") for part in response[1:])
                    with tracing_suspended():
                        self.check(api, sent, _response(response[0], body))
                await send(message)

            await (app(scope, listen, answer) if api else app(scope, receive, send))

        return checked

    def check(self, api: str, request: MockRequest, response: MockResponse) -> None:
        """Note whether an answer is described, and what about it is not."""
        self.count += 1
        status = response.status_code
        try:
            operation, found = _described(api, request, response)
            self.seen.add((api, operation["operationId"], str(status)))
            _check_response(api, request, response, found)
            # A request that was refused may have been anything.
            if status < _FIRST_FAILURE:
                _check_request(api, request, operation)
        except (PathNotFound, OperationNotFound) as error:
            # An address below the base, or a method of it, that the API does not have.
            if status != _NOT_FOUND:
                self._note(api, request, status, error)
        except Exception as error:  # noqa: BLE001 - no failure here may change the answer
            self._note(api, request, status, error)

    def _note(self, api: str, request: MockRequest, status: int, error: Exception) -> None:
        details = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
        reason = "; ".join(getattr(each, "message", repr(each))[:300] for each in details)
        self.findings.add(f"{api} {request.method.upper()} {request.path} {status}: {reason}")


class UndescribedError(Exception):
    """Something that is not described, and that openapi-core lets pass."""


@contextmanager
def checked_answers() -> Iterator[Answers]:
    """Check the answers of every `Sandbox` that this process makes inside the block.

    Raises:
        AssertionError: one of them is not described.
    """
    answers = Answers()
    with tracing_suspended():
        for api in BASE_PATHS:
            # It takes a second, and more on a busy machine: too long for a request's deadline.
            _document(api)

    def create_checked_app(state: SandboxState | None = None) -> ASGIApp:
        return answers.wrapped(create_app(state))

    # The sandbox has no hook for this, and its users need none.
    with patch.object(server, "create_app", create_checked_app):
        yield answers
    assert not answers.findings, "\n".join(sorted(answers.findings))


def documented() -> set[tuple[str, str, str]]:
    """Every response of the specifications: API, operationId and status."""
    return {
        (api, operation["operationId"], str(status))
        for api in BASE_PATHS
        for item in specs.load(api)["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
        for status in operation["responses"]
    }


def _api(scope: Scope) -> str:
    """The API that a request is for, or nothing for the control plane."""
    path = str(scope.get("path", "")) if scope["type"] == "http" else ""
    return next((api for api, base in BASE_PATHS.items() if path.startswith(f"{base}/")), "")


def _request(scope: Scope, body: bytes) -> MockRequest:
    headers = {
        name: value
        for name, value in _headers(scope["headers"]).items()
        # Schemathesis marks its requests with such fields.
        if not name.startswith("x-schemathesis-")
    }
    return MockRequest(
        _ORIGIN,
        scope["method"].lower(),
        scope["raw_path"].decode("latin-1"),
        args=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        data=body or None,
        content_type=headers.get("content-type", ""),
    )


def _response(start: Message, body: bytes) -> MockResponse:
    headers = _headers(start["headers"])
    return MockResponse(body, start["status"], headers, headers.get("content-type", ""))


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


@attrs.frozen
class _Document:
    openapi: OpenAPI
    """For replies: closed."""
    requests: OpenAPI
    """For requests: as open as it is written, since a caller may evolve."""
    paths: APICallPathFinder
    credentials: frozenset[str]
    """The header fields that security schemes name."""


@functools.cache
def _document(api: str) -> _Document:
    """An API's specification; an object in a reply has no member that is not described."""
    document = specs.load(api)
    document["servers"] = [{"url": _ORIGIN + BASE_PATHS[api]}]
    schemes = document["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        # openapi-core knows no OAuth 2; what arrives is a bearer token.
        if scheme["type"] == "oauth2":
            schemes[name] = {"type": "http", "scheme": "bearer"}
    path = SchemaPath.from_dict(document)
    return _Document(
        OpenAPI(path, Config(additional_properties_default_policy="forbid")),
        OpenAPI(path),
        APICallPathFinder(path),
        frozenset(scheme["name"].lower() for scheme in schemes.values() if "name" in scheme),
    )


def _described(
    api: str, request: MockRequest, response: MockResponse
) -> tuple[SchemaPath, SchemaPath]:
    """The operation of a request, and the description of its answer."""
    finder = _document(api).paths
    url = f"{_ORIGIN}{request.path}"
    if "//" in request.path:
        # openapi-core lets a path parameter be empty.
        raise PathNotFound(url)
    try:
        operation = finder.find(request.method, url).operation
    except OperationNotFound:
        if response.status_code != _NOT_ALLOWED:
            raise
        # The description of a 405 stands at the methods that the address does have.
        request.method = response.headers.get("allow", "").partition(",")[0].strip().lower()
        operation = finder.find(request.method, url).operation
    return operation, ResponseFinder(operation / "responses").find(str(response.status_code))


def _check_response(
    api: str, request: MockRequest, response: MockResponse, found: SchemaPath
) -> None:
    _document(api).openapi.validate_response(request, response)
    described = {name.lower() for name in found.get("headers", {}).keys()}  # noqa: SIM118
    if unknown := _names(response.headers) - described - RESPONSE_FIELDS:
        raise UndescribedError(f"response header {', '.join(sorted(unknown))}")
    if response.data and "content" not in found:
        raise UndescribedError("a body where none is described")


def _check_request(api: str, request: MockRequest, operation: SchemaPath) -> None:
    _document(api).requests.validate_request(request)
    for location, given, elsewhere in (
        ("header", request.headers, REQUEST_FIELDS | _document(api).credentials),
        ("query", request.args, frozenset[str]()),
    ):
        parameters = operation.get("parameters", [])
        known = {each["name"].lower() for each in parameters if each["in"] == location}
        if unknown := _names(given) - known - elsewhere:
            raise UndescribedError(f"accepted request {location} {', '.join(sorted(unknown))}")


def _names(fields: Mapping[str, object] | None) -> set[str]:
    return {name.lower() for name in dict(fields or {})}
