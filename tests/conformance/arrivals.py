"""Scenario 18: a request that timed out arrives after all, when the client has long given up."""

from collections.abc import Iterator
from functools import partial

from attrs import evolve

from countermand.sandbox import faults
from tests.conformance.actors import LATER, SHORT_POLICY
from tests.conformance.cases import DURABLE, RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import REPEATABLE
from tests.conformance.replies import ALWAYS
from tests.conformance.stage import Stage

LONG = evolve(SHORT_POLICY, late_arrival_window=LATER)


def _begin(cast: Cast, stage: Stage, *, every: bool) -> None:
    """The first request is delayed, or every one; reads are not."""
    once = every and cast.api in REPEATABLE
    stage.script(*[faults.Late()] * (ALWAYS if once else 1))
    stage.cancel(UNKNOWN if once or cast.api not in REPEATABLE else RECEIPT)
    stage.proxy.script()


def soon(cast: Cast, *, every: bool) -> None:
    """After a second: it arrives before anybody asks again."""
    with cast.stage(policy=LONG) as stage:
        _begin(cast, stage, every=every)
        stage.proxy.deliver_late()
        stage.again(stage.afterwards())
        stage.finish()


def later(cast: Cast, *, every: bool) -> None:
    """After ten seconds: it arrives when it was asked again, and was too early to send again."""
    with cast.stage(policy=LONG) as stage:
        _begin(cast, stage, every=every)
        waiting = RECEIPT if cast.api in REPEATABLE else UNKNOWN
        for _ in range(2):
            seen = stage.again(waiting)
            if cast.api not in REPEATABLE and seen.requests:
                stage.problems.append("sent again before the late-arrival window had passed")
        stage.proxy.deliver_late()
        stage.again(stage.afterwards())
        stage.finish()


def within(cast: Cast) -> None:
    """It arrives within the late-arrival window, and is resumed after that."""
    with cast.stage(policy=SHORT_POLICY) as stage:
        _begin(cast, stage, every=False)
        stage.proxy.deliver_late()
        stage.wait_window()
        stage.again(stage.afterwards())
        stage.finish()


def never(cast: Cast) -> None:
    """It never arrives: after the late-arrival window it may be sent again."""
    with cast.stage(policy=SHORT_POLICY) as stage:
        # What the provider never gets, as if it were late forever.
        stage.script(faults.SILENCE_BEFORE)
        stage.cancel(RECEIPT if cast.api in REPEATABLE else UNKNOWN)
        stage.wait_window()
        stage.again(stage.afterwards())
        stage.finish()


def on_its_own(cast: Cast) -> None:
    """It arrives while the client is still at work."""
    with cast.stage(policy=LONG) as stage:
        stage.script(faults.Late(0.1))
        # Where it is read, it shows by then; where it is repeated, the second finds the first.
        stage.cancel(UNKNOWN if cast.api == "bento" else RECEIPT)
        stage.finish()


def confirmed_absent(cast: Cast, *, late: bool) -> None:
    """A person says that nothing was cancelled: true for now, and the window counts all the same.

    Before it has passed nothing is sent, and what arrives late is found or stays unknown. After it
    a request that never arrived is sent again: at Unzer, where that shows, and where nothing shows
    it once a person has looked again.
    """
    with cast.stage(policy=LONG if late else SHORT_POLICY) as stage:
        stage.script(faults.Late() if late else faults.SILENCE_BEFORE)
        stage.cancel(UNKNOWN)
        stage.proxy.script()
        _say(stage)
        if late:
            seen = stage.cancel(UNKNOWN, "the same key, too early")
            if seen.requests:
                stage.problems.append("sent again before the late-arrival window had passed")
            stage.proxy.deliver_late()
            stage.again(stage.afterwards())
        else:
            stage.wait_window()
            if cast.api != "unzer":
                _say(stage)
            seen = stage.cancel(RECEIPT, "the same key, late enough")
            if seen.requests != 1:
                stage.problems.append(f"{seen.requests} requests after the late-arrival window")
        stage.finish()


def _say(stage: Stage) -> None:
    stage.actor.do("resolve", stage.key, cancelled=False, by="support", reason="they looked")


def entries() -> Iterator[Entry]:
    """Scenario 18."""
    for every in (False, True):
        how = "all" if every else "first"
        play = partial(soon, every=every)
        yield Entry(scenario=18, variant=f"soon-{how}", play=play, quick=not every)
        play = partial(later, every=every)
        yield Entry(scenario=18, variant=f"later-{how}", play=play, quick=not every)
    yield Entry(scenario=18, variant="within-window", play=within, quick=True)
    yield Entry(scenario=18, variant="never", play=never, quick=True)
    yield Entry(scenario=18, variant="meanwhile", play=on_its_own)
    for name, late in (("confirmed_absent-late", True), ("confirmed_absent-never", False)):
        yield Entry(
            scenario=18,
            variant=name,
            play=partial(confirmed_absent, late=late),
            apis=("bento", "unzer", "pace_fueling"),
            stores=DURABLE,
            quick=True,
        )
