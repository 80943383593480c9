"""Every case there is."""

from itertools import chain

from tests.conformance import (
    accounts,
    arrivals,
    clocks,
    comparisons,
    crashes,
    credentials,
    crowds,
    databases,
    follow_ups,
    gateway_caches,
    gateway_repeats,
    gateways,
    inputs,
    interruptions,
    meanwhile,
    network,
    outage,
    replies,
    retries,
)
from tests.conformance.cases import Case

MODULES = (
    network,
    replies,
    inputs,
    outage,
    crashes,
    interruptions,
    crowds,
    retries,
    arrivals,
    meanwhile,
    credentials,
    accounts,
    databases,
    clocks,
    comparisons,
    gateways,
    gateway_repeats,
    gateway_caches,
    follow_ups,
)


def catalogue() -> list[Case]:
    """All cases, by scenario."""
    entries = chain.from_iterable(module.entries() for module in MODULES)
    cases = [case for entry in entries for case in entry.cases()]
    return sorted(cases, key=lambda case: case.scenario)
