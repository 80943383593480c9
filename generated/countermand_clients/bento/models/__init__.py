# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

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
