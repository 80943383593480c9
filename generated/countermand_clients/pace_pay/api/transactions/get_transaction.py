# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import path_segment, query_string
from ....operation import Call
from ...models.update_mode import UpdateMode
from ...operations import GET_TRANSACTION
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...client import Client
    from ...models.error_document import ErrorDocument
    from ...models.transaction_document import TransactionDocument


def call(
    transaction_id: str,
    *,
    update: UpdateMode | Unset = UNSET,
) -> Call[ErrorDocument | TransactionDocument | None]:
    """Get a completed transaction

    Only completed transactions are returned, so 200 means captured, hence not cancelled. PACE's
    sources disagree about the rest: the prose says that a cancelled transaction answers 404,
    the operation also declares 410, and PACE's sample applications read 410 as cancelled and
    404 as "not complete yet, ask again". Take 410 as cancelled and 404 as proof of nothing.

    Args:
        transaction_id (str):
        update (UpdateMode | Unset): How the answer of a read is held back; `longPolling` waits
            until there is something new.

    Returns:
        The request, ready to be sent by any executor, and the function that reads its reply.

    Raises:
        ValueError: a path parameter is empty, `.` or `..`, or a value cannot be encoded.
        TypeError: the body is of none of the documented types.
    """
    headers = [("Accept", GET_TRANSACTION.accept)]
    params: dict[str, Any] = {}

    json_update: str | Unset = UNSET
    if not isinstance(update, Unset):
        json_update = update.value

    params["update"] = json_update

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    content: bytes | None = None
    return Call(
        operation=GET_TRANSACTION,
        path="/transactions/{transaction_id}".format(
            transaction_id=path_segment("transactionId", transaction_id),
        ),
        query=query_string(params),
        headers=tuple(headers),
        content=content,
        parse=parse,
    )


def parse(status: int, body: object) -> ErrorDocument | TransactionDocument | None:
    """Read the decoded JSON body of a reply.

    Returns:
        The typed body; None for a status that is documented without a body, or not documented.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the body does not have the documented form.
    """
    from ...models.error_document import ErrorDocument  # noqa: PLC0415
    from ...models.transaction_document import TransactionDocument  # noqa: PLC0415

    data: Any = body
    if status == 200:
        response_200 = TransactionDocument.from_dict({**data})

        return response_200
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
    if status == 410:
        response_410 = ErrorDocument.from_dict({**data})

        return response_410
    if status == 500:
        response_500 = ErrorDocument.from_dict({**data})

        return response_500
    return None


def sync_detailed(
    transaction_id: str,
    *,
    client: Client,
    update: UpdateMode | Unset = UNSET,
) -> Response[ErrorDocument | TransactionDocument | None]:
    """Get a completed transaction

    Only completed transactions are returned, so 200 means captured, hence not cancelled. PACE's
    sources disagree about the rest: the prose says that a cancelled transaction answers 404,
    the operation also declares 410, and PACE's sample applications read 410 as cancelled and
    404 as "not complete yet, ask again". Take 410 as cancelled and 404 as proof of nothing.

    Args:
        transaction_id (str):
        update (UpdateMode | Unset): How the answer of a read is held back; `longPolling` waits
            until there is something new.

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
            update=update,
        )
    )


async def asyncio_detailed(
    transaction_id: str,
    *,
    client: Client,
    update: UpdateMode | Unset = UNSET,
) -> Response[ErrorDocument | TransactionDocument | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            transaction_id=transaction_id,
            update=update,
        )
    )
