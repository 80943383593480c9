"""The progress of a request from httpcore's trace events. Pure."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from attrs import define

from countermand._core.exchange import SendProgress
from countermand._http.exchange import TOO_LATE
from countermand._http.failures import WireError
from countermand.attempts import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand._http.clocks import Deadline

logger = logging.getLogger("countermand")


@define
class TraceProgress(SendProgress):
    """How far a request has got that goes through httpcore.

    Exception classes do not say whether bytes left: one class stands for a refused connection and
    for a reset one, and transports of callers define their own. httpcore's trace events do say it,
    also through a wrapper that passes them on. Until the first event, the request counts as sent.
    """

    sent: Sent = Sent.MAYBE_SENT
    deadline: Deadline | None = None
    _before: Sent = Sent.NOT_SENT
    _tunnelling: bool = False
    _traced: bool = False
    _started: int = 0

    def on_trace(self, name: str, info: Mapping[str, object]) -> None:
        """Note one trace event.

        Raises:
            WireError: the deadline has passed on one of the clocks; the first byte is not sent.
        """
        if not self._traced:
            self._traced = True
            self.sent = Sent.NOT_SENT
        match name.partition(".")[2]:
            case "send_request_headers.started":
                self._tunnelling = getattr(info["request"], "method", None) == b"CONNECT"
                if not self._tunnelling:
                    self._on_start()
            case "send_request_headers.failed":
                # h11 refuses an impossible header before the first byte is written.
                if type(info["exception"]).__name__ == "LocalProtocolError":
                    self.sent = self._before
            case "receive_response_headers.complete" if not self._tunnelling:
                self._on_traced_head(info["return_value"])
            case _:
                pass

    def _on_start(self) -> None:
        if self.deadline is not None and self.deadline.passed_on_any_clock:
            raise WireError(TOO_LATE)
        self._before, self.sent = self.sent, Sent.MAYBE_SENT
        self._started += 1
        self.sent_again = self._started > 1
        if self._started == 2:  # noqa: PLR2004 - the second
            logger.warning(
                "the transport= of this client sent one request twice; a request about money must "
                "not be repeated beneath the client: switch its retries off"
            )

    def _on_traced_head(self, return_value: object) -> None:
        """Note a complete head: (version, status, ...) or, in HTTP/2, (status, ...)."""
        values = cast("tuple[object, ...]", return_value)
        self.sent = Sent.RESPONDED
        self.status = next((value for value in values if isinstance(value, int)), None)
