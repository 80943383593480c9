# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains endpoint functions for accessing the API"""
