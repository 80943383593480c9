# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from ...enums import OpenStrEnum


class StatusOutcome(OpenStrEnum):
    SUCCEEDED = "succeeded"
    FAILEDRETRYABLE = "failedRetryable"
    FAILEDNONRETRYABLE = "failedNonRetryable"
