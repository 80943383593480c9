"""The control plane below `/_sandbox`: the methods of `Sandbox` over HTTP, in JSON.

    POST /_sandbox/payments                    {"api": "unzer", "amount": "100.00"}: create one
    GET  /_sandbox/payments                    every payment with its state
    POST /_sandbox/payments/{handle}/capture   change a payment, as another client would; also
                                               .../start-fueling and .../finish-pending
    GET  /_sandbox/executions?api=&payment=    the executed cancels; `payment` is a handle
    GET  /_sandbox/requests?api=               the received requests, credentials masked
    POST /_sandbox/script                      {"api": "unzer", "answers": [null, {"status": 500,
                                               "body": "...", "headers": {...}, "executed": true}]}:
                                               answers to the next requests; null lets one pass
    POST /_sandbox/tokens                      {"user": "u-1", "linked": true, "expired": false,
                                               "scopes": [...], "plain_errors": false}
    POST /_sandbox/tokens/{token}/expire
    POST /_sandbox/users/{user}/link           also .../unlink

An API, a payment or a member that is unknown, and a value of another type, are refused. The
settings of a payment are the fields of its class in `countermand.sandbox.payments`. Errors are
answered with 400 or 404 and `{"error": "..."}`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_origin
from urllib.parse import unquote

import attrs
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from countermand.sandbox._state.tokens import ALL_SCOPES
from countermand.sandbox.faults import PASS, Answer, Pass
from countermand.sandbox.simulators import base_url, create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from starlette.requests import Request

    from countermand.sandbox._state.records import Execution, ReceivedRequest
    from countermand.sandbox._state.state import SandboxState
    from countermand.sandbox.payments import Payment

    Work = Callable[[SandboxState, Request, dict[str, Any]], object]

T = TypeVar("T")

PREFIX: Final = "/_sandbox"
KINDS: Final[dict[type, str]] = {
    bool: "true or false",
    dict: "an object",
    int: "a whole number",
    list: "a list",
    str: "a text",
}


def routes(state: SandboxState) -> list[Route]:
    """Return the routes of the control plane."""
    table: tuple[tuple[str, str, Work], ...] = (
        ("POST", "/payments", _create),
        ("GET", "/payments", _payments),
        ("POST", "/payments/{handle}/{change}", _change),
        ("GET", "/executions", _executions),
        ("GET", "/requests", _requests),
        ("POST", "/script", _script),
        ("POST", "/tokens", _issue),
        ("POST", "/tokens/{token}/expire", _expire),
        ("POST", "/users/{user}/{link}", _link),
    )
    return [
        Route(PREFIX + path, _endpoint(state, work), methods=[method])
        for method, path, work in table
    ]


def change(state: SandboxState, handle: str, name: str) -> None:
    """Change a payment as another client would: `capture`, `start-fueling` or `finish-pending`.

    Raises `LookupError` for an unknown payment or change, and `ValueError` if the payment's state
    does not permit the change.
    """
    with state.lock:
        payment_state = state.payment_state(handle)
        changes: dict[str, Callable[[], None]] = {
            "capture": payment_state.capture,
            "start-fueling": payment_state.start_fueling,
            "finish-pending": lambda: state.finish_pending(handle),
        }
        if name not in changes:
            raise LookupError(f"{name!r} is not one of {', '.join(changes)}")
        changes[name]()


def script(state: SandboxState, api: str, answers: Sequence[object]) -> None:
    """Replace the rest of an API's script.

    Raises:
        LookupError: the API has no simulator.
        TypeError: something is neither an `Answer` nor `PASS`.
    """
    base_url("", api)
    for answer in answers:
        if not isinstance(answer, (Answer, Pass)):
            kind = type(answer).__name__
            raise TypeError(
                f"a provider's script takes Answer and PASS, not {kind}; see FaultProxy"
            )
    state.script(api, cast("Sequence[Answer | Pass]", answers))


def executions(state: SandboxState, api: str | None, handle: str | None) -> tuple[Execution, ...]:
    """Return the executions in order, of one API or one payment or of all.

    Raises `LookupError` for an unknown API or payment: an empty answer would say that nothing was
    executed.
    """
    if api is not None:
        base_url("", api)
    if handle is not None:
        state.payment_state(handle)
    return state.executions(api, handle)


def requests(state: SandboxState, api: str | None) -> tuple[ReceivedRequest, ...]:
    """Return the requests in order, of one API or of all.

    Raises `LookupError` for an unknown API.
    """
    if api is not None:
        base_url("", api)
    return state.requests(api)


def _endpoint(state: SandboxState, work: Work) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        try:
            settings: dict[str, Any] = json.loads(await request.body() or b"{}")
            if type(settings) is not dict:
                return _refused(400, "the body must be a JSON object")
            return JSONResponse(work(state, request, settings))
        except LookupError as error:
            return _refused(404, str(error.args[0]))
        except (RecursionError, TypeError, ValueError) as error:
            return _refused(400, str(error))

    return endpoint


def _create(state: SandboxState, _: Request, settings: dict[str, Any]) -> object:
    return _shown(create(state, str(settings.pop("api", "")), settings))


def _payments(state: SandboxState, _: Request, __: dict[str, Any]) -> object:
    with state.lock:
        return [
            _shown(payment_state.payment) | {"state": payment_state.state()}
            for payment_state in state.payment_states()
        ]


def _change(state: SandboxState, request: Request, _: dict[str, Any]) -> object:
    handle = unquote(request.path_params["handle"])
    change(state, handle, request.path_params["change"])
    return state.payment_state(handle).state()


def _executions(state: SandboxState, request: Request, _: dict[str, Any]) -> object:
    query = _query(request, "api", "payment")
    return [attrs.asdict(each) for each in executions(state, query["api"], query["payment"])]


def _requests(state: SandboxState, request: Request, _: dict[str, Any]) -> object:
    return [
        attrs.asdict(each) | {"body": each.body.decode("utf-8", "backslashreplace")}
        for each in requests(state, _query(request, "api")["api"])
    ]


def _query(request: Request, *names: str) -> dict[str, str | None]:
    """The parameters of a query; an empty one counts as absent."""
    _require_known("the query", request.query_params, names)
    return {name: request.query_params.get(name) or None for name in names}


def _script(state: SandboxState, _: Request, settings: dict[str, Any]) -> object:
    _require_known("a script", settings, ("api", "answers"))
    described = _typed(settings, "answers", list[Any], [])
    script(state, str(settings.get("api", "")), [_answer(each) for each in described])
    return {"answers": len(described)}


def _answer(described: object) -> Answer | Pass:
    if described is None:
        return PASS
    if not isinstance(described, dict) or "status" not in described:
        raise ValueError("an answer needs a status, such as 503; null lets a request pass")
    members = cast("dict[str, Any]", described)
    _require_known("an answer", members, ("status", "body", "headers", "executed"))
    status = _typed(members, "status", int, 0)
    if not 200 <= status <= 999:  # noqa: PLR2004 - statuses of final answers
        raise ValueError(f"status must be a number from 200 to 999, not {status}")
    headers = _typed(members, "headers", dict[str, Any], {})
    fields = tuple((name, _typed(headers, name, str, "")) for name in headers)
    body = _typed(members, "body", str, "").encode()
    return Answer(status, body, fields, executed=_typed(members, "executed", bool, default=False))


def _issue(state: SandboxState, _: Request, settings: dict[str, Any]) -> object:
    for name in settings.keys() & {"linked", "expired", "plain_errors"}:
        _typed(settings, name, bool, default=False)
    _typed(settings, "user", str, "")
    settings["scopes"] = tuple(_typed(settings, "scopes", list[str], [*ALL_SCOPES]))
    with state.lock:
        return {"token": state.tokens.issue(**settings)}


def _typed(members: Mapping[str, Any], name: str, kind: type[T], default: T) -> T:
    """A member of this type: another one would be taken for something that nobody meant."""
    value = members.get(name, default)
    if type(value) is not (get_origin(kind) or kind):
        wanted = KINDS[get_origin(kind) or kind]
        raise ValueError(f"{name} must be {wanted}, not {json.dumps(value)}")
    return cast("T", value)


def _require_known(what: str, found: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(f"{what} has no {unknown[0]}; it has {', '.join(known)}")


def _expire(state: SandboxState, request: Request, _: dict[str, Any]) -> object:
    with state.lock:
        state.tokens.expire(unquote(request.path_params["token"]))
    return {"expired": True}


def _link(state: SandboxState, request: Request, _: dict[str, Any]) -> object:
    user, wanted = unquote(request.path_params["user"]), request.path_params["link"]
    if wanted not in {"link", "unlink"}:
        raise LookupError(f"{wanted!r} is not one of link, unlink")
    with state.lock:
        (state.tokens.link if wanted == "link" else state.tokens.unlink)(user)
    return {"user": user, "linked": wanted == "link"}


def _shown(payment: Payment) -> dict[str, Any]:
    return {"handle": payment.handle, **attrs.asdict(payment)}


def _refused(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
