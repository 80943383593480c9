"""One HTTP exchange as values: what goes out, what came back, how far it got. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from attrs import define, field, frozen

from countermand.attempts import RawResponse, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY: Final = 1024 * 1024
"""Bytes of a reply that are read; what is longer counts as cut."""


@frozen(kw_only=True)
class PreparedRequest:
    """A request ready to be sent; its repr shows no header, for headers hold credentials."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = None


@frozen(kw_only=True)
class TransportFailure:
    """No status came back."""

    sent: Sent
    """NOT_SENT or MAYBE_SENT."""
    problem: str


@define
class SendProgress:
    """How far a request has got, written while it is on the wire.

    Exception classes do not tell whether bytes left: the same class stands for a refused
    connection and for a reset one, and foreign transports invent their own. httpcore's trace
    events do tell. A transport without such events is taken to have sent.
    """

    sent: Sent
    status: int | None = None
    _before: Sent = Sent.NOT_SENT
    _tunnelling: bool = False
    _traced: bool = False

    def on_trace(self, name: str, info: Mapping[str, object]) -> None:
        """Take in one trace event of httpcore."""
        if not self._traced:
            self._traced = True
            self.sent = Sent.NOT_SENT
        match name.partition(".")[2]:
            case "send_request_headers.started":
                self._tunnelling = getattr(info["request"], "method", None) == b"CONNECT"
                if not self._tunnelling:
                    self._before, self.sent = self.sent, Sent.MAYBE_SENT
            case "send_request_headers.failed":
                # h11 refuses an impossible header before the first byte is written.
                if type(info["exception"]).__name__ == "LocalProtocolError":
                    self.sent = self._before
            case "receive_response_headers.complete" if not self._tunnelling:
                self.on_response_head(info["return_value"])
            case _:
                pass

    def on_response_head(self, return_value: object) -> None:
        """The head is complete: (version, status, ...) or, in HTTP/2, (status, ...)."""
        self.sent = Sent.RESPONDED
        values = cast("tuple[object, ...]", return_value)
        self.status = next((value for value in values if isinstance(value, int)), None)

    def result(self, problem: str) -> RawResponse | TransportFailure:
        """What an exchange that broke off has come to."""
        if self.sent is Sent.RESPONDED and self.status is not None:
            return RawResponse(status=self.status, problem=problem)
        return TransportFailure(
            sent=Sent.NOT_SENT if self.sent is Sent.NOT_SENT else Sent.MAYBE_SENT, problem=problem
        )
