"""The progress of a request from httpcore's trace events. Pure."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, cast

from attrs import define

from countermand._core.exchange import SendProgress
from countermand._http.failures import TOO_LATE, WireError
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

    A wrapper may have another way, which nobody traces. So a failed step shows that nothing was
    sent only if its error is the one that ends the exchange, and ends it before the deadline; and
    an answer that is not the traced one answers another copy of the request.
    """

    sent: Sent = Sent.MAYBE_SENT
    deadline: Deadline | None = None
    is_only_way: bool = False
    """Whether every request is traced, so that a step that is under way proves something, too."""
    _tunnelling: bool = False
    _started: int = 0
    _answered: int | None = None
    """The status of the traced answer, unless a step has failed since."""
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
        elif step in CONNECTING and self.is_only_way and not self._started:
            self.sent = Sent.NOT_SENT

    def on_head(self, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Note that there is an answer, and whether it is the traced one."""
        if self._started and status != self._answered:
            self._note_second_send()
        super().on_head(status, headers)

    def on_error(self, error: BaseException) -> None:
        """Note the error that ends the exchange, or the interruption."""
        if self.is_only_way:
            self._compare(error)

    def on_failure(self, error: BaseException) -> None:
        """Note the error by which the transport itself ends the exchange."""
        # Later, another way may be given up on that has sent the request.
        if self.is_only_way or self.deadline is None or self.deadline.remaining > 0:
            self._compare(error)

    def _compare(self, error: BaseException) -> None:
        # httpx raises its own error from httpcore's. A longer chain is a wrapper's, which may name
        # the failure of its first way as the cause of that of its second.
        failure = self._failure
        ends = failure is not None and (failure is error or failure is error.__cause__)
        if ends and not self._started:
            self.sent = Sent.NOT_SENT

    def _on_failed(self, step: str, error: object) -> None:
        self._failure = error
        if step not in CONNECTING:
            self._answered = None
        refused_by_h11 = type(error).__name__ == "LocalProtocolError"
        if step == "send_request_headers" and refused_by_h11 and not self._tunnelling:
            # An impossible header: it is refused before the first byte is written.
            self._started -= 1
        if self.sent is Sent.NOT_SENT:
            self.sent = Sent.MAYBE_SENT

    def _on_start(self) -> None:
        if self.deadline is not None and self.deadline.passed_on_any_clock:
            self._failure = late = WireError(TOO_LATE)
            raise late
        self.sent = Sent.MAYBE_SENT
        self._answered = None
        self._started += 1
        if self._started > 1:
            self._note_second_send()

    def _note_second_send(self) -> None:
        if not self.sent_again:
            logger.warning(
                "the transport= of this client sent one request twice; a request about money must "
                "not be repeated beneath the client: switch its retries off"
            )
        self.sent_again = True

    def _on_traced_head(self, return_value: object) -> None:
        """Note a complete head: (version, status, ...) or, in HTTP/2, (status, ...)."""
        values = cast("tuple[object, ...]", return_value)
        self._answered = next((value for value in values if isinstance(value, int)), None)
        if self.is_only_way:
            self.sent, self.status = Sent.RESPONDED, self._answered
