"""Two judges of the specifications and workflows, beside the house rules of `tests/specs`."""
