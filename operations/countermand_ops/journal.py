"""The journal: who ordered what, when and why, as JSON Lines.

The ledger records what became of a key. The reason of a person's order stands here.
"""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Journal", "JournalUnavailable", "Order"]


class JournalUnavailable(Exception):  # noqa: N818 - named as LedgerUnavailable is
    """The journal cannot be written or read; nothing was sent."""


@frozen(kw_only=True)
class Order:
    """What a person ordered.

    Attributes:
        key: The idempotency key.
        command: The command, such as `cancel`.
        by: The person.
        reason: Why.
        cancellation: What was to be cancelled, as `BaseCancellation.to_dict`.
        at: When, in UTC, in ISO 8601.
    """

    key: str
    command: str
    by: str
    reason: str
    cancellation: dict[str, Any]
    at: str


class Journal:
    """A file of orders.

    Args:
        file: Its path. File and folder are made when the first order is recorded, readable by the
            user alone.
        now: The present time, in UTC.
    """

    def __init__(self, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = file
        self._now = now

    def record(
        self, key: str, *, command: str, by: str, reason: str, cancellation: dict[str, Any]
    ) -> None:
        """Record an order durably, before it is carried out.

        Raises:
            JournalUnavailable: it was not recorded.
        """
        self.record_all([(key, cancellation)], command=command, by=by, reason=reason)

    def record_all(
        self,
        cancellations: Iterable[tuple[str, dict[str, Any]]],
        *,
        command: str,
        by: str,
        reason: str,
    ) -> None:
        """Record some orders of one person at once, each with its key.

        Raises:
            JournalUnavailable: they were not recorded, or not all of them.
        """
        at = self._now().isoformat(timespec="milliseconds")
        lines = "".join(
            json.dumps(
                asdict(
                    Order(
                        key=key,
                        command=command,
                        by=by,
                        reason=reason,
                        cancellation=cancellation,
                        at=at,
                    )
                )
            )
            + "\n"
            for key, cancellation in cancellations
        )
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # In one piece: lines of several processes do not mix.
                data = _separator(place) + lines.encode()
                if os.write(place, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(place)
            finally:
                os.close(place)
        except OSError as failed:
            raise self._unavailable("written", failed) from failed

    def orders(self, key: str) -> tuple[Order, ...]:
        """The orders of a key, oldest first. A line that is cut or unknown is left out.

        Raises:
            JournalUnavailable: it cannot be read.
        """
        try:
            with self._file.open(encoding="utf-8", errors="replace") as lines:
                found = [order for line in lines if (order := _order(line)) is not None]
        except FileNotFoundError:
            return ()
        except OSError as failed:
            raise self._unavailable("read", failed) from failed
        return tuple(order for order in found if order.key == key)

    def _unavailable(self, done: str, failed: OSError) -> JournalUnavailable:
        return JournalUnavailable(
            f"the journal {self._file} cannot be {done}: {failed.strerror}; set journal.path"
        )


def _separator(place: int) -> bytes:
    """What a file needs before the next line: a crash or a full disk may have cut the last one."""
    if os.lseek(place, 0, os.SEEK_END) == 0:
        return b""
    os.lseek(place, -1, os.SEEK_END)
    return b"" if os.read(place, 1) == b"\n" else b"\n"


def _order(line: str) -> Order | None:
    try:
        return Order(**json.loads(line))
    except (RecursionError, TypeError, ValueError):
        return None
