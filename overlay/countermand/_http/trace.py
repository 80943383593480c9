"""The progress of a request from httpcore's trace events. Pure."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, cast

from attrs import define

from countermand._core.exchange import SendProgress
from countermand._http.exchange import TOO_LATE
from countermand._http.failures import WireError
from countermand.attempts import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand._http.clocks import Deadline

CONNECTING: Final = frozenset(
    {"connect_tcp", "connect_unix_socket", "retry", "setup_socks5_connection", "start_tls"}
)
"""The steps before the first byte of a request, as httpcore names them."""

logger = logging.getLogger("countermand")


@define
class TraceProgress(SendProgress):
    """How far a request has got that goes through httpcore.

    Exception classes do not say whether bytes left: one class stands for a refused connection and
    for a reset one, and transports of callers define their own. httpcore's trace events do say it,
    also through a wrapper that passes them on.

    A step that is under way before the request shows that nothing was sent. A step that has failed
    shows it only if its error is the one that ends the exchange (`on_error`): a wrapper may have
    gone on by another way, which nobody traces.
    """

    sent: Sent = Sent.MAYBE_SENT
    deadline: Deadline | None = None
    _tunnelling: bool = False
    _started: int = 0
    _failure: object = None
    """The error of the last step that failed."""

    def on_trace(self, name: str, info: Mapping[str, object]) -> None:
        """Note one trace event.

        Raises:
            WireError: the deadline has passed on one of the clocks; the first byte is not sent.
        """
        step, _, moment = name.partition(".")[2].rpartition(".")
        if moment == "failed":
            self._on_failed(step, info["exception"])
        elif step == "send_request_headers" and moment == "started":
            self._tunnelling = getattr(info["request"], "method", None) == b"CONNECT"
            if not self._tunnelling:
                self._on_start()
        elif step == "receive_response_headers" and moment == "complete" and not self._tunnelling:
            self._on_traced_head(info["return_value"])
        elif step in CONNECTING and not self._started:
            self.sent = Sent.NOT_SENT

    def on_error(self, error: BaseException) -> None:
        """Note the error that ends the exchange, or the interruption."""
        # httpx raises its own error from httpcore's. A longer chain is a wrapper's, which may name
        # the failure of its first way as the cause of that of its second.
        failure = self._failure
        ends = failure is not None and (failure is error or failure is error.__cause__)
        if ends and not self._started:
            self.sent = Sent.NOT_SENT

    def _on_failed(self, step: str, error: object) -> None:
        self._failure = error
        refused_by_h11 = type(error).__name__ == "LocalProtocolError"
        if step == "send_request_headers" and refused_by_h11 and not self._tunnelling:
            # An impossible header: it is refused before the first byte is written.
            self._started -= 1
        if self.sent is Sent.NOT_SENT:
            self.sent = Sent.MAYBE_SENT

    def _on_start(self) -> None:
        if self.deadline is not None and self.deadline.passed_on_any_clock:
            raise WireError(TOO_LATE)
        self.sent = Sent.MAYBE_SENT
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
