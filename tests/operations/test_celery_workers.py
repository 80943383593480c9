"""A real worker, with Redis and PostgreSQL: what is killed or cut short ends all the same.

It runs the app of examples/celery.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from countermand import Ledger
from countermand.ledger import State
from countermand.sandbox import faults
from countermand_ops.celery import cancel
from tests.conformance.orders import order
from tests.package.sources import ROOT
from tests.support.postgresql import running_server
from tests.support.redis import running_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery

    from countermand.sandbox import FaultProxy, Sandbox
    from tests.operations.conftest import Configure

EXAMPLE = ROOT / "examples" / "celery"
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
ENDS_WITHIN = 60.0


@contextmanager
def worker(log: Path, *options: str) -> Iterator[None]:
    """A worker of the example."""
    celery = Path(sys.executable).with_name("celery")
    program = [celery, "--app", "payments", "worker", *QUIET, *options]
    with (
        log.open("wb") as lines,
        subprocess.Popen(program, cwd=EXAMPLE, stdout=lines, stderr=lines) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def wait_until(done: Callable[[], Any]) -> Any:
    """Wait until it returns something true, and return that."""
    ends = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < ends:
        found = done()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it takes too long")


@frozen
class Shop:
    """The example's shop."""

    app: Celery
    ledger: Ledger
    sandbox: Sandbox
    proxy: FaultProxy

    def lose_the_answer(self, key: str, **options: Any) -> tuple[Any, Any]:
        """Send a task whose first call waits for an answer that never comes."""
        payment = self.sandbox.create_payment("pace_pay")
        self.proxy.script(faults.SILENCE_AFTER)
        before = len(self.proxy.requests)
        arguments = ("pace-pay", order("pace_pay", payment, whole=True), key)
        result = cancel.apply_async(arguments, **options)
        wait_until(lambda: len(self.proxy.requests) > before)
        return payment, result

    def active_process(self) -> int | None:
        """The process of the worker that runs a task."""
        active = self.app.control.inspect(limit=1).active() or {}
        return next((task["worker_pid"] for tasks in active.values() for task in tasks), None)


@pytest.fixture
def shop(
    configure: Configure,
    sandbox: Sandbox,
    proxy: FaultProxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """With its broker, its ledger and a worker that is its beat, too."""
    with ExitStack() as stack:
        broker = stack.enter_context(running_redis())
        url = stack.enter_context(running_server(fsync=False))
        more = f'[ledger]\nurl = "{url}"\nlease = 1\n[policy.follow_up]\naccepted = [0.1]'
        configure("pace_pay", "unzer", proxy=proxy, more=more)
        environment = {"BROKER_URL": broker, "RESULT_BACKEND": broker, "RECONCILE_EVERY": "0.3"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        options = ("--concurrency", "2", "--beat", "--schedule", str(tmp_path / "schedule"))
        stack.enter_context(worker(tmp_path / "log", *options))
        monkeypatch.syspath_prepend(str(EXAMPLE))
        payments = stack.enter_context(example("payments"))
        app = stack.enter_context(payments.app)
        yield Shop(app, stack.enter_context(Ledger(url)), sandbox, proxy)


@contextmanager
def example(name: str) -> Iterator[Any]:
    """A module of the example, imported anew, with the present environment."""
    sys.modules.pop(name, None)
    try:
        yield import_module(name)
    finally:
        del sys.modules[name]


def cancel_order(*arguments: str) -> tuple[int, str]:
    """Run the example's script; its exit code and what it prints."""
    printed = StringIO()
    with example("cancel_order") as script, redirect_stdout(printed):
        code = script.main(["cancel_order.py", *arguments])
    return code, printed.getvalue().strip()


def test_every_task_ends_and_is_executed_once(shop: Shop, tmp_path: Path) -> None:
    """One is accepted and finished later, one is killed, one is cut short by its time limit."""
    payment = shop.sandbox.create_payment("unzer", flags="pending")
    refused = "cancellation: amount: '1,0' must be a number such as 10.00 or full"
    assert cancel_order("order-1", payment.payment_id, "1,0") == (2, refused)
    assert cancel_order("order-1", payment.payment_id, "full") == (0, "accepted")
    shop.sandbox.finish_pending(payment)
    told = f"order order-1: {State.CANCELLED}, was {State.ACCEPTED}"
    wait_until(lambda: told in (tmp_path / "log").read_text(encoding="utf-8"))
    assert shop.ledger.show("order-1").state is State.CANCELLED

    killed, result = shop.lose_the_answer("order-2")
    os.kill(wait_until(shop.active_process), signal.SIGKILL)
    assert result.get(timeout=ENDS_WITHIN)["outcome"] == "cancelled"

    cut, result = shop.lose_the_answer("order-3", soft_time_limit=0.5)
    assert result.get(timeout=ENDS_WITHIN)["outcome"] == "cancelled"

    for each in (payment, killed, cut):
        assert len(shop.sandbox.executions(payment=each)) == 1
