"""The clients of the run: those that cancel, and the one of `python -m countermand.reconcile`."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx

from countermand import (
    Budget,
    Client,
    CountermandError,
    FollowUp,
    Policy,
    Unreachable,
    bento,
    pace_pay,
    unzer,
    vtex,
)
from countermand.ledger import Ledger
from countermand.sandbox import FaultProxy, Sandbox, faults
from tests.conformance.orders import order
from tests.soak.kinds import Kind, kind_of

PLACE: Final = "COUNTERMAND_SOAK"
"""The environment variable that names the file with the accounts and the ledger's address."""
LEASE: Final = 2.0
WINDOW: Final = 3.0
FOLLOW_UP: Final = FollowUp(accepted=(1.0, 4.0, 15.0), unknown=(1.0, 4.0, 15.0))
CALLER: Final = Policy(
    attempts=1,
    attempt_timeout=0.3,
    deadline=10.0,
    budget=Budget(reserve=0.0, per_call=0.0),
    late_arrival_window=WINDOW,
    follow_up=FOLLOW_UP,
)
"""No second request and no read in the call itself: the rest is left to those that reconcile."""
RECONCILER: Final = Policy(
    attempts=2, deadline=10.0, budget=None, late_arrival_window=WINDOW, follow_up=FOLLOW_UP
)
MAX_CALLS: Final = 10
FAULTS: Final = {
    "none": faults.PASS,
    "lost": faults.RESET_AFTER,
    "never": faults.RESET_BEFORE,
    "late": faults.Late(),
}
_mine: dict[str, Any] = {}
"""What a process of the pool has: its proxy and its client."""


def key_of(number: int) -> str:
    """The idempotency key of the cancel with this number."""
    return f"cancel-{number}"


class Detour(httpx.HTTPTransport):
    """Sends every request to the proxy; the accounts name the provider itself, as in the ledger."""

    def __init__(self, proxy: FaultProxy) -> None:
        super().__init__(trust_env=False)
        self._to = httpx.URL(proxy.base_url("unzer"))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it to the proxy's address."""
        request.url = request.url.copy_with(host=self._to.host, port=self._to.port)
        return super().handle_request(request)


def write_place(path: Path, sandbox: Sandbox, ledger: str) -> None:
    """Write what the other processes need."""
    accounts: dict[str, Any] = {
        api: sandbox.account(api) for api in ("pace_pay", "bento", "unzer", "vtex")
    }
    facts = {
        "sandbox": sandbox.url,
        "ledger": ledger,
        "pace_pay": [accounts["pace_pay"].token_source, accounts["pace_pay"].endpoint],
        "bento": [accounts["bento"].token_source, accounts["bento"].endpoint],
        "unzer": [accounts["unzer"].private_key, accounts["unzer"].endpoint],
        "vtex": [
            accounts["vtex"].endpoint,
            accounts["vtex"].app_key,
            accounts["vtex"].app_token,
        ],
    }
    path.write_text(json.dumps(facts), encoding="utf-8")


def _place() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(os.environ[PLACE]).read_text(encoding="utf-8"))
    return found


def _accounts() -> list[Any]:
    place = _place()
    return [
        pace_pay.Account(*place["pace_pay"]),
        bento.Account(*place["bento"]),
        unzer.Account(*place["unzer"]),
        vtex.Account(*place["vtex"]),
    ]


def _client(**options: Any) -> Client:
    return Client(*_accounts(), ledger=Ledger(_place()["ledger"], lease=LEASE), **options)


def reconciler() -> Client:
    """The client that reconciles."""
    return _client(policy=RECONCILER, trust_env=False)


def begin(others: dict[str, Any]) -> None:
    """Prepare a process of the pool.

    Args:
        others: By provider a payment that is not of the run: the first request at a provider is
            slow, and the run's attempts are short.
    """
    with Client(*_accounts(), trust_env=False) as client:
        for api, payment in others.items():
            with suppress(CountermandError):
                client.cancel(order(api, payment, whole=False))
    proxy = FaultProxy(_place()["sandbox"]).__enter__()
    _mine["proxy"] = proxy
    _mine["client"] = _client(policy=CALLER, transport=Detour(proxy))


def cancel(number: int, payment: Any) -> str:
    """Cancel with the fault of its kind; returns what came of it.

    A late request arrives when its caller has given up, and within the late-arrival window. A busy
    machine may be too slow for the read before a cancel. Then nothing was sent, and it is repeated.
    """
    kind = kind_of(number)
    cancellation = order(kind.api, payment, whole=False)
    for _ in range(MAX_CALLS):
        outcome = _call(kind, cancellation, key_of(number))
        if outcome != Unreachable.__name__:
            break
    return outcome


def _call(kind: Kind, cancellation: Any, key: str) -> str:
    proxy = _mine["proxy"]
    reads_first = [faults.PASS] * (kind.api == "bento")
    proxy.script(*reads_first, FAULTS[kind.fault])
    try:
        receipt = _mine["client"].cancel(cancellation, key=key)
    except CountermandError as error:
        return type(error).__name__
    else:
        return str(receipt.outcome)
    finally:
        proxy.deliver_late()
