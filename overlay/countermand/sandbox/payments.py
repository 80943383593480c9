"""The payments of the sandbox, as values: their ids and the behaviour of the provider.

The behaviour is set for each payment, so that one simulator can show different behaviours at once.
The state that changes is kept elsewhere.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import attrs
from attrs.validators import ge, in_, instance_of, matches_re, max_len, min_len

if TYPE_CHECKING:
    from collections.abc import Mapping

_AMOUNT = r"[0-9]+(\.[0-9]{1,4})?"
_NAMED: Any = [instance_of(str), min_len(1)]


def text() -> Any:
    """Return a field for a non-empty text, such as an id."""
    return attrs.field(validator=_NAMED)


def choice(first: object, *others: object) -> Any:
    """Return a field for one of these values; the first is the default."""
    return attrs.field(default=first, validator=in_((first, *others)))


def _switch() -> Any:
    return attrs.field(default=False, validator=instance_of(bool))


@attrs.frozen(kw_only=True)
class Payment(abc.ABC):
    """Base class of the payments."""

    @property
    @abc.abstractmethod
    def handle(self) -> str:
        """Name of this payment in the sandbox's records."""

    @property
    @abc.abstractmethod
    def identifiers(self) -> dict[str, str]:
        """The ids that a cancel needs."""


P = TypeVar("P", bound=Payment)


@attrs.frozen(kw_only=True)
class PacePayment(Payment):
    """A transaction that PACE Pay and PACE Fueling share.

    `kind` is one of the two kinds of transactions of the Fueling page. `repeat_at_fueling` is the
    status of a cancel at Fueling if the transaction is already cancelled; no source documents it.
    `read_when_cancelled` is the status of reading a cancelled transaction: the upstream SDK
    declares 410 and its prose says 404.
    """

    transaction_id: str = text()
    gas_station_id: str = text()
    kind: Literal["pre-auth", "unattended"] = choice("pre-auth", "unattended")
    repeat_at_fueling: Literal[204, 403, 404] = choice(404, 403, 204)
    read_when_cancelled: Literal[404, 410] = choice(410, 404)

    @property
    def handle(self) -> str:
        """Name of this payment in the sandbox's records."""
        return f"pace:{self.transaction_id.lower()}"

    @property
    def identifiers(self) -> dict[str, str]:
        """The ids that a cancel needs."""
        return {"transaction_id": self.transaction_id, "gas_station_id": self.gas_station_id}


@attrs.frozen(kw_only=True)
class BentoPayment(Payment):
    """A Bento transaction of `amount` minor units, authorised and, if `captured`, captured.

    `decline` makes the processor refuse the cancel with `decline_code`, in the older form (a
    failed outcome in a 202) or in the newer one (a 4xx with `status`). The first
    `too_many_requests` requests get a 429, with a `Retry-After` if `retry_after` is not empty.
    `refund` is the result of a refund when it is finished (`finish_pending`).
    """

    order_id: str = text()
    transaction_id: str = text()
    amount: int = attrs.field(default=20000, validator=[instance_of(int), ge(1)])
    currency: str = attrs.field(default="USD", validator=[instance_of(str), max_len(3)])
    captured: bool = _switch()
    decline: Literal["never", "in-202", "in-4xx"] = choice("never", "in-202", "in-4xx")
    decline_code: str = attrs.field(
        default="PG2003", validator=[instance_of(str), matches_re(r"PG[0-9]{4}")]
    )
    too_many_requests: int = attrs.field(default=0, validator=[instance_of(int), ge(0)])
    retry_after: str = attrs.field(default="", validator=instance_of(str))
    refund: Literal["succeeds", "fails"] = choice("succeeds", "fails")

    @property
    def handle(self) -> str:
        """Name of this payment in the sandbox's records."""
        return f"bento:{self.order_id}:{self.transaction_id}"

    @property
    def identifiers(self) -> dict[str, str]:
        """The ids that a cancel needs."""
        return {"order_id": self.order_id, "transaction_id": self.transaction_id}


@attrs.frozen(kw_only=True)
class UnzerPayment(Payment):
    """An Unzer payment with one authorisation of `amount`, a decimal string.

    `flags` is the result of a cancel: `success`; `pending` or `resumed`, which are executed by
    `finish_pending`; `error`, which is not executed and is listed as a failed attempt.
    `errors_in_200` sends every error body with HTTP 200. `url_origin` replaces the origin of the
    URLs in the payment's list. `success_status` is the HTTP status of an accepted cancel.
    """

    payment_id: str = text()
    authorization_id: str = attrs.field(default="s-aut-1", validator=_NAMED)
    order_id: str = attrs.field(default="", validator=instance_of(str))
    amount: str = attrs.field(default="100.00", validator=[instance_of(str), matches_re(_AMOUNT)])
    currency: str = attrs.field(default="EUR", validator=[instance_of(str), max_len(3)])
    flags: Literal["success", "pending", "resumed", "error"] = choice(
        "success", "pending", "resumed", "error"
    )
    errors_in_200: bool = _switch()
    url_origin: str = attrs.field(default="", validator=instance_of(str))
    success_status: Literal[200, 201] = choice(200, 201)

    @property
    def handle(self) -> str:
        """Name of this payment in the sandbox's records."""
        return f"unzer:{self.payment_id}"

    @property
    def identifiers(self) -> dict[str, str]:
        """The ids that a cancel needs."""
        return {"payment_id": self.payment_id, "authorization_id": self.authorization_id}


@attrs.frozen(kw_only=True)
class VtexPayment(Payment):
    """A payment at a VTEX payment provider.

    If `manual_status` is not 0, the provider answers `cancel-manually` with this status. If
    `naive`, it generates a new `cancellationId` for every repeat instead of replaying the stored
    answer, as the published example connectors do.
    """

    payment_id: str = text()
    authorization_id: str = text()
    manual_status: Literal[0, 200, 501] = choice(0, 200, 501)
    naive: bool = _switch()

    @property
    def handle(self) -> str:
        """Name of this payment in the sandbox's records."""
        return f"vtex:{self.payment_id}"

    @property
    def identifiers(self) -> dict[str, str]:
        """The ids that a cancel needs."""
        return {"payment_id": self.payment_id, "authorization_id": self.authorization_id}


def build(kind: type[P], settings: Mapping[str, object]) -> P:
    """Create a payment from its settings; raises `ValueError` that names an invalid one."""
    known = {field.name for field in attrs.fields(kind)}
    if unknown := sorted(settings.keys() - known):
        raise ValueError(
            f"{kind.__name__} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    try:
        return kind(**settings)  # the validators check every value
    except (TypeError, ValueError) as error:
        raise ValueError(f"{kind.__name__}: {error.args[0]}") from error
