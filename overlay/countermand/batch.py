"""One cancel among many, and what came of it: the values of `AsyncClient.cancel_many`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from countermand._values import kind_of

if TYPE_CHECKING:
    from attrs import Attribute

    from countermand.errors import CountermandError
    from countermand.provider import Account, BaseCancellation
    from countermand.receipt import Receipt

__all__ = ["CancelRequest", "CancelResult"]


def _text(_instance: object, attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a text such as 'order-42', not {kind_of(value)}")


@frozen
class CancelRequest:
    """One cancel that `AsyncClient.cancel_many` is to make.

    What else is wrong with it is the error of its result, as `cancel` raises it.

    Attributes:
        cancellation: As in `cancel`.
        key: As in `cancel`, but never left out: without it, a second run would cancel again.
        user: As in `cancel`.
        account: As in `cancel`.

    Raises:
        TypeError: `key` is no text.
    """

    cancellation: BaseCancellation
    key: str = field(validator=_text)
    user: str | None = None
    account: Account | None = None


@frozen
class CancelResult:
    """What came of one cancel: a receipt, or the error that `cancel` would have raised.

    Attributes:
        request: The request, the same object.
        receipt: The receipt, or None.
        error: The error, or None.
    """

    request: CancelRequest
    receipt: Receipt | None = None
    error: CountermandError | None = None
