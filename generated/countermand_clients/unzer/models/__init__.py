# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

from .authorization import Authorization
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
