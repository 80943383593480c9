"""Drift: recorded traffic against the specifications, in both directions.

`python -m specs.publishing.drift` runs the sandbox's tests and a part of the conformance suite, records
what the providers were asked and what they answered (HAR 1.2, without credentials), and compares it
with the specifications. What is seen and not described is drift, and fails; what is described and
not seen is listed, and fails unless `specs.publishing.drift.unseen` says why nobody can see it.
"""
