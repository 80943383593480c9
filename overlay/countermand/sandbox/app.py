"""The providers and the control plane as one ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from countermand.sandbox import control
from countermand.sandbox._state.records import ReceivedRequest, masked
from countermand.sandbox._state.requests import read
from countermand.sandbox._state.state import SandboxState
from countermand.sandbox.simulators import SIMULATORS
from countermand.sandbox.simulators._simulator import ProviderRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox.simulators._simulator import Handler, Simulator


def create_app(state: SandboxState | None = None) -> ASGIApp:
    """Return the sandbox as an ASGI application, to be served or mounted at the root of a host.

    `state` holds its state; a new one is made where none is given.
    """
    shared = state if state is not None else SandboxState()
    routes = [*control.routes(shared), *_routes(shared)]
    return _RawPath(Starlette(routes=routes))


def _routes(state: SandboxState) -> Iterator[Route]:
    for played in SIMULATORS.values():
        base = played.base_path
        for method, path, handler in played.operations:
            yield _route(base + path, _endpoint(state, played, handler), {method})
        missing = _endpoint(state, played, _missing(played))
        yield _route(base + "/{rest:path}", missing, None)


def _route(path: str, endpoint: Callable[[Request], object], methods: set[str] | None) -> Route:
    route = Route(path, endpoint)
    # Starlette would answer HEAD wherever it answers GET, and refuse the rest in its own words.
    route.methods = methods
    return route


def _missing(played: Simulator[Any]) -> Handler:
    return lambda _, request: played.not_found(request)


def _endpoint(
    state: SandboxState, played: Simulator[Any], handler: Handler
) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        incoming = await read(played.api, played.base_path, request)
        state.received(_received(played.api, request, incoming))
        try:
            with state.lock:
                return handler(state, incoming)
        except ProviderRefusal as refusal:
            return refusal.response

    return endpoint


def _received(api: str, request: Request, incoming: ProviderRequest) -> ReceivedRequest:
    return ReceivedRequest(
        sequence=0,
        api=api,
        method=incoming.method,
        path=request.scope["path"],
        query=request.url.query,
        headers=masked(request.headers.raw),
        body=incoming.body,
    )


class _RawPath:
    """Routes by the path as it stood on the wire, so that an id may hold an encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "raw_path" in scope:
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self._app(scope, receive, send)
