"""The program as a process: its files, its memory and its CPU time."""

from __future__ import annotations

import csv
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from countermand_ops.cli._sandbox import configuration_text
from tests.operations.running import PROGRAM

if TYPE_CHECKING:
    from countermand.sandbox import Sandbox
    from countermand.sandbox.payments import Payment

APIS: Final = ("pace_pay", "vtex", "unzer")
COLUMNS: Final = ("provider", "payment_id", "amount", "transaction_id", "authorization_id")
LEASE: Final = 2
WINDOW: Final = 1.0
"""Seconds after which Unzer's records prove that a request did not arrive."""


@attrs.frozen
class Cost:
    """What a process has cost.

    Attributes:
        code: Its exit code.
        cpu: Seconds of CPU time.
        memory: Its greatest resident memory, in MiB.
    """

    code: int
    cpu: float
    memory: float


@attrs.define
class Workplace:
    """A folder with a configuration, a ledger and a file of payments.

    Args:
        folder: The folder.
        sandbox: The providers.
    """

    folder: Path
    sandbox: Sandbox

    def configure(self) -> None:
        """Write the configuration."""
        text = configuration_text(self.folder, {api: self.sandbox.account(api) for api in APIS})
        policy = f"[policy]\nlate_arrival_window = {WINDOW}\nbudget = false\n"
        file = self.folder / "countermand.toml"
        file.touch(mode=0o600)
        file.write_text(text + policy, encoding="utf-8")

    def write_rows(self, count: int) -> list[Payment]:
        """Make so many payments, and write them to the file."""
        payments: list[Payment] = []
        with self.input.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for number in range(count):
                api = APIS[number % len(APIS)]
                payment = self.sandbox.create_payment(api)
                payments.append(payment)
                ids = {k: v for k, v in payment.identifiers.items() if k in COLUMNS}
                amount = {"amount": "10.00"} if api == "unzer" else {}
                writer.writerow({"provider": api, **ids, **amount})
        return payments

    @property
    def input(self) -> Path:
        """The file of payments."""
        return self.folder / "payments.csv"

    @property
    def plan(self) -> Path:
        """The plan."""
        return self.folder / "payments.plan.jsonl"

    @property
    def report(self) -> list[dict[str, str]]:
        """The rows of the report."""
        with (self.folder / "payments.report.csv").open(newline="", encoding="utf-8") as file:
            return [*csv.DictReader(file)]

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start the program."""
        # With one arena for all threads. Otherwise glibc makes one for each of some 16 threads, and
        # what is measured is how far each of them has grown yet.
        own = {"LOGNAME": "ada", "MALLOC_ARENA_MAX": "1"}
        own["COUNTERMAND_CONFIG"] = str(self.folder / "countermand.toml")
        own["COUNTERMAND_LEDGER_LEASE"] = str(LEASE)
        return subprocess.Popen(
            [*PROGRAM, "bulk", *map(str, arguments)],
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start_apply(self) -> subprocess.Popen[bytes]:
        """Start to carry out the plan."""
        return self.start("apply", self.plan, "--reason", "a long run")

    def run(self, *arguments: object) -> Cost:
        """Run the program to its end."""
        process, memory = self.start(*arguments), 0.0
        # Not ru_maxrss: it begins with the memory of the process that has started this one.
        while not (found := os.wait4(process.pid, os.WNOHANG))[0]:
            memory = max(memory, _memory(process.pid))
            time.sleep(0.05)
        _, status, used = found
        process.returncode = os.waitstatus_to_exitcode(status)
        return Cost(process.returncode, used.ru_utime + used.ru_stime, memory)


def _memory(pid: int) -> float:
    """The greatest resident memory of a process so far, in MiB; 0 when it has ended."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0
