# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The types that models and functions share; the same for every API."""

from ..types import UNSET, Response, Unset

__all__ = ["UNSET", "Response", "Unset"]
