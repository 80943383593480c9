"""What a gateway may say in the provider's place. Values, made from the specifications."""

import json
from functools import cache
from typing import Any, Literal

from attrs import field, frozen

from countermand import specs
from countermand.sandbox import faults

Body = Literal["html", "foreign", "own", "plain", "state", "undecided", "empty"]
ALL_BODIES: tuple[Body, ...] = ("html", "foreign", "own", "plain", "state", "undecided", "empty")
Place = Literal["same", "other", "none"]

STATUSES = range(300, 600)
MOVED = (301, 302, 303, 307, 308)
CHOSEN = (
    *(301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 410, 413, 421, 422, 425),
    *(429, 431, 451, 499, 500, 501, 502, 503, 504),
)
TELLING = (400, 401, 403, 404, 409, 429, 501, 503)
"""Of these, those in which words that only some providers have could mean something."""
BODIES: dict[str, tuple[Body, ...]] = {
    "pace_pay": ("html", "foreign", "own", "plain", "empty"),
    "pace_fueling": ("html", "foreign", "own", "plain", "empty"),
    "bento": ("html", "foreign", "own", "empty"),
    "unzer": ("html", "foreign", "own", "state", "undecided", "empty"),
    "vtex": ("html", "foreign", "own", "undecided", "empty"),
}
"""Only PACE refuses in plain text, only Unzer has codes about the payment's state, and only two say
that they do not know."""

GENERAL = {
    "pace_pay": (422, "sourceShape"),
    "pace_fueling": (404, "sourceShape"),
    "bento": (422, "plain"),
    "unzer": (403, "noPermission"),
    "vtex": (500, "failed"),
}
"""The example that stands for the statuses of which the specification gives none."""
IDS = ("paymentId", "requestId")
"""What a VTEX provider's answer has to name."""
STATE_CODES = (
    "API.310.100.003",
    "API.340.000.004",
    "API.340.100.014",
    "API.340.100.015",
    "API.340.100.017",
    "API.340.100.018",
)
"""By which Unzer speaks of the payment: unknown, not allowed, cancelled already, too much …"""
UNDECIDED_CODES = ("API.000.000.999", "API.340.000.009", "COR.900.100.300", "COR.900.100.500")
"""By which Unzer says that it does not know: a general error, timeouts."""
PLAIN = {401: "Unauthorized", 403: 'Forbidden - requires scope "pay:transactions:cancel"'}
"""The words of PACE's authentication layer; with any other status they are a gateway's."""
FOREIGN: tuple[Any, ...] = (
    {"message": "Forbidden"},
    {"error": {"code": "denied", "message": "upstream request failed"}},
    {"fault": {"faultstring": "Gateway", "detail": {"errorcode": "gateway.Timeout"}}},
    [],
    {"type": "about:blank", "title": "Gateway", "detail": "upstream"},
    {"errors": [], "causes": None, "message": "no healthy upstream"},
    {"errors": {"code": "TIMEOUT"}, "status": {"code": 7}, "cancellationId": None},
    {"errors": ["upstream request timeout"]},
    {"success": False, "errors": [{"code": 1020, "message": "Access denied"}], "result": None},
    {"data": None, "errors": [{"message": "timeout", "extensions": {"code": "GATEWAY"}}]},
    {"causes": "upstream timeout", "data": "none", "cancellationId": "null"},
    {"causes": {"code": "TIMEOUT"}, "data": [], "cancellationId": 0},
)
"""JSON of gateways: close to the providers' own, and without what only a provider's has."""


