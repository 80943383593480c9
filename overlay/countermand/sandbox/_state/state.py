"""The state behind the five providers, under one lock: payments, tokens, what came and was done."""

from __future__ import annotations

import abc
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from countermand.sandbox._state.tokens import TokenRegistry
from countermand.sandbox.payments import Payment

if TYPE_CHECKING:
    from countermand.sandbox._state.records import Execution, ReceivedRequest

P_co = TypeVar("P_co", bound=Payment, covariant=True)


class PaymentState(abc.ABC, Generic[P_co]):
    """How things stand with one payment: the part that changes."""

    def __init__(self, payment: P_co) -> None:
        self.payment = payment

    @abc.abstractmethod
    def state(self) -> dict[str, object]:
        """Return what can be seen of the payment behind the provider's back, as JSON values."""

    @abc.abstractmethod
    def capture(self) -> None:
        """Take all of the money that is still held."""

    def start_fueling(self) -> None:
        """Begin fuelling; raises `ValueError` where there is nothing to fuel."""
        raise ValueError(f"{self.payment.handle} is not a payment at a pump")

    def finish_pending(self) -> tuple[Execution, ...]:
        """End what the provider has accepted but not done; returns what that executed."""
        return ()


class SandboxState:
    """Everything the sandbox knows. Hold `lock` around whatever must be seen as one step."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.identities = TokenRegistry()
        self._standings: dict[str, PaymentState[Payment]] = {}
        self._executions: list[Execution] = []
        self._requests: list[ReceivedRequest] = []
        self._counter = 0

    def number(self) -> int:
        """Return the next number, for ids that must differ."""
        with self.lock:
            self._counter += 1
            return self._counter

    def add(self, payment_state: PaymentState[Payment]) -> None:
        """Take in a new payment; raises `ValueError` if its ids are taken."""
        with self.lock:
            if payment_state.payment.handle in self._standings:
                raise ValueError(f"{payment_state.payment.handle} exists already")
            self._standings[payment_state.payment.handle] = payment_state

    def find(self, handle: str) -> PaymentState[Payment] | None:
        """Return how things stand with a payment, or None where there is no such payment."""
        return self._standings.get(handle)

    def payment_state(self, handle: str) -> PaymentState[Payment]:
        """Return how things stand with a payment; raises `LookupError` where there is none."""
        found = self.find(handle)
        if found is None:
            raise LookupError(f"no payment {handle!r} in the sandbox")
        return found

    def payment_states(self) -> tuple[PaymentState[Payment], ...]:
        """Return how things stand with every payment."""
        with self.lock:
            return tuple(self._standings.values())

    def executed(self, execution: Execution) -> None:
        """Count one change of the money, and give it its number."""
        with self.lock:
            number = len(self._executions) + 1
            self._executions.append(attrs.evolve(execution, sequence=number))

    def finish_pending(self, handle: str) -> None:
        """End what the provider has accepted but not done, and count what that executed."""
        with self.lock:
            for execution in self.payment_state(handle).finish_pending():
                self.executed(execution)

    def received(self, request: ReceivedRequest) -> None:
        """Remember a request, and give it its number."""
        with self.lock:
            number = len(self._requests) + 1
            self._requests.append(attrs.evolve(request, sequence=number))

    def executions(self, api: str | None, handle: str | None) -> tuple[Execution, ...]:
        """Return the executions in order, of one API or one payment or of all."""
        with self.lock:
            return tuple(
                execution
                for execution in self._executions
                if api in {None, execution.api} and handle in {None, execution.payment}
            )

    def requests(self, api: str | None) -> tuple[ReceivedRequest, ...]:
        """Return the requests in order, of one API or of all."""
        with self.lock:
            return tuple(request for request in self._requests if api in {None, request.api})
