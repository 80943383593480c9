"""Record the session of docs/terminal-session.md: `python -m tests.recording`.

Real program, real sandbox, real ledger. It fails where an exit code or the number of executions is
not as the page tells.
"""

from __future__ import annotations

import csv
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from countermand.sandbox import Sandbox
from countermand_ops.cli._sandbox import configuration_text
from tests.recording.screen import Screen

if TYPE_CHECKING:
    from countermand.sandbox import BentoPayment

DOCS: Final = Path(__file__).parents[2] / "docs"
ROWS: Final = 200
TITLE: Final = "countermand: check, cancel, bulk, a kill, and the end of what was accepted"
HEAD: Final = f"""\
---
description: The command line at work, recorded by a script.
---

# A terminal session

`nox -s recording` made this recording with the real program, the sandbox and a ledger in SQLite.
Play it with `asciinema play docs/terminal-session.cast`. `bulk apply` is killed with SIGKILL in the
middle, and the same command goes on. The sandbox counted one cancel for each of the {ROWS}
payments.

```console
"""


def main() -> int:
    """Record it, and write recording and page."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        os.chdir(folder)
        configure(folder, sandbox)
        write_rows(folder / "payments.csv", sandbox)
        own = {"COUNTERMAND_CONFIG": str(folder / "countermand.toml"), "LOGNAME": "ada"}
        screen = Screen({**own, "COUNTERMAND_LEDGER_LEASE": "2"})
        play(screen, sandbox, folder)
    (DOCS / "terminal-session.cast").write_text(screen.cast(TITLE), encoding="utf-8")
    text = "\n".join(screen.texts).replace(sandbox.url, "http://127.0.0.1:8080").replace(name, "~")
    (DOCS / "terminal-session.md").write_text(f"{HEAD}{text}```\n", encoding="utf-8")
    return 0


def configure(folder: Path, sandbox: Sandbox) -> None:
    """Write the configuration of two accounts."""
    text = configuration_text(folder, {api: sandbox.account(api) for api in ("unzer", "bento")})
    file = folder / "countermand.toml"
    file.touch(mode=0o600)
    file.write_text(f"{text}[policy.follow_up]\naccepted = [0.1]\n", encoding="utf-8")


def write_rows(path: Path, sandbox: Sandbox) -> None:
    """Make payments at Unzer, and a file of them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("provider", "payment_id", "amount", "currency"))
        for _ in range(ROWS):
            payment = sandbox.create_payment("unzer", amount="10.00")
            writer.writerow(("unzer", payment.payment_id, "10.00", "EUR"))


def play(screen: Screen, sandbox: Sandbox, folder: Path) -> None:
    """The session."""
    screen.run("check")
    one = sandbox.create_payment("unzer", amount="100.00")
    words = ("cancel", "unzer", "--payment-id", one.payment_id, "--amount", "10.00")
    words += ("--key", "order-1", "--reason", "broken in transit")
    screen.run(*words, types="y\n")
    screen.say("The same key is the same cancel; nothing is sent again:")
    screen.run(*words, "--yes")
    screen.run("show", "order-1")
    refunded: BentoPayment = sandbox.create_payment("bento")
    sandbox.capture(refunded)
    screen.say("Bento refunds later:")
    screen.run(
        *("cancel", "bento", "--order-id", refunded.order_id),
        *("--transaction-id", refunded.transaction_id, "--refund-amount", "full"),
        *("--key", "order-2", "--reason", "withdrawn", "--yes"),
        code=3,
    )
    bulk(screen, folder)
    screen.say("One cancel has no end yet:")
    screen.run("unresolved", code=3)
    sandbox.finish_pending(refunded)
    screen.say("Bento has refunded it meanwhile:")
    screen.run("reconcile")
    screen.run("unresolved")
    executed = [each.payment for each in sandbox.executions()]
    assert len(executed) == len({*executed}) == ROWS + 2, f"{len(executed)} executions"


def bulk(screen: Screen, folder: Path) -> None:
    """Plan and apply a file, with a kill in the middle."""
    screen.run("bulk", "plan", "payments.csv")
    apply = ("bulk", "apply", "payments.plan.jsonl", "--reason", "incident 42")
    apply += ("--max-amount", "EUR:2000", "--rate", "40", "--yes")

    def half_way(text: str) -> bool:
        counted = re.findall(rf"(\d+) of {ROWS}\b", text)
        return bool(counted) and int(counted[-1]) >= ROWS // 3

    screen.run_and_kill(*apply, when=half_way)
    screen.say("The same command goes on:")
    screen.run(*apply)
    screen.show(folder / "payments.report.csv", 3)


if __name__ == "__main__":
    sys.exit(main())
