# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from enum import StrEnum


class ReasonCode(StrEnum):
    CANCEL = "CANCEL"
    RETURN = "RETURN"
    CREDIT = "CREDIT"
