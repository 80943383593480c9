"""`python -m tests.soak`: cancel very often, let two processes reconcile, and judge every end."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from countermand.ledger import Ledger
from countermand.sandbox import Sandbox
from tests.soak.clients import PLACE, begin, cancel, key_of, write_place
from tests.soak.kinds import KINDS, Ended, kind_of, problems, table
from tests.support.postgresql import running_server
from tests.support.reconciled import wait_until_reconciled

CALLERS: Final = 4
AT_ONCE: Final = 400
"""Cancels between two times at which the provider finishes what it has accepted."""
KILL_EVERY: Final = 4.0
STALLED_AFTER: Final = 180.0
"""Seconds for which nothing may end before the run gives up."""
SHOWN: Final = 30
BY_API: Final = {kind.api: kind for kind in KINDS}


@contextmanager
def reconciling() -> Iterator[subprocess.Popen[bytes]]:
    """A process that reconciles every half second."""
    program = [sys.executable, "-m", "countermand.reconcile", "tests.soak.clients:reconciler"]
    with subprocess.Popen([*program, "--every", "0.5"], stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@define
class Killer:
    """Starts a second process that reconciles, and kills it, again and again."""

    over: threading.Event = field(factory=threading.Event)
    kills: int = 0

    def run(self) -> None:
        """Go on until the run is over."""
        while not self.over.is_set():
            with reconciling() as process:
                self.over.wait(KILL_EVERY)
                process.send_signal(signal.SIGKILL)
                self.kills += 1


def main() -> int:
    """Run; returns 1 if a cancel has not the end that it must have."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        url = f"sqlite:///{folder / 'ledger.db'}"
        if options.ledger == "postgresql":
            url = stack.enter_context(running_server(fsync=True))
        sandbox = stack.enter_context(Sandbox())
        os.environ[PLACE] = str(folder / "place.json")
        write_place(folder / "place.json", sandbox, url)
        ledger = stack.enter_context(Ledger(url))
        began = time.monotonic()
        payments = [
            sandbox.create_payment(kind_of(number).api, **kind_of(number).payment)
            for number in range(options.count)
        ]
        kills = _run(sandbox, ledger, payments)
        ended = list(_ended(sandbox, ledger, payments))
        seconds = time.monotonic() - began
    found = [text for each in ended for text in problems(each)]
    _print(table(ended))
    _print("\n".join(found[:SHOWN]))
    people = sum(each.waiting_for == "person" for each in ended)
    _print(
        f"{options.ledger}: {options.count} cancels in {seconds:.0f} s, a process that reconciles"
        f" killed {kills} times, {people} wait for a person, {len(found)} wrong"
    )
    return int(bool(found))


def _run(sandbox: Sandbox, ledger: Ledger, payments: list[Any]) -> int:
    """Cancel all of them, and wait until nothing is open; returns how often one was killed."""
    killer = Killer()
    thread = threading.Thread(target=killer.run)
    spawned = get_context("spawn")
    others = {api: sandbox.create_payment(api, **kind.payment) for api, kind in BY_API.items()}
    with (
        reconciling(),
        ProcessPoolExecutor(
            CALLERS, mp_context=spawned, initializer=begin, initargs=(others,)
        ) as pool,
    ):
        thread.start()
        try:
            for outcomes in _cancelled(sandbox, pool, payments):
                _print(outcomes)
            wait_until_reconciled(ledger, STALLED_AFTER, _print)
        finally:
            killer.over.set()
            thread.join()
    return killer.kills


def _cancelled(sandbox: Sandbox, pool: ProcessPoolExecutor, payments: list[Any]) -> Iterator[str]:
    """Cancel in portions; what a portion has left pending is finished after the next one."""
    seen: Counter[str] = Counter()
    numbered, pending = iter(enumerate(payments)), list[Any]()
    while portion := list(islice(numbered, AT_ONCE)):
        seen.update(pool.map(cancel, *zip(*portion, strict=True), chunksize=10))
        for payment in pending:
            sandbox.finish_pending(payment)
        pending = [payment for number, payment in portion if kind_of(number).payment]
        if portion[-1][0] % (AT_ONCE * 25) == AT_ONCE - 1:
            yield f"{portion[-1][0] + 1} cancels: {dict(seen.most_common())}"
    for payment in pending:
        sandbox.finish_pending(payment)


def _ended(sandbox: Sandbox, ledger: Ledger, payments: list[Any]) -> Iterator[Ended]:
    executions = Counter(each.payment for each in sandbox.executions())
    for number, payment in enumerate(payments):
        record = ledger.show(key_of(number))
        yield Ended(
            key=record.key,
            kind=kind_of(number),
            state=record.state,
            waiting_for=record.waiting_for,
            executions=executions[payment.handle],
            looks=sum(event.what == "look" for event in record.events),
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument(
        "--count", type=int, default=100_000, help="cancels, %(default)s by default"
    )
    parser.add_argument("--ledger", choices=("postgresql", "sqlite"), default="postgresql")
    return parser.parse_args()


def _print(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
