"""Gauges of what a ledger's keys have not ended with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry.metrics import CallbackOptions, Observation

from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import Meter

    from countermand.ledger import Ledger, UnresolvedCount

logger = logging.getLogger("countermand")


def observe_ledger(meter: Meter, ledger: Ledger) -> None:
    """Count a ledger's unresolved keys whenever metrics are collected."""
    meter.create_observable_gauge(
        "countermand.ledger.open_keys",
        [_observing(ledger, lambda kind: kind.count)],
        "{key}",
        "Keys that have not ended",
    )
    meter.create_observable_gauge(
        "countermand.ledger.oldest_open_key.age",
        [_observing(ledger, lambda kind: kind.age)],
        "s",
        "Time since the oldest key that has not ended was first used",
    )


def _observing(
    ledger: Ledger, value: Callable[[UnresolvedCount], float]
) -> Callable[[CallbackOptions], Iterator[Observation]]:
    def observe(_options: CallbackOptions) -> Iterator[Observation]:
        try:
            counted = ledger.count_unresolved()
        except LedgerUnavailable as unavailable:
            logger.warning("open keys were not counted: %s", unavailable)
            return
        for kind in counted:
            yield Observation(value(kind), _attributes(kind))

    return observe


def _attributes(kind: UnresolvedCount) -> dict[str, str]:
    found = {"countermand.provider": kind.provider, "countermand.state": kind.state.value}
    return found | ({"countermand.waiting_for": kind.waiting_for} if kind.waiting_for else {})
