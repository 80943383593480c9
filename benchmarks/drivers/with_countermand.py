"""This project's clients, with the default policy, one account and no ledger."""

from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from measuring import AMOUNT, TOKEN, AsyncCancel, Cancel, NotCancelledError, Setup, main

from countermand import (
    AsyncClient,
    Client,
    Outcome,
    Receipt,
    bento,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)

Make = Callable[[int], Any]
STATION = "a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1"


def provider(api: str, url: str) -> tuple[Any, Make]:
    """An account of a provider at the server, and the cancellation of a numbered payment."""
    if api == "unzer":
        return unzer.Account(TOKEN, url), lambda n: unzer.Cancellation(
            f"s-pay-{n}", "s-aut-1", amount=Decimal("10.00")
        )
    if api == "vtex":
        account = vtex.Account(app_key="key", app_token=TOKEN, base_url=url)
        return account, lambda n: vtex.Cancellation(f"{n:032X}")
    if api == "pace_pay":
        return pace_pay.Account(TOKEN, url), lambda n: pace_pay.Cancellation(str(UUID(int=n)))
    if api == "pace_fueling":
        return pace_fueling.Account(TOKEN, url), lambda n: pace_fueling.Cancellation(
            STATION, str(UUID(int=n))
        )
    return bento.Account(TOKEN, url, read=api == "bento_read"), lambda n: bento.Cancellation(
        f"or_{n:026d}", f"tx_{n:026d}", refund_amount=AMOUNT
    )


def judge(receipt: Receipt) -> None:
    """The receipt is the judgement; accepted would mean that another answer came."""
    if receipt.outcome is not Outcome.CANCELLED:
        raise NotCancelledError(str(receipt))


def blocking(setup: Setup, api: str = "bento") -> Iterator[Cancel]:
    """One `Client`."""
    account, make = provider(api, setup["url"])
    with Client(account, verify=setup["ca"] or True) as client:
        yield lambda number: judge(client.cancel(make(number)))


async def asynchronous(setup: Setup) -> AsyncIterator[AsyncCancel]:
    """One `AsyncClient`."""
    account, make = provider("bento", setup["url"])
    async with AsyncClient(account, verify=setup["ca"] or True) as client:

        async def cancel(number: int) -> None:
            judge(await client.cancel(make(number)))

        yield cancel


if __name__ == "__main__":
    apis = ("bento", "bento_read", "unzer", "vtex", "pace_pay", "pace_fueling")
    main({api: partial(blocking, api=api) for api in apis}, {"async": asynchronous})
