"""The late-arrival window by several clocks: setting one forward does not end it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from countermand._core.commands import KeyHistory
from countermand.ledger import _clock as moments
from countermand.ledger._clock import HostTime
from tests.support.claims import claimant, run_sql

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.ledger import Ledger

AHEAD = 3 * 3600.0


def quiet(ledger: Ledger) -> float:
    """Seconds since the last attempt, as the next call gets them."""
    history = ledger.claim(claimant())
    assert isinstance(history, KeyHistory)
    return history.since_last_attempt


def test_a_database_whose_clock_jumps_ahead_does_not_end_the_window(left_open: Ledger) -> None:
    """By the host's clocks no time has passed."""
    run_sql(
        left_open,
        "UPDATE countermand_cancellations SET "
        f"attempt_recorded_at = attempt_recorded_at - {AHEAD}, "
        f"last_attempt_at = last_attempt_at - {AHEAD}",
    )
    assert quiet(left_open) < 60


def test_a_database_whose_clock_jumps_back_does_not_end_it_either(left_open: Ledger) -> None:
    """A negative time counts as zero."""
    run_sql(
        left_open,
        f"UPDATE countermand_cancellations SET last_attempt_at = last_attempt_at + {AHEAD}",
    )
    assert quiet(left_open) == 0.0


def test_a_row_without_host_time_uses_the_database_s_clock(left_open: Ledger) -> None:
    """There is no other clock."""
    run_sql(
        left_open,
        f"UPDATE countermand_cancellations SET last_attempt_at = last_attempt_at - {AHEAD}, "
        "last_attempt_host_time = NULL",
    )
    assert quiet(left_open) > AHEAD - 1


def test_a_row_without_an_attempt_has_no_time_since_it(ledger: Ledger) -> None:
    """Nothing has to be waited for."""
    assert ledger.claim(claimant()) == KeyHistory()


@pytest.mark.parametrize(
    ("earlier", "seconds"),
    [
        (HostTime(1000.0, 50.0, "boot-1"), 450.0),
        (HostTime(1000.0, 50.0, "boot-2"), 9000.0),
        (HostTime(1000.0, 50.0, None), 9000.0),
    ],
    ids=["the same boot", "another host or boot", "no boot id"],
)
def test_times_of_one_boot_are_measured_by_the_monotonic_clock(
    earlier: HostTime, seconds: float
) -> None:
    """Others are measured by the wall clocks."""
    now = HostTime(10_000.0, 500.0, "boot-1")
    assert now.seconds_since(earlier.encode()) == seconds
    assert now.seconds_since(None) == float("inf")


def test_times_without_a_boot_id_are_measured_by_the_wall_clock() -> None:
    """Without a boot id, the host may have been restarted."""
    now = HostTime(10_000.0, 500.0, None)
    assert now.seconds_since(HostTime(1000.0, 50.0, None).encode()) == 9000.0


@pytest.mark.parametrize(("content", "boot"), [("abc\n", "abc"), ("", None), (None, None)])
def test_a_system_without_the_file_has_no_boot_id(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, boot: str | None
) -> None:
    """Only Linux has the file."""
    path: Any = tmp_path / "boot_id"
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(moments, "BOOT_ID", path)
    moments._boot.cache_clear()
    try:
        assert HostTime.now().boot == boot
    finally:
        moments._boot.cache_clear()


FIRST = HostTime(1_000_000.0, 50.0, "boot-1")
"""A moment by the clocks of a host; a minute later, one of them has jumped."""
JUMPS = [
    (HostTime(FIRST.wall + AHEAD, 110.0, "boot-1"), AHEAD),
    (HostTime(FIRST.wall - AHEAD, 110.0, "boot-1"), 60.0),
    (HostTime(FIRST.wall + 60.0, 50.0, "boot-1"), 60.0),
    (HostTime(FIRST.wall + 60.0, 9e6, "boot-2"), 60.0),
    (HostTime(FIRST.wall - AHEAD, 9e6, "boot-2"), -AHEAD),
]
HOSTS = pytest.mark.parametrize(
    ("now", "seconds"), JUMPS, ids=["forward", "back", "suspended", "restarted", "restarted-back"]
)


@HOSTS
def test_the_age_of_a_moment_is_that_of_the_clock_that_has_run_longest(
    now: HostTime, seconds: float
) -> None:
    """A clock that is set back, or stands still, makes no key young."""
    assert now.longest_since(FIRST.encode()) == seconds


@HOSTS
@pytest.mark.parametrize("by_database", [-AHEAD, 0.0, 30.0, 2 * AHEAD])
def test_the_age_of_a_key_counts_the_clock_of_the_database_too(
    now: HostTime, seconds: float, by_database: float
) -> None:
    """From the first attempt, whatever came later; a negative age counts as zero."""
    later = json.loads(HostTime(FIRST.wall + 59.0, 109.0, "boot-1").encode())
    lines = [["one", 1, 5000.0, json.loads(FIRST.encode())], ["one", 2, 5059.0, later]]
    row = {
        "attempt_log": "".join(f"{json.dumps(line)}\n" for line in lines),
        "now": 5000.0 + by_database,
    }
    assert moments.since_first_attempt(row, now) == max(0.0, seconds, by_database)


@pytest.mark.parametrize("jump", [AHEAD, -AHEAD])
def test_a_ledger_s_key_is_as_old_as_its_oldest_clock_says(
    left_open: Ledger, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """The host's clock jumps between the first attempt and the next call."""
    real = HostTime.now()
    jumped = HostTime(real.wall + jump, real.monotonic, real.boot)
    monkeypatch.setattr(HostTime, "now", lambda: jumped)
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert max(0.0, jump) - 1.0 < history.since_first_attempt < max(0.0, jump) + 60.0
