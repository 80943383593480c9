# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

from .cancel_payment_failure import CancelPaymentFailure
from .cancel_payment_request import CancelPaymentRequest
from .cancel_payment_response import CancelPaymentResponse
from .connector_metadata import ConnectorMetadata
from .manual_cancellation_response import ManualCancellationResponse
from .merchant_setting import MerchantSetting
from .refusal_response import RefusalResponse
from .returned_metadata import ReturnedMetadata

__all__ = (
    "CancelPaymentFailure",
    "CancelPaymentRequest",
    "CancelPaymentResponse",
    "ConnectorMetadata",
    "ManualCancellationResponse",
    "MerchantSetting",
    "RefusalResponse",
    "ReturnedMetadata",
)
