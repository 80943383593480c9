"""A client of either flavour, and a cancel that the provider has accepted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from countermand import AsyncClient, Client, CountermandError, Outcome, Policy, Receipt, bento
from countermand.sandbox import FaultProxy, Sandbox
from tests.support.claims import run_sql
from tests.support.flavours import PLAIN_TLS, Flavour

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.ledger import Ledger

KEY = "order-42"


class Caller:
    """A client of either flavour; errors of ours are returned."""

    def __init__(self, flavour: Flavour, ledger: Ledger, account: Any, **policy: Any) -> None:
        self._runner = asyncio.Runner() if flavour == "async" else None
        kind: Any = AsyncClient if self._runner else Client
        link_identity = policy.pop("link_identity", None)
        limits = Policy(**{"attempts": 1, "deadline": 8.0, "budget": None, **policy})
        self._client = kind(
            account,
            ledger=ledger,
            policy=limits,
            link_identity=link_identity,
            verify=PLAIN_TLS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def shut(self) -> None:
        """Close the client, and keep the event loop."""
        self._run(self._client.aclose() if self._runner else self._client.close())

    def __exit__(self, *_: object) -> None:
        self.shut()
        if self._runner:
            self._runner.close()

    def _run(self, made: Any) -> Any:
        return self._runner.run(made) if self._runner else made

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def method(*arguments: Any, **options: Any) -> Any:
            try:
                return self._run(getattr(self._client, name)(*arguments, **options))
            except CountermandError as error:
                return error

        return method


class Accepted:
    """A refund that Bento has accepted under `KEY`."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger, flavour: Flavour, **settings: Any) -> None:
        read = settings.pop("read", True)
        policy = settings.pop("policy", {})
        self.sandbox, self.ledger = sandbox, ledger
        self.payment = sandbox.create_payment("bento", captured=True, **settings)
        self.proxy = FaultProxy(sandbox.url).__enter__()
        known = sandbox.account("bento", self.proxy.base_url("bento"))
        account = bento.Account(known.token_source, known.endpoint, read=read)
        ids = (self.payment.order_id, self.payment.transaction_id)
        self.cancellation = bento.Cancellation(*ids, refund_amount=500)
        self.account = account
        self.client = Caller(flavour, ledger, account, **policy)
        first = self.client.cancel(self.cancellation, key=KEY)
        assert isinstance(first, Receipt)
        assert first.outcome is Outcome.ACCEPTED

    @property
    def row(self) -> Any:
        """What `unresolved` lists; None if it has ended."""
        return next(iter(self.ledger.unresolved()), None)

    def interrupt_reads(self) -> None:
        """Let the next request be interrupted, as by the user."""
        client: Any = self.client._client

        def interrupted(*_: object, **__: object) -> Any:
            raise KeyboardInterrupt

        client._transports[id(self.account)].send = interrupted

    def make_due(self) -> None:
        """Let the time of the next look come."""
        run_sql(self.ledger, "UPDATE countermand_cancellations SET next_look = 1")
