# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from enum import StrEnum


class UpdateMode(StrEnum):
    LONGPOLLING = "longPolling"
