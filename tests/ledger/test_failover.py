"""A real server that is demoted and promoted, and a real disk that is full, under a live ledger."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from countermand import Receipt, unzer
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.support.postgresql import Server, started_server
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.flavours import Flavour

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this module's own."""
    with started_server(fsync=False) as running:
        yield running


def test_a_demoted_server_stops_cancels_until_it_is_promoted(
    server: Server, flavour: Flavour
) -> None:
    """What it holds can still be read; nothing is sent that could not be recorded."""
    provider = Recorder()
    first, second, third = (f"{flavour}-{name}" for name in ("before", "meanwhile", "after"))
    with Ledger(server.url) as ledger:
        known = call(flavour, ledger, "cancel", CANCEL, key=first, transport=provider)
        assert isinstance(known, Receipt)
        server.demote()
        seen = provider.cancels
        failed = call(
            flavour, ledger, "cancel", CANCEL, key=second, transport=provider, deadline=1.0
        )
        assert isinstance(failed, LedgerUnavailable)
        assert "read-only" in failed.message
        assert ledger.show(first).reference == known.reference
        assert provider.cancels == seen
        server.promote()
        again = call(flavour, ledger, "cancel", CANCEL, key=third, transport=provider)
        assert isinstance(again, Receipt)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte.

    A user who may not mount one still has tests/ledger/test_failures.py: SQLite's own limit.
    """
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_stops_cancels_until_there_is_room(small_disk: Path, flavour: Flavour) -> None:
    """The keys that are recorded keep their results."""
    provider = Recorder()
    with Ledger(small_disk / "ledger.db") as ledger:
        known = call(flavour, ledger, "cancel", CANCEL, key="before", transport=provider)
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)
        failures = 0
        for number in range(50):
            seen = provider.cancels
            key = f"meanwhile-{number}"
            failed = call(flavour, ledger, "cancel", CANCEL, key=key, transport=provider)
            if isinstance(failed, LedgerUnavailable):
                failures += 1
                assert provider.cancels == seen
        assert failures
        filler.unlink()
        stored = call(flavour, ledger, "cancel", CANCEL, key="before", transport=provider)
        assert stored.reference == known.reference
        after = call(flavour, ledger, "cancel", CANCEL, key="after", transport=provider)
        assert isinstance(after, Receipt)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A folder, and the same one mounted so that nothing in it can be written."""
    folder, mounted = tmp_path / "folder", tmp_path / "mounted"
    folder.mkdir()
    mounted.mkdir()
    for options in (["--bind", str(folder)], ["-o", "remount,bind,ro"]):
        mount = ["mount", *options, str(mounted)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            subprocess.run(["umount", str(mounted)], check=False, capture_output=True)
            pytest.skip("this user may not mount a file system")
    yield folder, mounted
    subprocess.run(["umount", str(mounted)], check=True)


@pytest.mark.parametrize("running", [True, False], ids=["beside a worker", "alone"])
def test_a_read_only_file_stops_cancels(
    read_only: tuple[Path, Path], flavour: Flavour, *, running: bool
) -> None:
    """Beside a worker that may write, results can be read; alone SQLite cannot open the file."""
    provider = Recorder()
    folder, mounted = read_only
    with Ledger(folder / "ledger.db") as writer, Ledger(mounted / "ledger.db") as ledger:
        known = call(flavour, writer, "cancel", CANCEL, key="before", transport=provider)
        assert isinstance(known, Receipt)
        if not running:
            writer.close()
        failed = call(flavour, ledger, "cancel", CANCEL, key="meanwhile", transport=provider)
        assert isinstance(failed, LedgerUnavailable)
        stored = call(flavour, ledger, "cancel", CANCEL, key="before", transport=provider)
        assert isinstance(stored, Receipt if running else LedgerUnavailable)
        assert provider.cancels == 1
