"""How each provider treats a cancel, in a few lines each: the states that the explorer visits.

Written from the providers' pages and SDKs, not from the judges: a model that copied those would
find nothing. What a page leaves open (what a repeat answers, whether a status is listed) is a
variant, and every variant is explored.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

import attrs

from countermand import RawResponse, bento, pace_fueling, pace_pay, vtex
from tests.model_checking.procedure import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand_clients.operation import Call

    from countermand.provider._cancellations import BaseCancellation
    from countermand.provider._provider import Provider

STATION: Final = "a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1"
TRANSACTION: Final = "c3f037ea-492e-4033-9b4b-4efc7beca16c"


@attrs.frozen
class Payment:
    """How things stand with one payment."""

    variant: str = ""
    phase: str = "open"
    left: int = 3
    executed: int = 0
    """How often our cancel was executed."""
    gone: bool = False
    """Whether another client has cancelled it, whole."""
    entries: tuple[tuple[bool, str], ...] = ()
    """The cancels in its list: whether it is ours, and its status."""
    answers: int = 0
    failed: bool = False
    """Whether our cancel was accepted, and failed later."""


class Model(ABC):
    """A provider, as its pages describe it."""

    api: ClassVar[str]
    provider: ClassVar[Provider[Any]]
    cancellation: BaseCancellation
    variants: tuple[str, ...] = ("",)
    others_prove: bool = True
    """Whether a receipt may also mean that another client has cancelled the payment."""

    def initial(self) -> Iterator[Payment]:
        """Every way in which things may stand at first."""
        for variant in self.variants:
            yield Payment(variant)

    @abstractmethod
    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives."""

    def read(self, payment: Payment, call: Call[Any]) -> RawResponse:
        """A read arrives."""
        raise AssertionError((payment, call))

    def elsewhere(self, payment: Payment) -> Iterator[Payment]:
        """What another client may do to an open payment: take the money, or cancel it."""
        if payment.phase == "open":
            yield attrs.evolve(payment, phase="captured")
            yield attrs.evolve(payment, phase="cancelled", gone=True)

    def settles(self, payment: Payment) -> Iterator[Payment]:  # noqa: ARG002 - most have nothing
        """What the provider finishes by itself, at any time."""
        yield from ()


def says(status: int, document: object = None, kind: str = "application/json") -> RawResponse:
    """A reply with a JSON body, or with none."""
    if document is None:
        return RawResponse(status=status)
    body = json.dumps(document).encode()
    return RawResponse(status=status, headers=(("content-type", kind),), body=body)


def problem(status: int) -> RawResponse:
    """PACE's error document."""
    return says(status, {"errors": [{"title": "no", "code": "1"}]}, "application/vnd.api+json")


def _executed(payment: Payment, phase: str = "cancelled") -> Payment:
    return attrs.evolve(payment, phase=phase, executed=payment.executed + 1)


class PacePay(Model):
    """A repeat answers 204 again; 403 says that it is no longer open."""

    api = "pace_pay"
    provider = pace_pay.PROVIDER
    cancellation = pace_pay.Cancellation(TRANSACTION)

    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives."""
        if payment.phase == "captured":
            return payment, problem(403)
        after = _executed(payment) if payment.phase == "open" else payment
        return after, RawResponse(status=204)


class PaceFueling(Model):
    """What a repeat answers, and whether Pay says 410 or 404 of a cancelled one, is not agreed."""

    api = "pace_fueling"
    provider = pace_fueling.PROVIDER
    cancellation = pace_fueling.Cancellation(STATION, TRANSACTION)
    variants = ("204 410 404", "403 404 403", "404 404 404", "404 410 403")

    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives."""
        repeated, _, too_late = map(int, payment.variant.split())
        match payment.phase:
            case "open":
                return _executed(payment), RawResponse(status=204)
            case "captured":
                return payment, problem(too_late)
        return payment, RawResponse(status=204) if repeated == 204 else problem(repeated)

    def read(self, payment: Payment, call: Call[Any]) -> RawResponse:
        """The same transaction at PACE Pay: shown only when it is completed."""
        assert call.operation.api == "pace_pay"
        match payment.phase:
            case "captured":
                return says(200, {"data": {"id": TRANSACTION}}, "application/vnd.api+json")
            case "cancelled":
                return problem(int(payment.variant.split()[1]))
        return problem(404)


class Bento(Model):
    """A void releases everything, a refund can be made as long as some of the money is left."""

    api = "bento"
    provider = bento.UNREAD_PROVIDER
    cancellation = bento.Cancellation("or_1", "tx_1", refund_amount=100)
    variants = ("authorised", "captured", "declined in 202", "declined in 422")
    others_prove = False

    def initial(self) -> Iterator[Payment]:
        """Authorised or captured, and with a processor that may refuse."""
        for payment in super().initial():
            phase = "open" if payment.variant == "authorised" else "captured"
            yield attrs.evolve(payment, phase=phase)

    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives."""
        if payment.variant.startswith("declined"):
            refused = {"code": "PG0014", "outcome": "failedNonRetryable"}
            if payment.variant.endswith("422"):
                return payment, says(422, {"message": "Declined", "status": refused})
            return payment, _transaction("CaptureSucceeded", refused)
        if payment.phase == "open":
            return _executed(payment), _transaction("AuthVoided")
        if payment.phase == "captured" and payment.left:
            after = attrs.evolve(payment, left=payment.left - 1, executed=payment.executed + 1)
            return after, _transaction("Refunding")
        return payment, says(422, {"message": "Action Cannot Be Performed", "causes": []})

    def elsewhere(self, payment: Payment) -> Iterator[Payment]:
        """Others capture, void, or refund a part."""
        yield from super().elsewhere(payment)
        if payment.phase == "captured" and payment.left:
            yield attrs.evolve(payment, left=payment.left - 1)


def _transaction(state: str, status: object = None) -> RawResponse:
    data = {"orderId": "or_1", "transactionId": "tx_1", "state": state}
    return says(202, {"data": {**data, "status": status} if status else data})


class Vtex(Model):
    """The answer to a `requestId` is stored and given again.

    Of the providers that do not store it, a naive one makes a new id, and a forgetful one finds
    nothing left to cancel.
    """

    api = "vtex"
    provider = vtex.PROVIDER
    cancellation = vtex.Cancellation("P1", "A1")
    variants = ("stored", "naive", "forgetful", "manual 200", "manual 501")
    others_prove = False

    def cancel(self, payment: Payment) -> tuple[Payment, RawResponse]:
        """A cancel arrives, with our `requestId`."""
        if payment.variant.startswith("manual"):
            return payment, self._answer(int(payment.variant[-3:]), code="cancel-manually")
        if payment.executed and payment.variant != "forgetful":
            answers = 1 if payment.variant == "stored" else 3 - payment.answers
            return attrs.evolve(payment, answers=answers), self._answer(200, f"C{answers}")
        if payment.phase == "open":
            return attrs.evolve(_executed(payment), answers=1), self._answer(200, "C1")
        return payment, self._answer(200, code="cancel-failed")

    def _answer(
        self, status: int, cancelled: str | None = None, code: str | None = None
    ) -> RawResponse:
        body = {"paymentId": "P1", "requestId": vtex.request_id(KEY), "cancellationId": cancelled}
        return says(status, {**body, "code": code, "message": None})
