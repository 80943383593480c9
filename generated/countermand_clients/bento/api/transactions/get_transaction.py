# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import path_segment
from ....operation import Call
from ...operations import GET_TRANSACTION
from ...types import Response

if TYPE_CHECKING:
    from ...client import Client
    from ...models.error_response import ErrorResponse
    from ...models.transaction_response import TransactionResponse


def call(
    order_id: str,
    transaction_id: str,
) -> Call[ErrorResponse | TransactionResponse | None]:
    """Get a transaction

    The transaction as it is now, with its amounts and the actions that were performed on it.
    Neither the transaction nor its history names the request that an action came from, so a
    refund of the same amount by somebody else looks like one's own.

    Source: Bento's page "Get Transaction"
    (https://docs.bento-tech.com/apidocs/get-transaction). The copy that this file rests on ends
    before the errors, so the statuses of the cancel stand in for them.

    Args:
        order_id (str):
        transaction_id (str):

    Returns:
        The request, ready to be sent by any executor, and the function that reads its reply.

    Raises:
        ValueError: a path parameter is empty, `.` or `..`, or a value cannot be encoded.
        TypeError: the body is of none of the documented types.
    """
    headers = [("Accept", GET_TRANSACTION.accept)]

    content: bytes | None = None
    return Call(
        operation=GET_TRANSACTION,
        path="/orders/{order_id}/transactions/{transaction_id}".format(
            order_id=path_segment("orderId", order_id),
            transaction_id=path_segment("transactionId", transaction_id),
        ),
        query="",
        headers=tuple(headers),
        content=content,
        parse=parse,
    )


def parse(status: int, body: object) -> ErrorResponse | TransactionResponse | None:
    """Read the decoded JSON body of a reply.

    Returns:
        The typed body; None for a status that is documented without a body, or not documented.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the body does not have the documented form.
    """
    from ...models.error_response import ErrorResponse  # noqa: PLC0415
    from ...models.transaction_response import TransactionResponse  # noqa: PLC0415

    data: Any = body
    if status == 200:
        response_200 = TransactionResponse.from_dict({**data})

        return response_200
    if status == 401:
        response_401 = ErrorResponse.from_dict({**data})

        return response_401
    if status == 403:
        response_403 = ErrorResponse.from_dict({**data})

        return response_403
    if status == 404:
        response_404 = ErrorResponse.from_dict({**data})

        return response_404
    if status == 429:
        response_429 = ErrorResponse.from_dict({**data})

        return response_429
    if status == 500:
        response_500 = ErrorResponse.from_dict({**data})

        return response_500
    if status == 502:
        response_502 = ErrorResponse.from_dict({**data})

        return response_502
    if status == 503:
        response_503 = ErrorResponse.from_dict({**data})

        return response_503
    if status == 504:
        response_504 = ErrorResponse.from_dict({**data})

        return response_504
    return None


def sync_detailed(
    order_id: str,
    transaction_id: str,
    *,
    client: Client,
) -> Response[ErrorResponse | TransactionResponse | None]:
    """Get a transaction

    The transaction as it is now, with its amounts and the actions that were performed on it.
    Neither the transaction nor its history names the request that an action came from, so a
    refund of the same amount by somebody else looks like one's own.

    Source: Bento's page "Get Transaction"
    (https://docs.bento-tech.com/apidocs/get-transaction). The copy that this file rests on ends
    before the errors, so the statuses of the cancel stand in for them.

    Args:
        order_id (str):
        transaction_id (str):

    Returns:
        The reply with its status, and the typed body where there is one.

    Raises:
        errors.ResponseParseError: a reply came, but its body broke off or is not the documented one.
        errors.UnexpectedStatus: the status is not documented and Client.raise_on_unexpected_status is set.
        httpx.HTTPError: no reply came. The request may have been executed nevertheless.
    """
    return client.send(
        call(
            order_id=order_id,
            transaction_id=transaction_id,
        )
    )


async def asyncio_detailed(
    order_id: str,
    transaction_id: str,
    *,
    client: Client,
) -> Response[ErrorResponse | TransactionResponse | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            order_id=order_id,
            transaction_id=transaction_id,
        )
    )
