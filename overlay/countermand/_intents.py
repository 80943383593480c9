"""What a client remembers of its keys: enough to keep one key to one cancellation, in this process.

A settled key gives its receipt again and sends nothing. The memory is bounded and dies with the
client; what has to outlive either needs storage of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define

from countermand.errors import CancellationInProgress, KeyConflict

if TYPE_CHECKING:
    from countermand._accounts import Account
    from countermand._cancellations import CancellationBase
    from countermand.receipt import Receipt

REMEMBERED_KEYS: Final = 10_000


@define
class Intent:
    """One key: what it stands for and what is known."""

    content: tuple[str, str]
    """The fingerprint of the cancellation, and the server it goes to."""
    running: bool = True
    unclear: bool = False
    receipt: Receipt | None = None


class Intents:
    """The keys of one client, safe for threads."""

    def __init__(self) -> None:
        self._intents: OrderedDict[str, Intent] = OrderedDict()
        self._lock = Lock()

    def begin(self, key: str, cancellation: CancellationBase, account: Account) -> Intent:
        """Take hold of a key.

        Returns:
            The intent: with a receipt if it is settled, else taken until `end`.

        Raises:
            KeyConflict: the key stands for something else.
            CancellationInProgress: another call holds the key.
        """
        content = (cancellation.fingerprint, account.endpoint)
        with self._lock:
            intent = self._intents.get(key)
            if intent is None:
                intent = self._intents[key] = Intent(content)
                self._forget()
                return intent
            self._intents.move_to_end(key)
            if intent.content != content:
                raise KeyConflict(
                    "this key stands for another cancellation", key=key, cancellation=cancellation
                )
            if intent.running:
                raise CancellationInProgress(
                    "another call with this key is running", key=key, cancellation=cancellation
                )
            intent.running = intent.receipt is None
            return intent

    def end(self, intent: Intent, *, receipt: Receipt | None = None, unclear: bool = False) -> None:
        """Let go of a key, with what is now known."""
        with self._lock:
            intent.running = False
            intent.receipt = receipt
            intent.unclear = unclear

    def _forget(self) -> None:
        excess = len(self._intents) - REMEMBERED_KEYS
        if excess > 0:
            idle = [key for key, intent in self._intents.items() if not intent.running]
            # What is unclear goes last: to forget it is to risk a second execution.
            idle.sort(key=lambda key: self._intents[key].unclear)
            for key in idle[:excess]:
                del self._intents[key]
