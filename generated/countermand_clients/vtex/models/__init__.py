# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_MODULES = {
    "CancelPaymentFailure": ".cancel_payment_failure",
    "CancelPaymentRequest": ".cancel_payment_request",
    "CancelPaymentResponse": ".cancel_payment_response",
    "ConnectorMetadata": ".connector_metadata",
    "ManualCancellationResponse": ".manual_cancellation_response",
    "MerchantSetting": ".merchant_setting",
    "RefusalResponse": ".refusal_response",
    "ReturnedMetadata": ".returned_metadata",
}


def __getattr__(name: str) -> object:
    # Building a model's class is slow, so each is built when it is first used.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
