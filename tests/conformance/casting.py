"""Sets a case's stages up, and keeps what was seen on them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field

from tests.conformance.actors import BASE_POLICY
from tests.conformance.cases import Case, Observation, StoreKind
from tests.conformance.orders import order, payment
from tests.conformance.stage import Stage


@define
class Cast:
    """Sets stages up for one case, and keeps what was seen on each."""

    fixtures: Any
    case: Case
    seed: int
    observations: list[Observation] = field(factory=list[Observation])

    @property
    def api(self) -> str:
        """The case's provider."""
        return self.case.api

    @property
    def store(self) -> StoreKind:
        """The case's kind of ledger."""
        return self.case.store

    @contextmanager
    def stage(self, label: str = "play", **settings: Any) -> Iterator[Stage]:
        """A stage with a payment of its own; what was seen there is kept."""
        number = len(self.observations) + 1
        details = settings.pop("payment", {})
        whole = settings.pop("whole", False)
        made = settings.pop("made", None) or payment(
            self.fixtures.sandbox, self.api, whole, details
        )
        stage = Stage(
            sandbox=self.fixtures.sandbox,
            proxy=self.fixtures.proxy,
            api=self.api,
            flavour=self.case.flavour,
            label=label,
            key=settings.pop("key", f"{self.case.id}#{self.fixtures.run}.{number}"),
            policy=settings.pop("policy", BASE_POLICY),
            chance=random.Random(f"{self.seed} {self.case.id} {number}"),
            payment=made,
            cancellation=settings.pop("cancellation", None) or order(self.api, made, whole),
            accounts=settings.pop("accounts", None) or self.fixtures.accounts(self.api),
            ledger=settings.pop("ledger", None) or self.fixtures.ledger(self.store),
            **settings,
        )
        try:
            yield stage
        finally:
            self.observations.append(stage.observation())
