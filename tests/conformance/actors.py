"""The clients of the suite: of either flavour, used alike, and how patient they are."""

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import evolve

from countermand import AsyncClient, Backoff, Client, CountermandError, Policy
from tests.support.flavours import PLAIN_TLS

WINDOW = 0.2
BRISK = Backoff(first=0.01, cap=0.02)
PATIENT = Policy(
    attempts=3,
    deadline=5.0,
    attempt_timeout=2.5,
    backoff=BRISK,
    budget=None,
    late_arrival_window=WINDOW,
)
HASTY = evolve(PATIENT, deadline=3.0, attempt_timeout=0.5)
STUCK = evolve(PATIENT, attempts=10, deadline=4.0, attempt_timeout=10.0)
"""Nothing but the deadline ends a call that meets silence: it is shorter than one attempt."""
LATER = 900.0
"""A late-arrival window that never passes while a case is played."""
LOCAL: dict[str, Any] = {"verify": PLAIN_TLS, "trust_env": False}
"""What every client here is told: all it talks to is on this machine."""
INTERRUPTED = (KeyboardInterrupt, asyncio.CancelledError)


class Actor:
    """One client of either flavour, used as if it were blocking."""

    def __init__(self, flavour: str, *accounts: Any, **options: Any) -> None:
        settings = {**LOCAL, **options}
        self._runner = asyncio.Runner() if flavour == "async" else None
        self.client: Any = (AsyncClient if self._runner else Client)(*accounts, **settings)

    def do(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Call a method; what it raises is returned, too."""
        method = getattr(self.client, name)
        try:
            if self._runner:
                return self._runner.run(method(*arguments, **options))
            return method(*arguments, **options)
        except (CountermandError, *INTERRUPTED) as error:
            return error

    def run(self, work: Callable[[Any], Any]) -> Any:
        """Run a coroutine function of the asynchronous client in its loop."""
        assert self._runner
        return self._runner.run(work(self.client))

    def close(self) -> None:
        """Close the client and its loop."""
        if self._runner:
            self._runner.run(self.client.aclose())
            self._runner.close()
        else:
            self.client.close()
