# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .billing_address import BillingAddress
    from .billing_details import BillingDetails
    from .cancel_request import CancelRequest
    from .card_details import CardDetails
    from .card_mechanism import CardMechanism
    from .card_payment_method import CardPaymentMethod
    from .error_cause import ErrorCause
    from .error_response import ErrorResponse
    from .history_action import HistoryAction
    from .history_entry import HistoryEntry
    from .history_result import HistoryResult
    from .other_payment_method import OtherPaymentMethod
    from .paypal_account import PaypalAccount
    from .paypal_payment_method import PaypalPaymentMethod
    from .status_code import StatusCode
    from .status_outcome import StatusOutcome
    from .transaction import Transaction
    from .transaction_response import TransactionResponse
    from .transaction_state import TransactionState
    from .transaction_status import TransactionStatus

__all__ = (
    "BillingAddress",
    "BillingDetails",
    "CancelRequest",
    "CardDetails",
    "CardMechanism",
    "CardPaymentMethod",
    "ErrorCause",
    "ErrorResponse",
    "HistoryAction",
    "HistoryEntry",
    "HistoryResult",
    "OtherPaymentMethod",
    "PaypalAccount",
    "PaypalPaymentMethod",
    "StatusCode",
    "StatusOutcome",
    "Transaction",
    "TransactionResponse",
    "TransactionState",
    "TransactionStatus",
)

_MODULES = {
    "BillingAddress": ".billing_address",
    "BillingDetails": ".billing_details",
    "CancelRequest": ".cancel_request",
    "CardDetails": ".card_details",
    "CardMechanism": ".card_mechanism",
    "CardPaymentMethod": ".card_payment_method",
    "ErrorCause": ".error_cause",
    "ErrorResponse": ".error_response",
    "HistoryAction": ".history_action",
    "HistoryEntry": ".history_entry",
    "HistoryResult": ".history_result",
    "OtherPaymentMethod": ".other_payment_method",
    "PaypalAccount": ".paypal_account",
    "PaypalPaymentMethod": ".paypal_payment_method",
    "StatusCode": ".status_code",
    "StatusOutcome": ".status_outcome",
    "Transaction": ".transaction",
    "TransactionResponse": ".transaction_response",
    "TransactionState": ".transaction_state",
    "TransactionStatus": ".transaction_status",
}


def __getattr__(name: str) -> object:
    # Building a model's class is slow, so each is built when it is first used.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
