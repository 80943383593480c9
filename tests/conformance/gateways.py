"""Scenario 23: the provider executes, and a gateway answers in its place."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from attrs import evolve

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, LATER
from tests.conformance.cases import APIS, RECEIPT, STORES, UNKNOWN, Call, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import afterwards
from tests.conformance.gateway_answers import (
    ALL_BODIES,
    BODIES,
    CHOSEN,
    STATUSES,
    TELLING,
    Body,
    GatewayAnswer,
    answers,
    with_ids,
)
from tests.conformance.stage import Stage
from tests.conformance.trusted import LOOKS, Trust, trust

ONCE = evolve(BASE_POLICY, attempts=1, late_arrival_window=LATER)
"""One attempt: what comes after it is what its answer was taken for."""
HARMFUL = frozenset({"bento", "unzer"})
"""Where a repeat moves money a second time."""


def answered(cast: Cast, *, body: Body, statuses: tuple[int, ...]) -> None:
    """One answer after another, each to a payment and a key of its own."""
    trap = cast.fixtures.trap
    followed = len(trap.requests)
    for answer in answers(cast.api, body, statuses):
        with cast.stage(answer.name, policy=ONCE) as stage:
            _play(stage, answer, trap.url)
            if len(trap.requests) > followed:
                stage.problems.append("the redirect was followed")


def _play(stage: Stage, answer: GatewayAnswer, elsewhere: str) -> None:
    """Cancel through the gateway, then with the same key and, if refused, with a new one."""
    believed = trust(answer)
    _expect(stage, believed)
    stage.script(_fault(stage, answer, elsewhere))
    first = stage.cancel(believed.verdicts if believed else at_best(stage.api))
    second = stage.cancel(_again(stage.api, first, believed), "the same key again")
    kept = first.verdict == "Receipt" or (believed and not believed.frees)
    if kept and (second.requests or second.reads):
        stage.problems.append(f"{first.verdict} is final, and the key was sent again")
    if first.refused:
        allowed = frozenset({"Declined"}) if stage.api == "vtex" else RECEIPT
        stage.cancel(allowed, "a new key", key=f"{stage.key}-new")
    if second.unknown:
        stage.resolve()


def _expect(stage: Stage, believed: Trust | None) -> None:
    """How often it may be executed: under the same key again if that is free, and a new one."""
    if believed is None:
        return
    stage.trusted = believed.reason
    if stage.api in HARMFUL:
        stage.intended = 3 if believed.frees else 2


def _fault(stage: Stage, answer: GatewayAnswer, elsewhere: str) -> faults.Answer:
    """The answer, with a location as our request has it."""
    account = stage.accounts[0]
    call = account.provider.build_request(stage.cancellation, stage.key)
    path = urlsplit(account.endpoint).path + call.path
    return evolve(answer, document=with_ids(answer, call.content)).fault(elsewhere + path)


def at_best(api: str) -> frozenset[str]:
    """The verdicts where an answer proves nothing, and it was executed."""
    if api in LOOKS:
        return RECEIPT
    return UNKNOWN if api == "bento" else RECEIPT | UNKNOWN


def _again(api: str, first: Call, believed: Trust | None) -> frozenset[str]:
    """The verdicts of a second call with the same key."""
    if first.refused and believed and not believed.frees:
        return frozenset({first.verdict})
    return RECEIPT if believed or not first.unknown else afterwards(api, executed=True)


def entries() -> Iterator[Entry]:
    """Scenario 23: some statuses with either client, all others with the blocking one."""
    for turn, body in enumerate(ALL_BODIES):
        apis = tuple(api for api in APIS if body in BODIES[api])
        everywhere = body in BODIES["bento"]
        chosen = CHOSEN if everywhere else TELLING
        play = partial(answered, body=body, statuses=chosen)
        yield Entry(scenario=23, variant=f"{body}-chosen", play=play, apis=apis, quick=True)
        rest = [status for status in STATUSES if status not in chosen]
        for hundreds in (3, 4, 5):
            these = tuple(status for status in rest if status // 100 == hundreds)
            for number, store in enumerate(STORES):
                yield Entry(
                    scenario=23,
                    variant=f"{body}-{hundreds}xx",
                    # Every other status meets a ledger: which one, changes with the body.
                    play=partial(answered, body=body, statuses=these[(turn + number) % 2 :: 2]),
                    apis=apis,
                    flavours=("sync",),
                    stores=(store,),
                )
