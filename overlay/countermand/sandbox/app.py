"""The five providers and the control plane as one ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from countermand.sandbox import bento, control, pace, pace_fueling, pace_pay, unzer, vtex
from countermand.sandbox.addresses import BASE_PATHS
from countermand.sandbox.incoming import read
from countermand.sandbox.records import ReceivedRequest, masked
from countermand.sandbox.refusal import RefusedError
from countermand.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from countermand.sandbox.incoming import Incoming

    Handler = Callable[[World, Incoming], Response]

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_PAYMENT = "/payments/{paymentId}"
_AUTHORIZATION = "/payments/{paymentId}/authorize/{authorizationId}"

OPERATIONS: dict[str, tuple[tuple[str, str, Handler], ...]] = {
    "pace_pay": (
        ("POST", "/transactions/{transactionId}/cancel", pace_pay.cancel),
        ("GET", "/transactions/{transactionId}", pace_pay.get_transaction),
    ),
    "pace_fueling": (
        (
            "DELETE",
            "/gas-stations/{gasStationId}/transactions/{transactionId}",
            pace_fueling.cancel,
        ),
    ),
    "bento": (("PUT", "/orders/{orderId}/transactions/{transactionId}/_cancel", bento.cancel),),
    "unzer": (
        ("POST", f"{_PAYMENT}/authorize/cancels", unzer.cancel),
        ("GET", f"{_PAYMENT}/authorize/cancels/{{cancellationId}}", unzer.get_cancel),
        ("POST", f"{_AUTHORIZATION}/cancels", unzer.cancel),
        ("GET", f"{_AUTHORIZATION}/cancels/{{cancellationId}}", unzer.get_cancel),
        ("GET", _AUTHORIZATION, unzer.get_authorization),
        ("GET", _PAYMENT, unzer.get_payment),
    ),
    "vtex": (("POST", "/payments/{paymentId}/cancellations", vtex.cancel),),
}
"""Every operation of the published documents, by API: method, path and who answers."""

MISSING: dict[str, Callable[[Incoming], Response]] = {
    "pace_pay": pace.not_found,
    "pace_fueling": pace.not_found,
    "bento": bento.not_found,
    "unzer": unzer.not_found,
    "vtex": vtex.not_found,
}
"""How each API answers for what it does not have."""


def create_app(world: World | None = None) -> ASGIApp:
    """Return the sandbox as an ASGI application, to be served or mounted at the root of a host.

    `world` holds its state; a new one is made where none is given.
    """
    shared = world if world is not None else World()
    routes = [*control.routes(shared), *_routes(shared)]
    return _RawPath(Starlette(routes=routes))


def _routes(world: World) -> Iterator[Route]:
    for api, operations in OPERATIONS.items():
        base = BASE_PATHS[api]
        for method, path, handler in operations:
            yield Route(base + path, _endpoint(world, api, handler), methods=[method])
        yield Route(base + "/{rest:path}", _endpoint(world, api, _missing), methods=_METHODS)


def _missing(_: World, incoming: Incoming) -> Response:
    return MISSING[incoming.api](incoming)


def _endpoint(world: World, api: str, handler: Handler) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        incoming = await read(api, BASE_PATHS[api], request)
        world.received(_received(api, request, incoming))
        try:
            with world.lock:
                return handler(world, incoming)
        except RefusedError as refusal:
            return refusal.response

    return endpoint


def _received(api: str, request: Request, incoming: Incoming) -> ReceivedRequest:
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
