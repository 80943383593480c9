"""Finds the outcomes of open cancels: `python -m countermand.reconcile reconciler:make_client`."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from countermand import Client, unzer
from countermand.ledger import Ledger, State

if TYPE_CHECKING:
    from countermand.ledger import Change

logger = logging.getLogger("shop")


def make_client() -> Client:
    """The client, with the accounts of every open cancel and the ledger of all workers."""
    account = unzer.Account(
        os.environ["UNZER_PRIVATE_KEY"],
        os.environ.get("UNZER_URL", "https://api.unzer.com/v1"),
    )
    return Client(account, ledger=Ledger(os.environ["LEDGER"]))


def report(change: Change) -> None:
    """Tell the shop. It may be called again for the same change, so it must be idempotent."""
    if change.waiting_for == "person":
        logger.error("somebody has to look at %s", change.key)
    elif change.after is State.CANCELLED:
        logger.info("%s is cancelled", change.key)
    else:
        logger.warning("%s: %s, was %s", change.key, change.after, change.before)
