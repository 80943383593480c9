"""Scenario 20: the token expires, or the linked identity is missing, on the second attempt."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from attrs import define, evolve, field

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import REPEATABLE, at_once
from tests.conformance.refusals import own_refusal

BEARERS = ("pace_pay", "pace_fueling", "bento")
LINKED = ("pace_pay", "pace_fueling")
TWICE = evolve(BASE_POLICY, attempts=3)
REFUSED = faults.Answer(401, b"{}", (("content-type", "application/json"),))
FIRST = {
    "refused": None,
    "lost": faults.RESET_AFTER,
    "lost-before": faults.RESET_BEFORE,
}
"""What the first attempt meets, so that there is a second; None for the provider's own 429."""


@define
class User:
    """A user of the sandbox, and the tokens that were issued to them."""

    sandbox: Any
    name: str
    stubborn: bool = False
    """Whether the callable goes on to hand out the token that has expired."""
    issued: list[str] = field(factory=list[str])

    def token(self, _user: object = None) -> str:
        """A fresh token, as a callable of an account."""
        if not (self.stubborn and self.issued):
            self.issued.append(self.sandbox.issue_token(self.name))
        return self.issued[-1]

    def expire(self) -> None:
        """All of their tokens expire."""
        for token in self.issued:
            self.sandbox.expire(token)

    def unlink(self) -> None:
        """They lose the linked identity."""
        self.sandbox.unlink(self.name)

    def link(self, _challenge: object = None) -> None:
        """They link it again, as the handler of a client."""
        self.sandbox.link(self.name)


def lapsed(cast: Cast, first: str, *, event: str, cured: bool) -> None:
    """Between two attempts something lapses, which the client can mend by itself, or can not."""
    name = f"user {cast.case.id} {cast.fixtures.run}"
    user = User(cast.fixtures.sandbox, name, stubborn=event == "expire" and not cured)
    accounts = cast.fixtures.accounts(cast.api, token=user.token)
    nap = _between(cast, getattr(user, event))
    options = {"sleep": nap, **({"link_identity": user.link} if cured else {})}
    with cast.stage(accounts=accounts, policy=TWICE, options=options) as stage:
        stage.script(FIRST[first] or own_refusal(stage, 429))
        stage.cancel(_expected(cast.api, first, event, cured=cured))
        user.link()
        user.stubborn = False
        stage.finish()
        if first == "refused" and not cured:
            stage.cancel(RECEIPT, "the same key, mended")


def _between(cast: Cast, happens: Callable[[], None]) -> Callable[[float], Any]:
    once = iter([happens])

    def sleep(_seconds: float) -> None:
        next(once, lambda: None)()

    async def async_sleep(seconds: float) -> None:
        sleep(seconds)

    return async_sleep if cast.case.flavour == "async" else sleep


def _expected(api: str, first: str, event: str, *, cured: bool) -> frozenset[str]:
    if first != "refused" and api not in REPEATABLE:
        # It is read, if that can be, and not sent again: what lapses at the pause lapses for none.
        return at_once(api, "lost", executed=first == "lost")
    if cured:
        return RECEIPT
    if first == "refused":
        return frozenset({"Unauthenticated" if event == "expire" else "MissingLinkedIdentity"})
    return UNKNOWN


def rejected(cast: Cast, first: str) -> None:
    """Where credentials are fixed, a refusal of the second attempt tells nothing of the first."""
    with cast.stage(policy=TWICE) as stage:
        stage.script(FIRST[first] or own_refusal(stage, 429), REFUSED)
        # After a lost answer, the second request is a read at Unzer and a repeat elsewhere.
        stage.cancel(frozenset({"Unauthenticated"}) if first == "refused" else UNKNOWN)
        stage.finish()
        if first == "refused":
            stage.cancel(RECEIPT, "the same key, mended")


def entries() -> Iterator[Entry]:
    """Scenario 20."""
    for first in FIRST:
        for cured in (True, False):
            how = "mended" if cured else "not-mended"
            for event, apis in (("expire", BEARERS), ("unlink", LINKED)):
                yield Entry(
                    scenario=20,
                    variant=f"{event}-{first}-{how}",
                    play=partial(lapsed, first=first, event=event, cured=cured),
                    apis=apis,
                    quick=first != "lost-before",
                )
        play = partial(rejected, first=first)
        yield Entry(
            scenario=20, variant=f"refused-{first}", play=play, apis=("unzer", "vtex"), quick=True
        )
