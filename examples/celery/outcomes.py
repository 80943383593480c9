"""What the shop does with cancels that have ended after their tasks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countermand.ledger import Change

logger = logging.getLogger("payments")


def report(change: Change) -> None:
    """Tell the order's owner; here, the log. It may be called again for the same change."""
    logger.warning("order %s: %s, was %s", change.key, change.after, change.before)
