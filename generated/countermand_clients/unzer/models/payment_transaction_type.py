# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from ...enums import OpenStrEnum


class PaymentTransactionType(OpenStrEnum):
    AUTHORIZE = "authorize"
    PREAUTHORIZE = "preauthorize"
    CHARGE = "charge"
    CANCEL_AUTHORIZE = "cancel-authorize"
    CANCEL_CHARGE = "cancel-charge"
    CANCEL_PREAUTHORIZE = "cancel-preauthorize"
    CHARGEBACK = "chargeback"
    PAYOUT = "payout"
    SHIPMENT = "shipment"
    STRONG_CUSTOMER_AUTHENTICATION = "strong_customer_authentication"
    SCA = "sca"