@frozen(kw_only=True)
class GatewayAnswer:
    """An answer that does not say that the provider has executed the request.

    `document` is the body as a JSON value, or None where it is none. `place` tells where a redirect
    leads: to the same path at another origin, to another path, or nowhere.
    """

    api: str
    status: int
    body: Body
    place: Place = "none"
    document: Any = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Status and body, and where it leads."""
        return f"{self.status} {self.body}{'' if self.place == 'none' else f' to {self.place}'}"

    @property
    def codes(self) -> frozenset[str]:
        """The codes of Unzer's error document."""
        own = self.body in {"own", "state", "undecided"}
        errors = self.document["errors"] if own and self.api == "unzer" else []
        return frozenset(error["code"] for error in errors)

    def fault(self, location: str) -> faults.Answer:
        """The provider executes, and this is answered; `location` is that of the request."""
        fields, data = self._content()
        if self.place != "none":
            target = location if self.place == "same" else f"{location}/elsewhere"
            fields = (*fields, ("location", target))
        return faults.Answer(self.status, data, fields, executed=True)

    def _content(self) -> tuple[faults.Fields, bytes]:
        if self.status == 304 or self.body == "empty":  # A 304 never has a body.
            return (), b""
        if self.body == "html":
            page = faults.error_page(self.status)
            return page.headers, page.body
        if self.body == "plain":
            return (("content-type", "text/plain"),), self.document.encode()
        problem = self.body == "foreign" and "type" in self.document
        kind = "application/problem+json" if problem else "application/json"
        if self.api.startswith("pace") and self.body == "own":
            kind = "application/vnd.api+json"
        return (("content-type", kind),), json.dumps(self.document).encode()


def answers(api: str, body: Body, statuses: tuple[int, ...]) -> list[GatewayAnswer]:
    """The answers with these statuses and this kind of body, redirects with their places."""
    return [
        GatewayAnswer(
            api=api, status=status, body=body, place=place, document=_document(api, body, status)
        )
        for status in statuses
        for place in _places(status, body)
    ]


def with_ids(answer: GatewayAnswer, sent: bytes | None) -> Any:
    """The body, which names our ids if it is that of a VTEX provider. `sent` is our request's."""
    if answer.api != "vtex" or answer.body not in {"own", "undecided"}:
        return answer.document
    asked = json.loads(sent or b"{}")
    return {**answer.document, **{name: asked[name] for name in IDS}}


def _places(status: int, body: Body) -> tuple[Place, ...]:
    """Each place for a web page; one by turns for every other body."""
    if status not in MOVED:
        return ("none",)
    everywhere: tuple[Place, ...] = ("same", "other", "none")
    return everywhere if body == "html" else (everywhere[(status + len(body)) % 3],)


def _document(api: str, body: Body, status: int) -> Any:
    if body == "foreign":
        return FOREIGN[status % len(FOREIGN)]
    if body == "plain":
        return PLAIN.get(status, "upstream request timeout")
    if body == "own":
        return _own(api, status)
    if body == "state":
        return _coded(STATE_CODES[status % len(STATE_CODES)])
    if body == "undecided" and api == "unzer":
        return _coded(UNDECIDED_CODES[status % len(UNDECIDED_CODES)])
    if body == "undecided":
        return {**_own(api, status), "code": "in-progress", "message": "another is being worked on"}
    return None


def _coded(code: str) -> Any:
    document = _own("unzer", GENERAL["unzer"][0])
    return {**document, "errors": [{**document["errors"][0], "code": code}]}


def _own(api: str, status: int) -> Any:
    """The provider's error document: the first example for the status, or the general one.

    What a VTEX provider is free to say to a malformed request names no ids, so it is nobody's own.
    """
    found = None if api == "vtex" and status < 500 else _example(api, status, None)
    document = found or _example(api, *GENERAL[api])
    if api.startswith("pace"):
        return {"errors": [{**error, "status": str(status)} for error in document["errors"]]}
    return document


_document_of = cache(specs.load)


def _example(api: str, status: int, name: str | None) -> Any:
    """An example of a JSON answer to a cancel, by its name or the first one; else None."""
    whole = _document_of(api)
    operation = next(
        operation
        for path in whole["paths"].values()
        for operation in path.values()
        if operation["x-countermand"]["effect"] == "cancel"
    )
    content = _resolved(whole, operation["responses"].get(str(status), {})).get("content", {})
    for kind, media in content.items():
        if kind.endswith("json"):
            examples = media["examples"]
            return _resolved(whole, examples[name or next(iter(examples))])["value"]
    return None


def _resolved(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a local reference names."""
    for part in node.get("$ref", "#")[2:].split("/") if "$ref" in node else ():
        whole = whole[part]
    return whole if "$ref" in node else node
