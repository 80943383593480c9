# Generated from specs/pace-fueling.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
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
    gas_station_id: str,
    transaction_id: str,
) -> Call[ErrorDocument | None]:
    """Cancel an authorised transaction

    Two regimes share this operation. A pre-authorised transaction can be cancelled until the
    user starts fuelling, after that the answer is 403. An unattended payment can be cancelled
    until it is captured, after that the answer is 404: the payment went through.

    There is no request body and no amount: the payment is cancelled whole. PACE's SDKs call
    this operation `CancelPreAuth`.

    No source says what a repeat does; a client reads before it repeats. Nor does any say what a
    repeat after a success answers. A 404 therefore never proves that the transaction was
    cancelled, and after a lost answer a 403 proves as little. Then 204 is proof, and what PACE
    Pay's `getTransaction` says of the same transaction: 200 that it was captured, 410 that it
    was cancelled; 404 proves nothing there either.

    Args:
        gas_station_id (str):
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
        path="/gas-stations/{gas_station_id}/transactions/{transaction_id}".format(
            gas_station_id=path_segment("gasStationId", gas_station_id),
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
    if status == 401:
        response_401 = ErrorDocument.from_dict({**data})

        return response_401
    if status == 403:
        response_403 = ErrorDocument.from_dict({**data})

        return response_403
    if status == 404:
        response_404 = ErrorDocument.from_dict({**data})

        return response_404
    if status == 500:
        response_500 = ErrorDocument.from_dict({**data})

        return response_500
    if status == 502:
        response_502 = ErrorDocument.from_dict({**data})

        return response_502
    return None


def sync_detailed(
    gas_station_id: str,
    transaction_id: str,
    *,
    client: Client,
) -> Response[ErrorDocument | None]:
    """Cancel an authorised transaction

    Two regimes share this operation. A pre-authorised transaction can be cancelled until the
    user starts fuelling, after that the answer is 403. An unattended payment can be cancelled
    until it is captured, after that the answer is 404: the payment went through.

    There is no request body and no amount: the payment is cancelled whole. PACE's SDKs call
    this operation `CancelPreAuth`.

    No source says what a repeat does; a client reads before it repeats. Nor does any say what a
    repeat after a success answers. A 404 therefore never proves that the transaction was
    cancelled, and after a lost answer a 403 proves as little. Then 204 is proof, and what PACE
    Pay's `getTransaction` says of the same transaction: 200 that it was captured, 410 that it
    was cancelled; 404 proves nothing there either.

    Args:
        gas_station_id (str):
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
            gas_station_id=gas_station_id,
            transaction_id=transaction_id,
        )
    )


async def asyncio_detailed(
    gas_station_id: str,
    transaction_id: str,
    *,
    client: Client,
) -> Response[ErrorDocument | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            gas_station_id=gas_station_id,
            transaction_id=transaction_id,
        )
    )
