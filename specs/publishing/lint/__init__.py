"""Redocly's rules for specifications and workflows, beside the project rules of `tests/specs`."""
