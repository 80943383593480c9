# Generated from specs/codegen/generate.py. Do not edit; run: nox -s generate
"""Server-side models generated from the specifications, one per API."""
