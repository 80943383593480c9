# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from ...enums import OpenStrEnum


class PaymentTransactionStatus(OpenStrEnum):
    SUCCESS = "success"
    PENDING = "pending"
    ERROR = "error"
    RESUMED = "resumed"
