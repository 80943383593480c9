"""Runs one request or a whole cancel from a script of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import asdict, frozen

from countermand import Policy, Sent
from countermand._core.cancel import CancelPlan, cancel_flow
from countermand._core.commands import (
    CommandResult,
    SendRequest,
    TakePlace,
    TakeRetryToken,
    TokenGranted,
)
from countermand._core.exchange import TransportFailure
from countermand._core.request import CallState, RequestPlan
from tests.support.replies import CANCELS, OURS, line, payment
from tests.support.samples import CANCELLATIONS, KEY, PROVIDERS, SUCCESS, reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand._core.commands import Command, Commands

NOON: Final = 1795176000.0
"""Friday, 20 November 2026, 12:00 UTC: the wall-clock time of every step."""

LOST: Final = TransportFailure(sent=Sent.MAYBE_SENT, problem="reset")
DENIED: Final = TransportFailure(sent=Sent.NOT_SENT, problem="connection refused")
EMPTY: Final = payment()
LISTED: Final = payment(line(f"{CANCELS}/s-cnl-1"))
FOUND: Final = reply(200, OURS)
DONE: Final = reply(*SUCCESS["unzer"])
BROKEN: Final = reply(503, b"", None)
TOKEN: Final = (TokenGranted("t"), 0.0)
RECORDED: Final = (True, 0.0)
FREE: Final[Mapping[type, object]] = {TakePlace: None, TakeRetryToken: True}
"""What is always to be had, unless a test says otherwise."""


@frozen
class Played:
    """The commands of a run and its result; `ended` is False while it waits for an answer."""

    steps: list[Command]
    result: Any = None
    ended: bool = True


def play(
    procedure: Commands[Any],
    *script: tuple[object, float],
    free: Mapping[type, object] | None = None,
) -> Played:
    """Answer each command with a value and its time; those in `free` at once, and silently."""
    answers = iter(script)
    steps: list[Command] = []
    now = 0.0
    try:
        step = next(procedure)
        while True:
            if type(step) in (free or FREE):
                step = procedure.send(CommandResult((free or FREE)[type(step)], now, NOON))
                continue
            steps.append(step)
            given = next(answers, None)
            if given is None:
                return Played(steps, ended=False)
            now = given[1]
            step = procedure.send(CommandResult(given[0], now, NOON))
    except StopIteration as finished:
        assert next(answers, None) is None, "the procedure ended before its script"
        return Played(steps, finished.value)


def request_plan(api: str, policy: Policy | None = None, **facts: Any) -> RequestPlan:
    """The sample cancel of a provider."""
    provider, cancellation = PROVIDERS[api], CANCELLATIONS[api]
    call = provider.build_request(cancellation, KEY)
    return RequestPlan(
        call=call,
        interpret=lambda answer: provider.interpret(answer, call, cancellation),
        policy=policy or Policy(),
        provider="The provider",
        key=KEY,
        cancellation=cancellation,
        **facts,
    )


def cancel_plan(api: str = "unzer", policy: Policy | None = None, **facts: Any) -> CancelPlan:
    """The plan of a provider's sample cancel, with its read-back if there is one."""
    plan = request_plan(api, policy)
    reading, cancellation = PROVIDERS[api].read_back, CANCELLATIONS[api]
    known: dict[str, Any] = {
        **asdict(plan, recurse=False),
        "read_back": (lambda _: reading(cancellation, KEY)) if reading else None,
        "readable_apis": frozenset({api, "pace_pay"}),
    }
    return CancelPlan(**{**known, **facts})


def played(
    plan: CancelPlan, *script: tuple[object, float], state: CallState | None = None
) -> Played:
    """Run a whole cancel, starting at second 0."""
    return play(cancel_flow(plan, 0.0, state or CallState()), *script)


def paths(run: Played) -> list[str]:
    """The paths of the requests."""
    return [step.call.path for step in run.steps if isinstance(step, SendRequest)]


CANCEL: Final = request_plan("unzer").call.path
THE_CANCEL: Final = f"{CANCELS}/s-cnl-1"
