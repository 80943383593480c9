# Generated from specs/pace-fueling.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""The clients that send a call; the same for every API."""

from ..client import AuthenticatedClient, Client

__all__ = ["AuthenticatedClient", "Client"]
