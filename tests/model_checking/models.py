"""The providers that are explored; Bento also without its reads."""

from __future__ import annotations

from typing import Final

from tests.model_checking.bento_payments import BentoRead, BentoReadFull
from tests.model_checking.payments import Bento, Model, PaceFueling, PacePay, Vtex
from tests.model_checking.state import Scope
from tests.model_checking.unzer_payments import Unzer, UnzerFull

MODELS: Final[tuple[type[Model], ...]] = (
    PacePay,
    PaceFueling,
    Bento,
    BentoRead,
    BentoReadFull,
    Unzer,
    UnzerFull,
    Vtex,
)

COMPARED: Final[frozenset[type[Model]]] = frozenset({BentoRead, BentoReadFull})
"""Those whose payment is compared with itself: with three calls they have millions of states."""

LOST_LEASES: Final = Scope(calls=2, others=0, lost_leases=True, hasty_people=True)
"""Two workers on one key at once, each of which may lose it and live on."""


def alone(kind: type[Model], variant: str | None = None) -> Model:
    """A provider in one of its variants; in the first, if none is named."""
    model = kind()
    model.variants = (variant or model.variants[0],)
    return model
