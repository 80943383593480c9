"""One HTTP exchange as values: the request, the failure, and how far it got. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from attrs import define, field, frozen

from countermand.attempts import RawResponse, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY: Final = 1024 * 1024
"""Bytes of a reply that are read; a longer body counts as cut."""


@frozen(kw_only=True)
class PreparedRequest:
    """A request ready to be sent. Its repr shows no header, since headers hold credentials."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = None


@frozen(kw_only=True)
class TransportFailure:
    """An exchange without a status."""

    sent: Sent
    """NOT_SENT or MAYBE_SENT."""
    problem: str


@define
class SendProgress:
    """How far a request has got, updated while it is sent.

    Exception classes do not say whether bytes left: one class stands for a refused connection and
    for a reset one, and custom transports define their own. httpcore's trace events do say it. A
    transport without such events counts as having sent.
    """

    sent: Sent
    status: int | None = None
    _before: Sent = Sent.NOT_SENT
    _tunnelling: bool = False
    _traced: bool = False

    def on_trace(self, name: str, info: Mapping[str, object]) -> None:
        """Note one trace event of httpcore."""
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
        """Note a complete head: (version, status, ...) or, in HTTP/2, (status, ...)."""
        self.sent = Sent.RESPONDED
        values = cast("tuple[object, ...]", return_value)
        self.status = next((value for value in values if isinstance(value, int)), None)

    def result(self, problem: str) -> RawResponse | TransportFailure:
        """The result of an exchange that broke off."""
        if self.sent is Sent.RESPONDED and self.status is not None:
            return RawResponse(status=self.status, problem=problem)
        return TransportFailure(
            sent=Sent.NOT_SENT if self.sent is Sent.NOT_SENT else Sent.MAYBE_SENT, problem=problem
        )
