# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from ...enums import OpenStrEnum


class PaymentStateName(OpenStrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    CANCELED = "canceled"
    PARTLY = "partly"
    PAYMENT_REVIEW = "payment review"
    CHARGEBACK = "chargeback"
    CREATE = "create"
