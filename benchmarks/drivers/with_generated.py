"""The generated clients' own functions: `sync_detailed` and `asyncio_detailed`, over httpx."""

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

from countermand_clients.bento import AuthenticatedClient
from countermand_clients.bento.api.transactions import cancel_transaction
from countermand_clients.bento.models.cancel_request import CancelRequest
from measuring import AMOUNT, TOKEN, AsyncCancel, Cancel, NotCancelledError, Setup, main


def made(setup: Setup) -> Any:
    """A generated client."""
    verify = ssl.create_default_context(cafile=setup["ca"]) if setup["ca"] else True
    # attrs names the argument, which pyright does not see.
    options: dict[str, Any] = {"verify_ssl": verify}
    return AuthenticatedClient(f"{setup['url']}/payments/v1", token=TOKEN, **options)


def judge(answer: Any) -> None:
    """The typed body has the state."""
    if answer.status_code != 202 or answer.parsed.data.state != "AuthVoided":  # noqa: PLR2004
        raise NotCancelledError(str(answer))


def blocking(setup: Setup) -> Iterator[Cancel]:
    """One client, kept open."""
    with made(setup) as client:

        def cancel(number: int) -> None:
            ids = f"or_{number:026d}", f"tx_{number:026d}"
            body = CancelRequest(refund_amount=AMOUNT)
            judge(cancel_transaction.sync_detailed(*ids, client=client, body=body))

        yield cancel


async def asynchronous(setup: Setup) -> AsyncIterator[AsyncCancel]:
    """One client, kept open."""
    async with made(setup) as client:

        async def cancel(number: int) -> None:
            ids = f"or_{number:026d}", f"tx_{number:026d}"
            body = CancelRequest(refund_amount=AMOUNT)
            judge(await cancel_transaction.asyncio_detailed(*ids, client=client, body=body))

        yield cancel


if __name__ == "__main__":
    main({"kept": blocking}, {"async": asynchronous})
