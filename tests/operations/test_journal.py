"""The journal: one line for each order, durable, and read back by key."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from countermand_ops.journal import Journal, JournalUnavailable, Order

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
CANCELLATION = {"api": "unzer", "payment_id": "s-pay-1"}


def test_orders_are_found_by_their_key(tmp_path: Path) -> None:
    """File and folder are made for the user alone."""
    file = tmp_path / "new" / "journal.jsonl"
    journal = Journal(file, now=lambda: NOON)
    assert journal.orders("order-1") == ()
    for key in ("order-1", "order-2"):
        journal.record(key, command="cancel", by="ada", reason="fraud\n", cancellation=CANCELLATION)
    order = Order(
        key="order-1",
        command="cancel",
        by="ada",
        reason="fraud\n",
        cancellation=CANCELLATION,
        at="2026-11-29T12:00:00.000+00:00",
    )
    assert Journal(file).orders("order-1") == (order,)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == [
        "order-1",
        "order-2",
    ]


def test_a_line_that_is_cut_or_unknown_hides_no_other(tmp_path: Path) -> None:
    """A crash may cut the last one, and a later version may write more."""
    file = tmp_path / "journal.jsonl"
    deep = "[" * 100_000
    file.write_text(f'{{"key": "order-1", "mood": "calm"}}\n[]\n{deep}\n{{"key": "ord\n')
    journal = Journal(file)
    journal.record("order-1", command="cancel", by="ada", reason="r", cancellation=CANCELLATION)
    assert [order.by for order in journal.orders("order-1")] == ["ada"]


def test_an_order_after_a_cut_line_has_a_line_of_its_own(tmp_path: Path) -> None:
    """Else both would be lost."""
    file = tmp_path / "journal.jsonl"
    file.write_text('{"key": "order-1", "comm')
    journal = Journal(file)
    for key in ("order-1", "order-2"):
        journal.record(key, command="cancel", by="ada", reason="r", cancellation=CANCELLATION)
    assert [len(journal.orders(key)) for key in ("order-1", "order-2")] == [1, 1]
    assert file.read_text().count("\n") == 3


def test_the_time_of_an_order_is_in_utc(tmp_path: Path) -> None:
    """Whatever the host's time zone."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.record("order-1", command="cancel", by="ada", reason="r", cancellation=CANCELLATION)
    (order,) = journal.orders("order-1")
    assert datetime.fromisoformat(order.at).tzinfo == UTC


def test_a_journal_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With what to set."""
    journal = Journal(tmp_path)
    with pytest.raises(JournalUnavailable, match=r"cannot be written: Is a directory; set journal"):
        journal.record("k", command="cancel", by="ada", reason="r", cancellation=CANCELLATION)
    with pytest.raises(JournalUnavailable, match=r"cannot be read: Is a directory; set journal"):
        journal.orders("k")


def test_an_order_that_was_written_in_part_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the last one before a disk is full: the system writes what fits, and raises nothing."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:10]))
    journal = Journal(tmp_path / "journal.jsonl")
    with pytest.raises(JournalUnavailable, match="cannot be written: No space left on device"):
        journal.record("k", command="cancel", by="ada", reason="r", cancellation=CANCELLATION)
