# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from ...enums import OpenStrEnum


class CardMechanism(OpenStrEnum):
    APPLEPAY = "applePay"
    GOOGLEPAY = "googlePay"
    SAMSUNGPAY = "samsungPay"
    DIRECT = "direct"
