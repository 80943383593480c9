"""Everything that may come of one request, on the network and at the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from countermand import RawResponse, Sent
from countermand._core.exchange import TransportFailure
from tests.model_checking.payments import Payment, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand._core.commands import SendRequest
    from tests.model_checking.payments import Model

NOT_SENT: Final = TransportFailure(sent=Sent.NOT_SENT, problem="refused")
LOST: Final = TransportFailure(sent=Sent.MAYBE_SENT, problem="no answer")
PAGE: Final = (("content-type", "text/html"),)
WEB_PAGE: Final = RawResponse(status=200, headers=PAGE, body=b"<html>")
OVERLOADED: Final = RawResponse(status=503, headers=PAGE)
GATEWAY_TIMEOUT: Final = RawResponse(status=504, headers=PAGE)
PLAIN: Final = (("content-type", "text/plain"),)
GATEWAYS: Final = {
    "redirected": RawResponse(status=307, headers=(("location", "https://elsewhere.example"),)),
    "too many requests": RawResponse(status=429),
    "token refused": RawResponse(status=401, headers=PLAIN, body=b"Unauthorized"),
    "scope missing": RawResponse(status=403, headers=PLAIN, body=b"requires scope"),
    "page not found": RawResponse(status=404, headers=PAGE, body=b"<html>"),
    "503, not arrived": OVERLOADED,
    "page, not arrived": WEB_PAGE,
}
"""Answers by something in front of the provider, which has not let the request through."""
FOREIGN: Final = (("content-type", "application/json"),)
UNPROVEN: Final = {
    "408": RawResponse(status=408, headers=PAGE, body=b"<html>"),
    "403 page": RawResponse(status=403, headers=PAGE, body=b"<html>"),
    "foreign 409": RawResponse(status=409, headers=FOREIGN, body=b'{"message": "Conflict"}'),
    "empty 400": RawResponse(status=400),
    "303": RawResponse(status=303, headers=(("location", "https://elsewhere.example/"),)),
}
"""Answers that prove nothing: a gateway may give them after the provider has executed."""
LINK: Final = says(401, {"errors": [{"code": "missing-linked-identity"}]})
READS: Final = {"no answer": LOST, "page": WEB_PAGE, "401": says(401, {})}


@attrs.frozen
class Happening:
    """What came of a request."""

    label: str
    value: RawResponse | TransportFailure
    payment: Payment
    arrives_later: bool = False
    out_of_time: bool = False


def happenings(
    model: Model, payment: Payment, step: SendRequest, *, gateways: bool = False
) -> Iterator[Happening]:
    """What may come of it; a request without an answer may have taken all the time there is.

    With `gateways` anything may be answered after the execution that proves nothing.
    """
    if step.call.operation.effect == "read":
        yield Happening("read", model.read(payment, step.call), payment)
        for label, value in READS.items():
            yield Happening(f"read: {label}", value, payment, out_of_time=value is LOST)
        return
    yield Happening("not sent", NOT_SENT, payment)
    for label, value in GATEWAYS.items():
        yield Happening(label, value, payment)
    if model.api == "pace_pay":
        yield Happening("identity missing", LINK, payment)
    for label, value in (("silence", LOST), ("504", GATEWAY_TIMEOUT)):
        yield Happening(f"{label}, on its way", value, payment, arrives_later=True)
    yield Happening("timeout, on its way", LOST, payment, arrives_later=True, out_of_time=True)
    after, reply = model.cancel(payment)
    yield Happening("answered", reply, after)
    yield Happening("answer lost", LOST, after)
    yield Happening("answer lost, out of time", LOST, after, out_of_time=True)
    yield Happening("answer cut", cut(reply), after)
    yield Happening("500 instead of the answer", OVERLOADED, after)
    yield Happening("page instead of the answer", WEB_PAGE, after)
    for label, value in UNPROVEN.items() if gateways else ():
        yield Happening(f"{label} instead of the answer", value, after)
        yield Happening(f"{label}, not arrived", value, payment)


def cut(reply: RawResponse) -> RawResponse:
    """The reply, its body broken off."""
    return attrs.evolve(reply, body=reply.body[: len(reply.body) // 2], problem="cut")
