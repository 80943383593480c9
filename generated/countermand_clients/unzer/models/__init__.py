# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .authorization import Authorization
    from .canceled_basket import CanceledBasket
    from .canceled_basket_item import CanceledBasketItem
    from .cancellation import Cancellation
    from .cancellation_form import CancellationForm
    from .cancellation_request import CancellationRequest
    from .error_entry import ErrorEntry
    from .error_entry_status import ErrorEntryStatus
    from .error_response import ErrorResponse
    from .message import Message
    from .payment import Payment
    from .payment_amount import PaymentAmount
    from .payment_state import PaymentState
    from .payment_state_name import PaymentStateName
    from .payment_transaction import PaymentTransaction
    from .payment_transaction_status import PaymentTransactionStatus
    from .payment_transaction_type import PaymentTransactionType
    from .processing import Processing
    from .reason_code import ReasonCode
    from .resources import Resources

__all__ = (
    "Authorization",
    "CanceledBasket",
    "CanceledBasketItem",
    "Cancellation",
    "CancellationForm",
    "CancellationRequest",
    "ErrorEntry",
    "ErrorEntryStatus",
    "ErrorResponse",
    "Message",
    "Payment",
    "PaymentAmount",
    "PaymentState",
    "PaymentStateName",
    "PaymentTransaction",
    "PaymentTransactionStatus",
    "PaymentTransactionType",
    "Processing",
    "ReasonCode",
    "Resources",
)

_MODULES = {
    "Authorization": ".authorization",
    "CanceledBasket": ".canceled_basket",
    "CanceledBasketItem": ".canceled_basket_item",
    "Cancellation": ".cancellation",
    "CancellationForm": ".cancellation_form",
    "CancellationRequest": ".cancellation_request",
    "ErrorEntry": ".error_entry",
    "ErrorEntryStatus": ".error_entry_status",
    "ErrorResponse": ".error_response",
    "Message": ".message",
    "Payment": ".payment",
    "PaymentAmount": ".payment_amount",
    "PaymentState": ".payment_state",
    "PaymentStateName": ".payment_state_name",
    "PaymentTransaction": ".payment_transaction",
    "PaymentTransactionStatus": ".payment_transaction_status",
    "PaymentTransactionType": ".payment_transaction_type",
    "Processing": ".processing",
    "ReasonCode": ".reason_code",
    "Resources": ".resources",
}


def __getattr__(name: str) -> object:
    # Building a model's class is slow, so each is built when it is first used.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
