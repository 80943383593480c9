"""Scenarios of the demo, and the table that reports their results."""
