# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import json_body, path_segment
from ....operation import Call
from ...models.cancel_request import CancelRequest
from ...operations import CANCEL_TRANSACTION
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...client import Client
    from ...models.error_response import ErrorResponse
    from ...models.transaction_response import TransactionResponse


def call(
    order_id: str,
    transaction_id: str,
    *,
    body: CancelRequest | Unset = UNSET,
) -> Call[ErrorResponse | TransactionResponse | None]:
    """Cancel a transaction

    Cancels a transaction of an order: a transaction that is not captured yet is voided, a
    captured one is refunded by `refundAmount`, or in full where no amount is given. A void, a
    capture and a refund can each be sent once, says the description of the actions. What a
    second identical request does is not documented.

    Args:
        order_id (str):
        transaction_id (str):

    Returns:
        The request, ready to be sent by any executor, and the function that reads its reply.

    Raises:
        ValueError: a path parameter is empty, `.` or `..`, or a value cannot be encoded.
        TypeError: the body is of none of the documented types.
    """
    headers = [("Accept", CANCEL_TRANSACTION.accept)]

    content: bytes | None = None
    if isinstance(body, CancelRequest):
        content = json_body(body.to_dict())
        headers.append(("Content-Type", "application/json"))
    elif not isinstance(body, Unset):
        raise TypeError(f"body must be of a documented type, not {type(body).__name__}")
    return Call(
        operation=CANCEL_TRANSACTION,
        path="/orders/{order_id}/transactions/{transaction_id}/_cancel".format(
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
    if status == 202:
        response_202 = TransactionResponse.from_dict({**data})

        return response_202
    if status == 401:
        response_401 = ErrorResponse.from_dict({**data})

        return response_401
    if status == 403:
        response_403 = ErrorResponse.from_dict({**data})

        return response_403
    if status == 404:
        response_404 = ErrorResponse.from_dict({**data})

        return response_404
    if status == 422:
        response_422 = ErrorResponse.from_dict({**data})

        return response_422
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
    body: CancelRequest | Unset = UNSET,
) -> Response[ErrorResponse | TransactionResponse | None]:
    """Cancel a transaction

    Cancels a transaction of an order: a transaction that is not captured yet is voided, a
    captured one is refunded by `refundAmount`, or in full where no amount is given. A void, a
    capture and a refund can each be sent once, says the description of the actions. What a
    second identical request does is not documented.

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
            body=body,
        )
    )


async def asyncio_detailed(
    order_id: str,
    transaction_id: str,
    *,
    client: Client,
    body: CancelRequest | Unset = UNSET,
) -> Response[ErrorResponse | TransactionResponse | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            order_id=order_id,
            transaction_id=transaction_id,
            body=body,
        )
    )
