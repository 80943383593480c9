# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from ...enums import OpenStrEnum


class TransactionState(OpenStrEnum):
    AUTHORIZING = "Authorizing"
    AUTHFAILED = "AuthFailed"
    AUTHSUCCEEDED = "AuthSucceeded"
    AUTHEXPIRED = "AuthExpired"
    AUTHVOIDED = "AuthVoided"
    CAPTURING = "Capturing"
    CAPTUREFAILED = "CaptureFailed"
    CAPTURESUCCEEDED = "CaptureSucceeded"
    REFUNDED = "Refunded"
    REFUNDING = "Refunding"
    REFUNDFAILED = "RefundFailed"
