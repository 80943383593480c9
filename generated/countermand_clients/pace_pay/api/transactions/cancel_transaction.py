# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import path_segment
from ....operation import Call
from ...operations import CANCEL_TRANSACTION
from ...types import Response

if TYPE_CHECKING:
    from ...client import Client
    from ...models.error_document import ErrorDocument


def call(
    transaction_id: str,
) -> Call[ErrorDocument | None]:
    """Cancel a pre-authorised payment

    Cancels the transaction and revokes its payment token. Allowed only while the transaction
    is open, that is, while the token has not been used; otherwise 403. Repeating the request
    after a successful cancel gives 204 again. There is no request body: no amount, as the
    payment is cancelled whole, and nothing a caller could mark the cancel with. PACE calls this
    operation `CancelPreAuthPayment`.

    Args:
        transaction_id (str):

    Returns:
        The request, ready to be sent by any executor, and the function that reads its reply.

    Raises:
        ValueError: a path parameter is empty, `.` or `..`, or a value cannot be encoded.
        TypeError: the body is of none of the documented types.
    """
    headers = [("Accept", CANCEL_TRANSACTION.accept)]

    content: bytes | None = None
    return Call(
        operation=CANCEL_TRANSACTION,
        path="/transactions/{transaction_id}/cancel".format(
            transaction_id=path_segment("transactionId", transaction_id),
        ),
        query="",
        headers=tuple(headers),
        content=content,
        parse=parse,
    )


def parse(status: int, body: object) -> ErrorDocument | None:
    """Read the decoded JSON body of a reply.

    Returns:
        The typed body; None for a status that is documented without a body, or not documented.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the body does not have the documented form.
    """
    from ...models.error_document import ErrorDocument  # noqa: PLC0415

    data: Any = body
    if status == 400:
        response_400 = ErrorDocument.from_dict({**data})

        return response_400
    if status == 401:
        response_401 = ErrorDocument.from_dict({**data})

        return response_401
    if status == 403:
        response_403 = ErrorDocument.from_dict({**data})

        return response_403
    if status == 404:
        response_404 = ErrorDocument.from_dict({**data})

        return response_404
    if status == 406:
        response_406 = ErrorDocument.from_dict({**data})

        return response_406
    if status == 415:
        response_415 = ErrorDocument.from_dict({**data})

        return response_415
    if status == 422:
        response_422 = ErrorDocument.from_dict({**data})

        return response_422
    if status == 500:
        response_500 = ErrorDocument.from_dict({**data})

        return response_500
    if status == 502:
        response_502 = ErrorDocument.from_dict({**data})

        return response_502
    return None


def sync_detailed(
    transaction_id: str,
    *,
    client: Client,
) -> Response[ErrorDocument | None]:
    """Cancel a pre-authorised payment

    Cancels the transaction and revokes its payment token. Allowed only while the transaction
    is open, that is, while the token has not been used; otherwise 403. Repeating the request
    after a successful cancel gives 204 again. There is no request body: no amount, as the
    payment is cancelled whole, and nothing a caller could mark the cancel with. PACE calls this
    operation `CancelPreAuthPayment`.

    Args:
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
            transaction_id=transaction_id,
        )
    )


async def asyncio_detailed(
    transaction_id: str,
    *,
    client: Client,
) -> Response[ErrorDocument | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            transaction_id=transaction_id,
        )
    )
