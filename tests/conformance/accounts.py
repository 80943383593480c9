"""Scenario 20: the resuming client lacks the account of the request, or has several."""

from collections.abc import Iterator

from attrs import evolve

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, LATER
from tests.conformance.cases import DURABLE, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.fixtures import plain
from tests.conformance.replies import ALWAYS
from tests.conformance.stage import Stage

POLICY = evolve(BASE_POLICY, late_arrival_window=LATER)
ANOTHER = {"pace_pay": "vtex"}
"""An API that a client may have instead; PACE Pay's for all others."""


def _lose(stage: Stage) -> None:
    """It is executed, and its answer is lost."""
    stage.script(faults.RESET_AFTER, *[faults.error_page(503)] * ALWAYS)
    stage.cancel(UNKNOWN)
    stage.script()


def lacking(cast: Cast) -> None:
    """Without the account nothing can be found out, and so nothing is denied."""
    with cast.stage(policy=POLICY) as stage:
        _lose(stage)
        right = stage.accounts
        stage.accounts = cast.fixtures.accounts(ANOTHER.get(cast.api, "pace_pay"))
        seen = stage.again(UNKNOWN)
        if seen.requests or seen.reads:
            stage.problems.append("another client was asked")
        stage.accounts = right
        stage.again(stage.afterwards())
        stage.finish()


def several(cast: Cast) -> None:
    """Of two accounts of one provider, it is the one that the cancel went to."""
    trap = cast.fixtures.trap
    other = plain(cast.fixtures.sandbox.account(cast.api, trap.base_url(cast.api)))
    before = len(trap.requests)
    with cast.stage(policy=POLICY) as stage:
        _lose(stage)
        stage.accounts = (other, *stage.accounts)
        stage.again(stage.afterwards())
        if len(trap.requests) > before:
            stage.problems.append("the wrong account was asked")
        stage.finish()


def entries() -> Iterator[Entry]:
    """The rest of scenario 20."""
    for name, play in (("resumed-without-account", lacking), ("resumed-with-several", several)):
        yield Entry(scenario=20, variant=name, play=play, stores=DURABLE, quick=True)
