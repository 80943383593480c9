"""The clients of the suite, of either flavour, and their policies."""

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import evolve

from countermand import AsyncClient, Backoff, Client, CountermandError, Policy
from tests.support.flavours import PLAIN_TLS, Flavour
from tests.support.ways import options_here

WINDOW = 0.2
BRISK = Backoff(first=0.01, cap=0.02)
BASE_POLICY = Policy(
    attempts=3,
    deadline=5.0,
    attempt_timeout=2.5,
    backoff=BRISK,
    budget=None,
    late_arrival_window=WINDOW,
)
SHORT_POLICY = evolve(BASE_POLICY, deadline=3.0, attempt_timeout=0.5)
STUCK = evolve(BASE_POLICY, attempts=10, deadline=4.0, attempt_timeout=10.0)
"""Only the deadline ends a call without an answer: it is shorter than one attempt."""
LATER = 900.0
"""A late-arrival window that does not end during a case."""
LOCAL: dict[str, Any] = {"verify": PLAIN_TLS, "trust_env": False}
"""Options of every client: all servers are on this machine."""
INTERRUPTED = (KeyboardInterrupt, asyncio.CancelledError)


class Actor:
    """One client of either flavour, used as if it were blocking."""

    def __init__(self, flavour: Flavour, *accounts: Any, **options: Any) -> None:
        settings = {**LOCAL, **options_here(flavour), **options}
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
