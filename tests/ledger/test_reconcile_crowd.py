"""Two processes reconcile one ledger, one of them killed again and again: every key ends once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from countermand import FULL, Budget, Client, CountermandError, Policy, bento, unzer
from countermand.ledger import Ledger, State
from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.ledger.silence import becomes
from tests.support.claims import run_sql
from tests.support.flavours import PLAIN_TLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

EACH = 6
KILLS = 4
ALL_DUE = "UPDATE countermand_cancellations SET next_look = 1 WHERE next_look IS NOT NULL"
MODULE = """
import json
from pathlib import Path
from countermand import Client, Policy, bento, unzer
from countermand.ledger import Ledger

place = json.loads(Path(__file__).with_name("place.json").read_text())

def client():
    accounts = [
        bento.Account(place["token"], place["bento"]),
        unzer.Account(place["key"], base_url=place["unzer"]),
    ]
    policy = Policy(deadline=5.0, attempts=1, budget=None)
    ledger = Ledger(place["url"], lease=1.0)
    return Client(*accounts, ledger=ledger, policy=policy, trust_env=False)
"""


@contextmanager
def worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that reconciles every tenth of a second."""
    program = [sys.executable, "-m", "countermand.reconcile"]
    command = [*program, "crowd_client:client", "--every", "0.1"]
    path = os.pathsep.join([str(folder), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def cancelled(
    sandbox: Sandbox, proxy: FaultProxy, url: str, accounts: list[Any]
) -> dict[str, tuple[Any, State]]:
    """Cancels with their payments, and the state in which each is to end."""
    made: dict[str, tuple[Any, State]] = {}
    # Without a token nothing is read back, so a lost answer leaves the key unknown.
    policy = Policy(attempts=1, deadline=5.0, budget=Budget(reserve=0.0, per_call=0.0))
    options: Any = {"policy": policy, "verify": PLAIN_TLS, "trust_env": False}
    with Ledger(url) as ledger, Client(*accounts, ledger=ledger, **options) as client:

        def cancel(key: str, payment: Any, cancellation: Any, end: State) -> None:
            made[key] = payment, end
            try:
                client.cancel(cancellation, key=key)
            except CountermandError:
                assert "lost" in key

        for number in range(EACH):
            for refund, end in (("succeeds", State.CANCELLED), ("fails", State.REFUSED)):
                refunded = sandbox.create_payment("bento", captured=True, refund=refund)
                ids = (refunded.order_id, refunded.transaction_id)
                part = bento.Cancellation(*ids, refund_amount=5)
                cancel(f"{refund}-{number}", refunded, part, end)
                sandbox.finish_pending(refunded)
            reversed_ = sandbox.create_payment("unzer")
            proxy.script(faults.RESET_AFTER)
            everything = unzer.Cancellation(reversed_.payment_id, amount=FULL)
            cancel(f"lost-{number}", reversed_, everything, State.CANCELLED)
        unfinished = sandbox.create_payment("bento", captured=True)
        ids = (unfinished.order_id, unfinished.transaction_id)
        cancel("unfinished", unfinished, bento.Cancellation(*ids, refund_amount=5), State.ACCEPTED)
    return made


def test_every_key_ends_once_whoever_is_killed(
    sandbox: Sandbox, proxy: FaultProxy, url: str, tmp_path: Path
) -> None:
    """Lost answers, refunds that are finished or fail, and one that stays unfinished."""
    accounts = [sandbox.account(api, proxy.base_url(api)) for api in ("bento", "unzer")]
    made = cancelled(sandbox, proxy, url, accounts)
    place = {
        "url": url,
        "token": accounts[0].token_source,
        "bento": accounts[0].endpoint,
        "key": accounts[1].private_key,
        "unzer": accounts[1].endpoint,
    }
    (tmp_path / "place.json").write_text(json.dumps(place))
    (tmp_path / "crowd_client.py").write_text(MODULE)
    with Ledger(url) as ledger, worker(tmp_path) as steady:
        for _ in range(KILLS):
            run_sql(ledger, ALL_DUE)
            with worker(tmp_path):
                time.sleep(0.6)
        wanted = {key: end for key, (_, end) in made.items()}

        def ended() -> bool:
            run_sql(ledger, ALL_DUE)
            looked = any(event.what == "look" for event in ledger.show("unfinished").events)
            return looked and {key: ledger.show(key).state for key in made} == wanted

        assert becomes(ended), {key: ledger.show(key).state.value for key in made}
        steady.send_signal(signal.SIGTERM)
        assert steady.wait(20) == 0
    for key, (payment, end) in made.items():
        executed = len(sandbox.executions(payment=payment))
        assert executed == 1 or (executed == 0 and end is State.REFUSED), key
