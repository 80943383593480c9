"""How fast calls to a provider may start. It slows down where the provider asks for it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import define

from countermand_ops.bulk._errors import BulkError

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE: Final = re.compile(r"(?:([a-z][a-z0-9_-]*)=)?([0-9]+(?:\.[0-9]+)?)")
SAME_REFUSAL: Final = 1.0
"""Seconds in which further refusals say nothing new: their requests were sent before."""
STEADY_TIME: Final = 5.0
"""Seconds after a refusal before the rate grows again."""
DOUBLED_IN: Final = 10.0
"""Seconds in which it doubles then."""
SLOWEST: Final = 0.1
"""Starts per second."""
FIRST_PAUSE: Final = 1.0
"""Seconds without a start after a refusal that names no time."""


@define
class Throttle:
    """Spreads starts evenly, so many per second.

    Attributes:
        limit: Starts per second at most; None for no limit.
    """

    limit: float | None = None
    _slowed: float | None = None
    """Starts per second after the last refusal; None without one."""
    _refused_at: float = 0.0
    _next_start: float = 0.0
    _resumes_at: float = 0.0
    _began: float | None = None
    _started: int = 0

    def delay(self, now: float) -> float:
        """Seconds to wait before the next start, which is then taken to happen."""
        if self._began is None:
            self._began = now
        self._started += 1
        start = max(now, self._next_start, self._resumes_at)
        rate = self.rate(now)
        self._next_start = start + (0.0 if rate is None else 1 / rate)
        return start - now

    def rate(self, now: float) -> float | None:
        """Starts per second at most; None for no limit."""
        if self._slowed is None:
            return self.limit
        grown = max(0.0, now - self._refused_at - STEADY_TIME) / DOUBLED_IN
        rate: float = self._slowed * 2.0 ** min(grown, 30.0)
        return rate if self.limit is None else min(rate, self.limit)

    def refused(self, now: float, retry_after: float | None = None) -> None:
        """The provider has said "too many requests"."""
        self._resumes_at = max(self._resumes_at, now + (retry_after or FIRST_PAUSE))
        if self._slowed is not None and now - self._refused_at < SAME_REFUSAL:
            return
        rate = self.rate(now)
        if rate is None:
            elapsed = now - (now if self._began is None else self._began)
            rate = self._started / max(elapsed, SAME_REFUSAL)
        self._slowed, self._refused_at = max(rate / 2, SLOWEST), now
        # Counts anew, for the rate of the last seconds.
        self._began, self._started = now, 0


def read_rates(texts: Iterable[str], apis: Iterable[str]) -> dict[str, float | None]:
    """The limit of each provider.

    Args:
        texts: Numbers for all providers, or such as `unzer=50`.
        apis: The providers.

    Raises:
        BulkError: a text has another form, or names none of the providers.
    """
    limits: dict[str, float | None] = dict.fromkeys(apis)
    for text in texts:
        found = RATE.fullmatch(text)
        rate = float(found[2]) if found else 0.0
        if found is None or rate <= 0:
            raise BulkError(f"{text!r} must be starts per second, such as 50 or unzer=50")
        named = None if found[1] is None else found[1].replace("-", "_")
        if named is not None and named not in limits:
            raise BulkError(f"{text!r} names none of the providers: {', '.join(limits)}")
        limits.update({api: rate for api in limits if named in {None, api}})
    return limits
