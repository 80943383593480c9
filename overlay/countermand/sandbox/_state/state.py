"""The state of all simulators under one lock: payments, tokens, requests and executions."""

from __future__ import annotations

import abc
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from countermand.sandbox._state.tokens import LinkOwner, TokenRegistry
from countermand.sandbox.faults import PASS
from countermand.sandbox.payments import Payment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from countermand.sandbox._state.records import Execution, ReceivedRequest
    from countermand.sandbox.faults import Answer, Pass

P_co = TypeVar("P_co", bound=Payment, covariant=True)


class PaymentState(abc.ABC, Generic[P_co]):
    """The state of one payment at its provider."""

    def __init__(self, payment: P_co) -> None:
        self.payment = payment

    @abc.abstractmethod
    def state(self) -> dict[str, object]:
        """Return the state as JSON values, for tests."""

    @abc.abstractmethod
    def capture(self) -> None:
        """Capture the whole authorised amount; raises `ValueError` if it is not possible."""

    def start_fueling(self) -> None:
        """Start fueling; raises `ValueError` for a payment that is not at a pump."""
        raise ValueError(f"{self.payment.handle} is not a payment at a pump")

    def finish_pending(self) -> tuple[Execution, ...]:
        """Finish what the provider has accepted; returns the cancels that this executes."""
        return ()


class SandboxState:
    """The whole state of the sandbox. Acquire `lock` around steps that must be atomic."""

    def __init__(self, link_owner: LinkOwner = "user") -> None:
        self.lock = threading.RLock()
        self.tokens = TokenRegistry(link_owner)
        self._payments: dict[str, PaymentState[Payment]] = {}
        self._executions: list[Execution] = []
        self._by_payment: dict[str, list[Execution]] = {}
        self._requests: list[ReceivedRequest] = []
        self._scripts: dict[str, deque[Answer | Pass]] = {}
        self._counter = 0

    def number(self) -> int:
        """Return the next number, for unique ids."""
        with self.lock:
            self._counter += 1
            return self._counter

    def add(self, payment_state: PaymentState[Payment]) -> None:
        """Add a new payment; raises `ValueError` if its ids are taken."""
        with self.lock:
            if payment_state.payment.handle in self._payments:
                raise ValueError(f"{payment_state.payment.handle} exists already")
            self._payments[payment_state.payment.handle] = payment_state

    def find(self, handle: str) -> PaymentState[Payment] | None:
        """Return the state of a payment, or None if it is unknown."""
        return self._payments.get(handle)

    def payment_state(self, handle: str) -> PaymentState[Payment]:
        """Return the state of a payment; raises `LookupError` if it is unknown."""
        found = self.find(handle)
        if found is None:
            raise LookupError(f"no payment {handle!r} in the sandbox")
        return found

    def payment_states(self) -> tuple[PaymentState[Payment], ...]:
        """Return the states of all payments."""
        with self.lock:
            return tuple(self._payments.values())

    def executed(self, execution: Execution) -> None:
        """Record an executed cancel, with the next sequence number."""
        with self.lock:
            numbered = attrs.evolve(execution, sequence=len(self._executions) + 1)
            self._executions.append(numbered)
            self._by_payment.setdefault(execution.payment, []).append(numbered)

    def finish_pending(self, handle: str) -> None:
        """Finish what the provider has accepted, and record the cancels that this executes."""
        with self.lock:
            for execution in self.payment_state(handle).finish_pending():
                self.executed(execution)

    def received(self, request: ReceivedRequest) -> None:
        """Record a request, with the next sequence number."""
        with self.lock:
            number = len(self._requests) + 1
            self._requests.append(attrs.evolve(request, sequence=number))

    def script(self, api: str, answers: Iterable[Answer | Pass]) -> None:
        """Replace the rest of an API's script: one answer for each of its next requests."""
        with self.lock:
            self._scripts[api] = deque(answers)

    def next_answer(self, api: str) -> Answer | Pass:
        """Take the scripted answer to a request; `PASS` where the script is used up."""
        with self.lock:
            script = self._scripts.get(api)
            return script.popleft() if script else PASS

    def executions(self, api: str | None, handle: str | None) -> tuple[Execution, ...]:
        """Return the executions in order, of one API or one payment or of all."""
        with self.lock:
            found = self._executions if handle is None else self._by_payment.get(handle, [])
            return tuple(execution for execution in found if api in {None, execution.api})

    def requests(self, api: str | None) -> tuple[ReceivedRequest, ...]:
        """Return the requests in order, of one API or of all."""
        with self.lock:
            return tuple(request for request in self._requests if api in {None, request.api})
