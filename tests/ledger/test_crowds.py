"""Many concurrent calls: each key is executed once, and all calls get the same receipt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.ledger.crowd import crowd

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.ledger import Ledger

PROCESSES, THREADS = 4, 3
KEYS = ["a", "b", "c"]
RECEIPTS = [f"/v1/payments/s-pay-{key}/authorize/cancels" for key in KEYS]


def test_threads_with_one_ledger_execute_each_key_once(ledger: Ledger, tmp_path: Path) -> None:
    """The call with the lease sends; the others wait for its receipt."""
    results = crowd(ledger, tmp_path / "sent", 10, KEYS)
    assert sorted(results) == sorted(RECEIPTS * 10)
    assert sorted((tmp_path / "sent").read_text().split()) == RECEIPTS
    assert list(ledger.unresolved()) == []


def test_processes_with_one_database_execute_each_key_once(url: str, tmp_path: Path) -> None:
    """Started together on a database that is not there yet, several threads in each."""
    command = [sys.executable, "-m", "tests.ledger.crowd", url, str(tmp_path / "sent")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        subprocess.Popen(
            [*command, str(THREADS), *KEYS],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        for _ in range(PROCESSES)
    ]
    for process in running:
        out, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints.decode()
        assert sorted(json.loads(out)) == sorted(RECEIPTS * THREADS)
    assert sorted((tmp_path / "sent").read_text().split()) == RECEIPTS
