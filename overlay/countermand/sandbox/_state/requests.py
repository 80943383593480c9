"""A request to a simulator, and its validation by the published OpenAPI document."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import attrs
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.request.exceptions import (
    ParameterValidationError,
    RequestBodyValidationError,
)
from starlette.datastructures import Headers, QueryParams

from countermand import specs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from openapi_core.validation.exceptions import ValidationError
    from starlette.requests import Request

_HOST: Final = "http://sandbox.invalid"


@attrs.frozen(kw_only=True)
class ProviderRequest:
    """A received request. `path` is encoded and relative to the API's base; `ids` are decoded."""

    api: str
    method: str
    path: str
    ids: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    origin: str

    def header(self, name: str) -> str:
        """Return a header's value, or an empty text; `name` in lower case."""
        return self.headers.get(name, "")


@attrs.frozen
class Violation:
    """The first deviation of a request from the published document."""

    where: Literal["parameter", "content-type", "body"]
    text: str
    parameter: str = ""


async def read(api: str, base: str, request: Request) -> ProviderRequest:
    """Read a whole request."""
    return ProviderRequest(
        api=api,
        method=request.method,
        path=_below(request, base),
        ids={name: unquote(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=await request.body(),
        origin=str(request.base_url).rstrip("/"),
    )


def _below(request: Request, base: str) -> str:
    root: str = request.scope.get("root_path", "")
    path: str = request.scope["path"]
    return path.removeprefix(root).removeprefix(base)


def violation(request: ProviderRequest) -> Violation | None:
    """Validate a request by its API's document; None if it is valid."""
    try:
        _document(request.api).validate_request(_ValidatedRequest(request))
    except ParameterValidationError as error:
        return Violation("parameter", _describe(error), error.name)
    except RequestBodyValidationError as error:
        return _body(error)
    except RecursionError:
        return Violation("body", "the body is nested too deeply")
    return None


def _body(error: RequestBodyValidationError) -> Violation:
    try:
        known = "not found" not in str(error.__cause__)
    except UnicodeDecodeError:
        # The message of openapi-core quotes the body, and fails if it is not UTF-8.
        return Violation("body", "the body is not UTF-8")
    return Violation("body" if known else "content-type", _describe(error))


@functools.cache
def _document(api: str) -> OpenAPI:
    document = specs.load(api)
    # The simulators have base paths of their own, and check credentials themselves.
    document["servers"] = [{"url": _HOST}]
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    return OpenAPI.from_dict(document)


def _describe(error: ValidationError) -> str:
    detail = getattr(error.__cause__, "schema_errors", None)
    return "; ".join(str(item.message) for item in detail) if detail else str(error)


class _ValidatedRequest:
    """Adapts a request to the protocol of openapi-core."""

    def __init__(self, request: ProviderRequest) -> None:
        self.host_url = _HOST
        self.path = request.path
        self.method = request.method.lower()
        self.content_type = request.header("content-type")
        self.body = request.body or None
        self.parameters = RequestParameters(
            query=QueryParams(request.query),
            header=Headers(request.headers),
            path=dict(request.ids),
        )
