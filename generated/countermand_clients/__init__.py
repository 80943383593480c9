# Generated from specs/codegen/generate.py. Do not edit; run: nox -s generate
"""Clients generated from the specifications, one package per API."""
