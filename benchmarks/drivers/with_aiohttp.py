"""aiohttp: one session with its default connector."""

import ssl
from collections.abc import AsyncIterator

import aiohttp  # pyright: ignore[reportMissingImports]
from measuring import AMOUNT, TOKEN, AsyncCancel, Setup, check, main, path


async def asynchronous(setup: Setup) -> AsyncIterator[AsyncCancel]:
    """One `ClientSession`."""
    context = ssl.create_default_context(cafile=setup["ca"]) if setup["ca"] else True
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def cancel(number: int) -> None:
            url, body = setup["url"] + path(number), {"refundAmount": AMOUNT}
            async with session.put(url, json=body, ssl=context) as answer:
                check(answer.status, await answer.json())

        yield cancel


if __name__ == "__main__":
    main(asynchronous={"async": asynchronous})
