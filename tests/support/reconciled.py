"""Waits until a ledger has no open key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger


def wait_until_reconciled(
    ledger: Ledger, stalled_after: float, tell: Callable[[str], object]
) -> None:
    """Wait until nothing is open, or until nothing has ended for so many seconds."""
    left, since = -1, time.monotonic()
    while time.monotonic() - since < stalled_after:
        now = sum(1 for _ in ledger.unresolved())
        if now == 0:
            return
        if now != left:
            left, since = now, time.monotonic()
            tell(f"{left} keys are open")
        time.sleep(1.0)
