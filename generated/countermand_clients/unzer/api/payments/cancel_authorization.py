# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import form_body, json_body, path_segment
from ....operation import Call
from ...models.cancellation import Cancellation
from ...models.cancellation_form import CancellationForm
from ...models.cancellation_request import CancellationRequest
from ...operations import CANCEL_AUTHORIZATION
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...client import Client
    from ...models.error_response import ErrorResponse


def call(
    payment_id: str,
    authorization_id: str,
    *,
    body: CancellationRequest | CancellationForm | Unset = UNSET,
    accept_language: str | Unset = UNSET,
) -> Call[Cancellation | ErrorResponse | None]:
    """Cancel one authorization

    Releases the money that this authorization reserved. Given an amount, only that part is
    released; without one, all that is left. The payment's total shrinks by what was released.
    An identical second request releases money a second time.

    An answer with `isSuccess` says that the cancel was carried out. Unzer's page adds that a
    cancel is never pending; where `isPending` says otherwise, nothing is decided yet. No source
    says when the customer can use the money again.

    What was charged is not released by a cancel of the authorization; a charge is refunded
    under other addresses.

    Args:
        payment_id (str):
        authorization_id (str):
        accept_language (str | Unset):

    Returns:
        The request, ready to be sent by any executor, and the function that reads its reply.

    Raises:
        ValueError: a path parameter is empty, `.` or `..`, or a value cannot be encoded.
        TypeError: the body is of none of the documented types.
    """
    headers = [("Accept", CANCEL_AUTHORIZATION.accept)]
    if not isinstance(accept_language, Unset):
        headers.append(("Accept-Language", str(accept_language)))

    content: bytes | None = None
    if isinstance(body, CancellationRequest):
        content = json_body(body.to_dict())
        headers.append(("Content-Type", "application/json"))
    elif isinstance(body, CancellationForm):
        content = form_body(body.to_dict()) or None
        if content:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    elif not isinstance(body, Unset):
        raise TypeError(f"body must be of a documented type, not {type(body).__name__}")
    return Call(
        operation=CANCEL_AUTHORIZATION,
        path="/payments/{payment_id}/authorize/{authorization_id}/cancels".format(
            payment_id=path_segment("paymentId", payment_id),
            authorization_id=path_segment("authorizationId", authorization_id),
        ),
        query="",
        headers=tuple(headers),
        content=content,
        parse=parse,
    )


def parse(status: int, body: object) -> Cancellation | ErrorResponse | None:
    """Read the decoded JSON body of a reply.

    Returns:
        The typed body; None for a status that is documented without a body, or not documented.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the body does not have the documented form.
    """
    from ...models.error_response import ErrorResponse  # noqa: PLC0415

    data: Any = body
    if status == 200:

        def _parse_response_200(data: object) -> Cancellation | ErrorResponse:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_cancellation_result_type_0 = ErrorResponse.from_dict({**data})

                return componentsschemas_cancellation_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_cancellation_result_type_1 = Cancellation.from_dict({**data})

            return componentsschemas_cancellation_result_type_1

        response_200 = _parse_response_200(data)

        return response_200
    if status == 201:

        def _parse_response_201(data: object) -> Cancellation | ErrorResponse:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_cancellation_result_type_0 = ErrorResponse.from_dict({**data})

                return componentsschemas_cancellation_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_cancellation_result_type_1 = Cancellation.from_dict({**data})

            return componentsschemas_cancellation_result_type_1

        response_201 = _parse_response_201(data)

        return response_201
    if status == 400:
        response_400 = ErrorResponse.from_dict({**data})

        return response_400
    if status == 401:
        response_401 = ErrorResponse.from_dict({**data})

        return response_401
    if status == 403:
        response_403 = ErrorResponse.from_dict({**data})

        return response_403
    if status == 404:
        response_404 = ErrorResponse.from_dict({**data})

        return response_404
    if status == 405:
        response_405 = ErrorResponse.from_dict({**data})

        return response_405
    if status == 415:
        response_415 = ErrorResponse.from_dict({**data})

        return response_415
    if status == 500:
        response_500 = ErrorResponse.from_dict({**data})

        return response_500
    return None


def sync_detailed(
    payment_id: str,
    authorization_id: str,
    *,
    client: Client,
    body: CancellationRequest | CancellationForm | Unset = UNSET,
    accept_language: str | Unset = UNSET,
) -> Response[Cancellation | ErrorResponse | None]:
    """Cancel one authorization

    Releases the money that this authorization reserved. Given an amount, only that part is
    released; without one, all that is left. The payment's total shrinks by what was released.
    An identical second request releases money a second time.

    An answer with `isSuccess` says that the cancel was carried out. Unzer's page adds that a
    cancel is never pending; where `isPending` says otherwise, nothing is decided yet. No source
    says when the customer can use the money again.

    What was charged is not released by a cancel of the authorization; a charge is refunded
    under other addresses.

    Args:
        payment_id (str):
        authorization_id (str):
        accept_language (str | Unset):

    Returns:
        The reply with its status, and the typed body where there is one.

    Raises:
        errors.ResponseParseError: a reply came, but its body broke off or is not the documented one.
        errors.UnexpectedStatus: the status is not documented and Client.raise_on_unexpected_status is set.
        httpx.HTTPError: no reply came. The request may have been executed nevertheless.
    """
    return client.send(
        call(
            payment_id=payment_id,
            authorization_id=authorization_id,
            body=body,
            accept_language=accept_language,
        )
    )


async def asyncio_detailed(
    payment_id: str,
    authorization_id: str,
    *,
    client: Client,
    body: CancellationRequest | CancellationForm | Unset = UNSET,
    accept_language: str | Unset = UNSET,
) -> Response[Cancellation | ErrorResponse | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            payment_id=payment_id,
            authorization_id=authorization_id,
            body=body,
            accept_language=accept_language,
        )
    )
