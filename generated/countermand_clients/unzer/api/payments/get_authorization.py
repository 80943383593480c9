# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import path_segment
from ....operation import Call
from ...operations import GET_AUTHORIZATION
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...client import Client
    from ...models.authorization import Authorization
    from ...models.error_response import ErrorResponse


def call(
    payment_id: str,
    authorization_id: str,
    *,
    accept_language: str | Unset = UNSET,
) -> Call[Authorization | ErrorResponse | None]:
    """Get an authorization

    The authorization with its current amount; a partial cancel lowers that.

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
    headers = [("Accept", GET_AUTHORIZATION.accept)]
    if not isinstance(accept_language, Unset):
        headers.append(("Accept-Language", str(accept_language)))

    content: bytes | None = None
    return Call(
        operation=GET_AUTHORIZATION,
        path="/payments/{payment_id}/authorize/{authorization_id}".format(
            payment_id=path_segment("paymentId", payment_id),
            authorization_id=path_segment("authorizationId", authorization_id),
        ),
        query="",
        headers=tuple(headers),
        content=content,
        parse=parse,
    )


def parse(status: int, body: object) -> Authorization | ErrorResponse | None:
    """Read the decoded JSON body of a reply.

    Returns:
        The typed body; None for a status that is documented without a body, or not documented.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the body does not have the documented form.
    """
    from ...models.authorization import Authorization  # noqa: PLC0415
    from ...models.error_response import ErrorResponse  # noqa: PLC0415

    data: Any = body
    if status == 200:

        def _parse_response_200(data: object) -> Authorization | ErrorResponse:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_authorization_result_type_0 = ErrorResponse.from_dict({**data})

                return componentsschemas_authorization_result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_authorization_result_type_1 = Authorization.from_dict({**data})

            return componentsschemas_authorization_result_type_1

        response_200 = _parse_response_200(data)

        return response_200
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
    if status == 500:
        response_500 = ErrorResponse.from_dict({**data})

        return response_500
    return None


def sync_detailed(
    payment_id: str,
    authorization_id: str,
    *,
    client: Client,
    accept_language: str | Unset = UNSET,
) -> Response[Authorization | ErrorResponse | None]:
    """Get an authorization

    The authorization with its current amount; a partial cancel lowers that.

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
            accept_language=accept_language,
        )
    )


async def asyncio_detailed(
    payment_id: str,
    authorization_id: str,
    *,
    client: Client,
    accept_language: str | Unset = UNSET,
) -> Response[Authorization | ErrorResponse | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            payment_id=payment_id,
            authorization_id=authorization_id,
            accept_language=accept_language,
        )
    )
