"""Log records and events of a client's calls. Nothing is made where nobody listens.

`reports` makes them, and is loaded when something is to be reported for the first time.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from countermand._signals import is_from_handler
from countermand.errors import ManualCancellationRequired, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from countermand_clients.operation import Call

    from countermand._core.exchange import TransportFailure
    from countermand._core.outcomes import CallResult
    from countermand._runtime.invocation import Invocation
    from countermand.attempts import RawResponse
    from countermand.events import Event

logger = logging.getLogger("countermand")

_numbers: Final = count(1)


@define
class CallFacts:
    """What is reported of a call beside its state."""

    number: int = 0
    """Number of the call in this process; 0 while nothing was reported."""
    requests: int = 0
    reads: int = 0
    resends: int = 0
    """How often the pending request, if it is a read, was sent before."""
    last_read: Call[Any] | None = None
    request_began: float = 0.0
    """When the pending request began, on the monotonic clock."""
    needs_person: bool = False

    def on_request(self, call: Call[Any], now: float, *, is_read: bool) -> None:
        """Count a request."""
        self.requests += 1
        self.request_began = now
        if is_read:
            self.reads += 1
            self.resends = self.resends + 1 if call is self.last_read else 0
            self.last_read = call

    def numbered(self) -> int:
        """The number of the call, drawn when it is first needed."""
        if not self.number:
            self.number = next(_numbers)
        return self.number


@define(eq=False)
class Reporter:
    """Reports the calls of one client to the log, and to `on_event` if there is one."""

    on_event: Callable[[Event], object] | None = None
    _faults: set[tuple[type, type]] = field(factory=set[tuple[type, type]])
    """The kinds of events at which `on_event` has raised, and of exceptions: each is logged once.
    """

    def call_started(self, call: Invocation) -> None:
        """Report that a call begins."""
        if self.on_event is None:
            return
        from countermand._runtime import reports  # noqa: PLC0415 - it loads the events

        self._tell(reports.call_started(call))

    def request_ended(
        self, call: Invocation, request: Call[Any], exchange: RawResponse | TransportFailure
    ) -> None:
        """Report a request and what came of it."""
        logged = logger.isEnabledFor(logging.DEBUG)
        if self.on_event is None and not logged:
            return
        from countermand._runtime import reports  # noqa: PLC0415 - it loads the events

        event = reports.request_ended(call, request, exchange)
        if logged:
            reports.log_request(event, call.plan.provider)
        self._tell(event)

    @contextmanager
    def waiting(self, call: Invocation, reason: str, at_most: float | None) -> Generator[None]:
        """Report a wait, and how long it took."""
        if self.on_event is None:
            yield
            return
        from countermand._runtime import reports  # noqa: PLC0415 - it loads the events

        self._tell(reports.wait_started(call, reason, at_most))
        began = call.clock()
        try:
            yield
        finally:
            self._tell(reports.wait_ended(call, reason, call.clock() - began))

    def call_ended(
        self, call: Invocation, result: CallResult | None, *, interrupted: bool = False
    ) -> None:
        """Report what came of a call; no result if `execute` has returned."""
        if result is None:
            result = call.failure()
        if isinstance(result, ManualCancellationRequired):
            call.facts.needs_person = True
        alarming = call.facts.needs_person or isinstance(result, OutcomeUnknown)
        level = logging.WARNING if alarming else logging.INFO
        logged = logger.isEnabledFor(level)
        if self.on_event is None and not logged:
            return
        from countermand._runtime import reports  # noqa: PLC0415 - it loads the events

        event = reports.call_ended(call, result, interrupted=interrupted)
        if logged:
            reports.log_call(event, call.plan.provider, level)
        self._tell(event)

    def call_abandoned(self, call: Invocation) -> None:
        """Report a call that was interrupted once more before its outcome was recorded."""
        unknown = OutcomeUnknown("interrupted twice by the caller", key=call.plan.key)
        # A third interruption must not replace the second.
        with suppress(BaseException):
            self.call_ended(call, unknown, interrupted=True)

    def _tell(self, event: Event) -> None:
        if self.on_event is None:
            return
        try:
            self.on_event(event)
        except Exception as error:  # whatever the caller's own callable raises
            if is_from_handler(error):
                raise
            fault = (type(event), type(error))
            if fault not in self._faults:
                self._faults.add(fault)
                logger.exception(
                    "on_event has raised at %s; the call goes on", type(event).__name__
                )
