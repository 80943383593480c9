# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The errors that a generated function raises; the same for every API."""

from ..errors import ResponseError, ResponseParseError, UnexpectedStatus

__all__ = ["ResponseError", "ResponseParseError", "UnexpectedStatus"]
