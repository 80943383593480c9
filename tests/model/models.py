"""The providers that are explored; Unzer twice, for a part and for everything."""

from __future__ import annotations

from typing import Final

from tests.model.payments import Bento, Model, PaceFueling, PacePay, Vtex
from tests.model.unzer_payments import Unzer, UnzerFull

MODELS: Final[tuple[type[Model], ...]] = (PacePay, PaceFueling, Bento, Unzer, UnzerFull, Vtex)
