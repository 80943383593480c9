"""A provider of another distribution that is not written as the kit asks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import httpx
import pytest

from countermand import AsyncClient, CancellationInProgress, Client, InvalidCancellation, unzer
from countermand.errors import Declined
from countermand.ledger import Ledger
from countermand.ledger._encoding import encode_result
from countermand.provider import BaseCancellation, Provider, ProviderError
from countermand.provider._provider import recorded_provider
from tests.support.claims import CANCEL

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://unzer.invalid/v1"


@attrs.frozen
class OtherAccount(unzer.Account):
    """An account of a provider that no distribution registers."""

    @property
    def provider(self) -> Provider[Any]:
        """Unzer's functions under another name."""
        return OTHER


OTHER = attrs.evolve(unzer.PROVIDER, api="other_pay")


@attrs.frozen
class Odd(BaseCancellation):
    """A cancellation whose payment key is given."""

    api: ClassVar[str] = "unzer"
    key: Any

    @property
    def payment_key(self) -> Any:
        """As given."""
        return self.key


class FrozenPaymentError(Declined):
    """An error that only its provider knows."""


def broken(_reply: object, _call: object, _cancellation: object) -> Any:
    """Interpret nothing."""
    raise TypeError("no verdict")


@attrs.frozen
class BrokenAccount(unzer.Account):
    """An account whose provider raises in place of a verdict."""

    @property
    def provider(self) -> Provider[Any]:
        """Unzer's functions, but for one."""
        return attrs.evolve(unzer.PROVIDER, interpret=broken)


def answer(_request: httpx.Request) -> httpx.Response:
    """A success."""
    return httpx.Response(200, json={"isSuccess": True})


def test_a_ledger_needs_a_registered_provider(tmp_path: Path) -> None:
    """It could not list or replay the cancels of another one; nothing is sent."""
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        with pytest.raises(ProviderError, match="registered as 'other_pay'"):
            Client(OtherAccount("s-priv-1", URL), ledger=ledger)
        with pytest.raises(ProviderError, match="another provider than this account's"):
            Client(BrokenAccount("s-priv-1", URL), ledger=ledger)
        Client(unzer.Account("s-priv-1", URL), ledger=ledger).close()
    Client(OtherAccount("s-priv-1", URL)).close()


@pytest.mark.parametrize("name", ["other_pay", ""])
def test_a_recorded_provider_must_be_known(name: str) -> None:
    """As for every other use."""
    assert recorded_provider("unzer") is unzer.PROVIDER
    with pytest.raises(ProviderError):
        recorded_provider(name)


@pytest.mark.parametrize("key", [(), "pay-1", ["pay-1"], (1,), ("",), None, (b"pay-1",)])
def test_a_payment_key_is_a_tuple_of_texts(key: Any) -> None:
    """Else two names of one payment would be two locks."""
    transport = httpx.MockTransport(answer)
    with (
        Client(unzer.Account("s-priv-1", URL), transport=transport) as client,
        pytest.raises(InvalidCancellation, match=r"Odd\.payment_key must be a tuple of texts"),
    ):
        client.cancel(Odd(key))


def test_an_error_of_a_third_party_is_stored_as_its_nearest_base() -> None:
    """Another process may not have its class."""
    assert '"error": "Declined"' in encode_result(FrozenPaymentError("frozen"))


def test_a_key_is_not_kept_by_a_call_whose_provider_raises() -> None:
    """Neither client holds it; it counts as maybe executed."""

    async def twice() -> list[BaseException]:
        found: list[BaseException] = []
        account = BrokenAccount("s-priv-1", URL)
        async with AsyncClient(account, transport=httpx.MockTransport(answer)) as client:
            for _ in range(2):
                with pytest.raises(BaseException) as raised:  # noqa: PT011 - looked at below
                    await client.cancel(CANCEL, key="order-1")
                found.append(raised.value)
        return found

    first, second = asyncio.run(twice())
    assert isinstance(first, TypeError)
    assert not isinstance(second, CancellationInProgress)


def test_a_dropped_call_whose_provider_raises_keeps_no_key() -> None:
    """Its coroutine was closed while the answer was on its way."""
    account = BrokenAccount("s-priv-1", URL)

    class Stalled(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await pause()
            return answer(request)

    class Pause:
        def __await__(self) -> Any:
            yield

    async def pause() -> None:
        await Pause()

    async def run() -> None:
        client = AsyncClient(account, transport=Stalled())
        call = client.cancel(CANCEL, key="order-1")
        call.send(None)
        client._memory_store.record_outcome = None  # type: ignore[method-assign,assignment]
        with pytest.raises(TypeError):
            call.close()
        assert client._memory_store._entries["order-1"].owner is None

    asyncio.run(run())


def test_a_key_is_abandoned_when_its_outcome_cannot_be_concluded() -> None:
    """The first exception goes on; the key counts as maybe executed."""

    async def run() -> None:
        account = BrokenAccount("s-priv-1", URL)
        async with AsyncClient(account, transport=httpx.MockTransport(answer)) as client:
            client._memory_store.record_outcome = None  # type: ignore[method-assign,assignment]
            with pytest.raises(TypeError):
                await client.cancel(CANCEL, key="order-1")
            entry = client._memory_store._entries["order-1"]
            assert (entry.owner, entry.maybe_executed) == (None, True)

    asyncio.run(run())
