"""The ASGI application: the simulators and the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from countermand.sandbox import control
from countermand.sandbox._state.records import ReceivedRequest, masked
from countermand.sandbox._state.requests import read
from countermand.sandbox._state.state import SandboxState
from countermand.sandbox.faults import Answer
from countermand.sandbox.simulators import simulators
from countermand.sandbox.simulators._simulator import ProviderRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from countermand.sandbox._state.requests import ProviderRequest
    from countermand.sandbox.simulators._simulator import Handler, Simulator


def create_app(state: SandboxState | None = None) -> ASGIApp:
    """Return the sandbox as an ASGI application, to be served at the root of a host.

    `state` is the state to use; None creates a new one.
    """
    shared = state if state is not None else SandboxState()
    routes = [*control.routes(shared), *_routes(shared)]
    return _RawPath(Starlette(routes=routes))


def _routes(state: SandboxState) -> Iterator[Route]:
    for simulator in simulators().values():
        base = simulator.base_path
        for method, path, handler in simulator.operations:
            yield _route(base + path, _endpoint(state, simulator, handler), {method})
        missing = _endpoint(state, simulator, _missing(simulator))
        yield _route(base + "/{rest:path}", missing, None)


def _route(path: str, endpoint: Callable[[Request], object], methods: set[str] | None) -> Route:
    route = Route(path, endpoint)
    # Starlette would add HEAD to GET, and answer 405 in a form that no provider uses.
    route.methods = methods
    return route


def _missing(simulator: Simulator[Any]) -> Handler:
    return lambda _, request: simulator.not_found(request)


def _endpoint(
    state: SandboxState, simulator: Simulator[Any], handler: Handler
) -> Callable[[Request], object]:
    def handle(request: ProviderRequest) -> Response:
        try:
            with state.lock:
                return handler(state, request)
        except ProviderRefusal as refusal:
            return refusal.response

    async def endpoint(request: Request) -> Response:
        provider_request = await read(simulator.api, simulator.base_path, request)
        state.received(_to_record(simulator.api, request, provider_request))
        scripted = state.next_answer(simulator.api)
        if not isinstance(scripted, Answer):
            return handle(provider_request)
        if scripted.executed:
            handle(provider_request)
        return _scripted(scripted)

    return endpoint


def _scripted(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response


def _to_record(api: str, request: Request, provider_request: ProviderRequest) -> ReceivedRequest:
    return ReceivedRequest(
        sequence=0,
        api=api,
        method=provider_request.method,
        path=request.scope["path"],
        query=request.url.query,
        headers=masked(request.headers.raw),
        body=provider_request.body,
    )


class _RawPath:
    """Routes by the undecoded path, so that an id may contain an encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "raw_path" in scope:
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await self._app(scope, receive, send)
