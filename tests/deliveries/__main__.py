"""`python -m tests.deliveries`: cancel by workers that are killed, and judge each end."""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from countermand import InvalidCancellation
from countermand.ledger import Ledger, State
from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.conformance.orders import payment
from tests.deliveries.fleet import BROKER, PROCESSES, WORKERS, Fleet
from tests.deliveries.judging import Ended, api_of, fault_of, problems, table
from tests.support.postgresql import running_server
from tests.support.reconciled import wait_until_reconciled
from tests.support.redis import running_redis, server_program

REQUESTS: Final = 8
"""Requests for each cancel for which the proxies have faults; what comes later meets none."""
RECEIVED: Final = r"Task countermand_ops\.celery\.cancel\[.*\] received"
CUT: Final = r"Soft time limit .* exceeded for countermand_ops\.celery\.cancel"
STALLED_AFTER: Final = 180.0
"""Seconds for which nothing may end before the run gives up."""
SHOWN: Final = 30
FAULTS: Final[dict[str, faults.Fault]] = {
    "none": faults.PASS,
    "lost": faults.RESET_AFTER,
    "never": faults.RESET_BEFORE,
    "silent": faults.SILENCE_AFTER,
    "busy": faults.busy(429, "1"),
    "late page": faults.error_page(504, executed=True),
}
CONFIGURATION: Final = """
[http]
trust_env = false

[ledger]
url = "{ledger}"
lease = 2

[policy]
attempts = 3
attempt_timeout = 2.0
deadline = 10.0
budget = false
late_arrival_window = 3.0

[policy.follow_up]
accepted = [1.0, 4.0, 15.0]
unknown = [1.0, 4.0, 15.0]

[accounts.unzer]
private_key = "{unzer.private_key!s}"
base_url = "{unzer.base_url}"

[accounts.pace-pay]
token = "{pace_pay.token!s}"
base_url = "{pace_pay.base_url}"

[accounts.vtex]
base_url = "{vtex.base_url}"
app_key = "{vtex.app_key!s}"
app_token = "{vtex.app_token!s}"
"""


def main() -> int:
    """Run; returns 1 if a cancel has not the end that it must have."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deliveries-")))
        os.environ[BROKER] = stack.enter_context(running_redis())
        url = stack.enter_context(running_server(fsync=True))
        sandbox = stack.enter_context(Sandbox())
        os.environ["COUNTERMAND_CONFIG"] = str(_configure(folder, stack, sandbox, url, options))
        ledger = stack.enter_context(Ledger(url))
        fleet = Fleet(folder, options.kill_every)
        payments = [
            payment(sandbox, api_of(number), whole=False, details={})
            for number in range(options.count)
        ]
        began = time.monotonic()
        from tests.deliveries.sender import Sender  # noqa: PLC0415 - its app reads the environment

        with fleet.running():
            sender = Sender(payments)
            sender.send(range(options.count))
            sender.wait()
            tasks_ended, listed = time.monotonic() - began, sum(1 for _ in ledger.unresolved())
            wait_until_reconciled(ledger, STALLED_AFTER, _print)
        seconds = time.monotonic() - began
        ended = list(_ended(sandbox, ledger, sender))
        _report(fleet, sandbox, sender, ended)
    found = [text for each in ended for text in problems(each)]
    _print("\n".join(found[:SHOWN]))
    _print(
        f"{options.count} cancels by {WORKERS} workers with {PROCESSES} processes each"
        f" ({Path(server_program()).name}, PostgreSQL), one worker killed every"
        f" {options.kill_every:g} s, {fleet.kills} times: every task had ended after"
        f" {tasks_ended:.0f} s, with {listed} keys still open; none was open after {seconds:.0f} s;"
        f" {len(found)} wrong"
    )
    return int(bool(found))


def _configure(
    folder: Path, stack: ExitStack, sandbox: Sandbox, ledger: str, options: argparse.Namespace
) -> Path:
    """Write a configuration that leads each provider through a proxy with faults."""
    script = [FAULTS[fault_of(number)] for number in range(options.count * REQUESTS)]
    proxy = stack.enter_context(FaultProxy(sandbox.url))
    proxy.script(*script)
    accounts = {
        api: sandbox.account(api, proxy.base_url(api)) for api in ("unzer", "pace_pay", "vtex")
    }
    file = folder / "countermand.toml"
    file.touch(mode=0o600)
    file.write_text(CONFIGURATION.format(ledger=ledger, **accounts), encoding="utf-8")
    return file


def _ended(sandbox: Sandbox, ledger: Ledger, sender: Any) -> Iterator[Ended]:
    executions = Counter(each.payment for each in sandbox.executions())
    for number, made in enumerate(sender.payments):
        key = f"order-{number}"
        yield Ended(
            key=key,
            result=sender.results.get(number),
            state=_state(ledger, key),
            executions=executions[made.handle],
        )


def _state(ledger: Ledger, key: str) -> State | None:
    try:
        return ledger.show(key).state
    except InvalidCancellation:
        return None


def _report(fleet: Fleet, sandbox: Sandbox, sender: Any, ended: list[Ended]) -> None:
    """What the tasks have returned, and how much was done for it."""
    _print(table(ended))
    _print(
        f"{fleet.count(RECEIVED)} deliveries, {fleet.count(CUT)} of them cut short by a soft time"
        f" limit; {len(sandbox.requests())} requests reached the providers; sent again:"
        f" {sender.lost} that were lost, {sender.failed} that had failed"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.deliveries", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="cancels, %(default)s by default")
    parser.add_argument(
        "--kill-every", type=float, default=6.0, metavar="SECONDS", help="%(default)s by default"
    )
    return parser.parse_args()


def _print(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
