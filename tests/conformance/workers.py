"""Other processes: to be killed at a step, or to work on one key at the same time.

They are forked from a server process that has everything imported, so that they start at once.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import frozen

from countermand import CountermandError, Receipt
from countermand._core import request
from countermand._http.async_base import AsyncTransport
from countermand._http.asynchronous import AsyncioTransport
from countermand._http.base import Transport
from countermand._http.blocking import SocketTransport
from countermand._http.callers import CallersAsyncTransport, CallersTransport
from countermand._http.proxies import AsyncProxyTransport, ProxyTransport
from countermand.ledger import Change, Ledger, _due
from countermand.ledger._keys import Keys
from tests.conformance.actors import Actor

MODULES = [
    "tests.conformance.workers",
    "countermand._http.asynchronous",
    "countermand._runtime.async_driver",
    "countermand.ledger._reconciler",
    "countermand.ledger._servers",
    *(f"countermand.{name}" for name in ("bento", "pace_fueling", "pace_pay", "unzer", "vtex")),
]
"""What a cancel needs. A worker that imported it first would be late."""


TRANSPORTS = (
    SocketTransport,
    AsyncioTransport,
    ProxyTransport,
    AsyncProxyTransport,
    CallersTransport,
    CallersAsyncTransport,
)

MEETING = 20.0
"""Seconds for the workers of a crowd to open their clients."""


def context() -> Any:
    """How processes are made here."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(MODULES)
    return made


@frozen(kw_only=True)
class Job:
    """One cancel, for another process."""

    flavour: str
    accounts: tuple[Any, ...]
    policy: Any
    url: str
    lease: float
    key: str
    cancellation: Any
    wait: bool = False
    meeting: Path | None = None
    """A folder in which the workers of a crowd wait for one another."""
    size: int = 1
    """How many they are."""


@frozen(kw_only=True)
class Done:
    """What came of it."""

    verdict: str
    refused: bool
    outcome: str | None
    reference: str | None
    elapsed: float


def work(job: Job) -> Done:
    """Cancel, once all of the crowd are ready."""
    ledger = Ledger(job.url, lease=job.lease)
    actor = Actor(job.flavour, *job.accounts, policy=job.policy, ledger=ledger)
    try:
        if job.meeting is not None:
            _meet(job.meeting, job.size)
        began = time.monotonic()
        result = actor.do("cancel", job.cancellation, key=job.key, wait=job.wait)
        return done(result, time.monotonic() - began)
    finally:
        actor.close()
        ledger.close()


def _meet(folder: Path, size: int) -> None:
    (folder / uuid4().hex).touch()
    until = time.monotonic() + MEETING
    while len(os.listdir(folder)) < size and time.monotonic() < until:  # noqa: PTH208
        time.sleep(0.002)


def reconciling(job: Job) -> list[Change]:
    """Reconcile, and return what was reported."""
    told: list[Change] = []
    _reconcile(job, told.append)
    return told


def doomed_reconciler(job: Job, step: str, moment: str) -> None:
    """Reconcile, and be killed just before or after a step of it; `report` calls `on_outcome`."""
    report: Callable[[Change], object] = _deadly(lambda _: None, moment)
    if step == "send":
        _kill_around_send(moment, 1)
    elif step != "report":
        place = Keys if hasattr(Keys, step) else _due
        setattr(place, step, _deadly_task(getattr(place, step), moment))
    _reconcile(job, report if step == "report" else lambda _: None)


def _reconcile(job: Job, on_outcome: Callable[[Change], object]) -> None:
    with Ledger(job.url, lease=job.lease) as ledger:
        actor = Actor(job.flavour, *job.accounts, policy=job.policy, ledger=ledger)
        try:
            actor.do("reconcile", on_outcome=on_outcome)
        finally:
            actor.close()


def done(result: Any, elapsed: float) -> Done:
    """A result as plain values."""
    receipt = isinstance(result, Receipt)
    return Done(
        verdict=type(result).__name__,
        refused=isinstance(result, CountermandError),
        outcome=str(result.outcome) if receipt else None,
        reference=result.reference if receipt else None,
        elapsed=elapsed,
    )


def doomed(job: Job, step: str, moment: str) -> None:
    """Cancel, and be killed just before or after a step; `second-send` is the first resend."""
    if step in {"send", "second-send"}:
        _kill_around_send(moment, 1 if step == "send" else 2)
    elif step != "never":
        if step == "record_attempt":
            # What the claim has recorded is too old.
            request.MAX_RECORD_AGE = -1.0
        setattr(Keys, step, _deadly_task(getattr(Keys, step), moment))
    work(job)


def frozen_before_sending(job: Job) -> None:
    """Cancel, and be stopped after an attempt was recorded and before it goes out."""
    for kind in TRANSPORTS:
        setattr(kind, "progress", _freezing(kind.progress))  # noqa: B010 - a method, for once
    work(job)


def _freezing(method: Callable[..., Any]) -> Callable[..., Any]:
    times = count()

    def replaced(*arguments: Any) -> Any:
        if next(times) == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        return method(*arguments)

    return replaced


def _deadly_task(method: Callable[..., Any], moment: str) -> Callable[..., Any]:
    def replaced(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            _die()
        result = yield from method(*arguments, **options)
        _die()
        return result

    return replaced


def is_frozen(process: Any) -> bool:
    """Whether a process is stopped, as Linux tells."""
    try:
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def _deadly(method: Callable[..., Any], moment: str) -> Callable[..., Any]:
    def replaced(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            _die()
        result = method(*arguments, **options)
        _die()
        return result

    return replaced


def _kill_around_send(moment: str, which: int) -> None:
    blocking, awaiting = Transport.send, AsyncTransport.send
    sent: list[None] = []

    def due(now: str) -> None:
        if now == moment and len(sent) == which:
            _die()

    def send(*arguments: Any) -> Any:
        sent.append(None)
        due("before")
        result = blocking(*arguments)
        due("after")
        return result

    async def async_send(*arguments: Any) -> Any:
        sent.append(None)
        due("before")
        result = await awaiting(*arguments)
        due("after")
        return result

    Transport.send = send  # type: ignore[method-assign]
    AsyncTransport.send = async_send  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
