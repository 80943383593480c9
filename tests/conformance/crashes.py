"""Scenario 14: the process is killed at any step, and another one takes over."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from attrs import evolve

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, SHORT_POLICY
from tests.conformance.cases import APIS, DURABLE, RECEIPT, Entry
from tests.conformance.casting import Cast
from tests.conformance.fixtures import LEASE
from tests.conformance.stage import Stage
from tests.conformance.workers import (
    Job,
    context,
    doomed,
    frozen_before_sending,
    is_frozen,
)

STEPS = ("claim", "record_attempt", "send", "second-send", "record_outcome")
SECOND = tuple(api for api in APIS if api != "bento")
"""Where a lost answer is followed by a second request, a repeat or a read."""
TEST_TIMEOUT = 20.0
UNHURRIED = evolve(BASE_POLICY, deadline=TEST_TIMEOUT)
"""Time enough to come to every step, however busy the machine is."""


def job(cast: Cast, stage: Stage, *, lease: float = LEASE, **facts: Any) -> Job:
    """The stage's cancel, for another process."""
    return Job(
        flavour=cast.case.flavour,
        accounts=stage.accounts,
        policy=stage.policy,
        url=cast.fixtures.address(cast.store),
        lease=lease,
        key=stage.key,
        cancellation=stage.cancellation,
        **facts,
    )


def killed(cast: Cast, step: str, moment: str) -> None:
    """What was recorded before the end is enough to finish it."""
    second = step == "second-send"
    with cast.stage(policy=UNHURRIED) as stage:
        stage.script(*[faults.RESET_AFTER] * second)
        process = context().Process(target=doomed, args=(job(cast, stage), step, moment))
        process.start()
        process.join(TEST_TIMEOUT)
        _take_over(stage, process, _allowed(stage, step, moment))


def killed_in_flight(cast: Cast) -> None:
    """The provider has executed it, and the process dies while it waits for the answer."""
    with cast.stage(policy=evolve(UNHURRIED, attempt_timeout=TEST_TIMEOUT)) as stage:
        stage.script(faults.SILENCE_AFTER)
        process = context().Process(target=doomed, args=(job(cast, stage), "never", "before"))
        process.start()
        until = time.monotonic() + TEST_TIMEOUT
        while not stage.executions and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.join(TEST_TIMEOUT)
        _take_over(stage, process, stage.afterwards())


def frozen(cast: Cast) -> None:
    """A worker stops before it sends, for longer than it has; another takes over meanwhile."""
    with cast.stage(policy=UNHURRIED) as stage:
        # Time enough to come to its request, however busy the machine is, and little for that.
        brief = evolve(UNHURRIED, attempts=1, attempt_timeout=SHORT_POLICY.attempt_timeout)
        task = evolve(job(cast, stage), policy=brief)
        process = context().Process(target=frozen_before_sending, args=(task,))
        process.start()
        until = time.monotonic() + TEST_TIMEOUT
        while not is_frozen(process) and process.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        if not is_frozen(process):
            stage.problems.append(
                f"no process was stopped: the process ended with {process.exitcode}"
            )
        time.sleep(SHORT_POLICY.attempt_timeout)
        # Nothing was sent; only a provider that can be asked, or a repeat that does no harm, tells.
        stage.again(stage.afterwards(), wait=True)
        sent = stage.sent
        os.kill(process.pid, signal.SIGCONT)
        process.join(TEST_TIMEOUT)
        if process.exitcode != 0 or stage.sent > sent:
            late = stage.sent - sent
            stage.problems.append(f"ended with {process.exitcode}, {late} requests after its time")
        # One that has stopped later than that would never end, nor would the run.
        process.kill()
        stage.finish()


def require_killed(stage: Stage, process: Any) -> None:
    """A process that ended otherwise has not come to the step at which it was to be killed."""
    if process.exitcode != -signal.SIGKILL:
        stage.problems.append(f"no process was killed: the process ended with {process.exitcode}")


def _take_over(stage: Stage, process: Any, allowed: frozenset[str] | None) -> None:
    require_killed(stage, process)
    stage.script()
    if allowed is None:
        stage.again(frozenset({"InvalidCancellation"}))
        stage.cancel(RECEIPT)
    else:
        stage.again(allowed, wait=True)
    stage.finish()


def _allowed(stage: Stage, step: str, moment: str) -> frozenset[str] | None:
    """None where nothing was recorded yet."""
    match step, moment:
        case "claim", "before":
            return None
        case "record_outcome", "after":
            return RECEIPT
        case _:
            return stage.afterwards()


def entries() -> Iterator[Entry]:
    """Scenario 14."""
    for step in STEPS:
        for moment in ("before", "after"):
            play = partial(killed, step=step, moment=moment)
            name = f"{step}-{moment}"
            quick = name == "send-after"
            apis = SECOND if step == "second-send" else APIS
            yield Entry(
                scenario=14, variant=name, play=play, apis=apis, stores=DURABLE, quick=quick
            )
    yield Entry(scenario=14, variant="in-flight", play=killed_in_flight, stores=DURABLE)
    yield Entry(scenario=14, variant="frozen", play=frozen, stores=DURABLE, quick=True)
