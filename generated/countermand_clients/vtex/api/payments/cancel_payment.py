# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....encoding import json_body, path_segment
from ....operation import Call
from ...models.cancel_payment_request import CancelPaymentRequest
from ...operations import CANCEL_PAYMENT
from ...types import Response

if TYPE_CHECKING:
    from ...client import Client
    from ...models.cancel_payment_failure import CancelPaymentFailure
    from ...models.cancel_payment_response import CancelPaymentResponse
    from ...models.manual_cancellation_response import ManualCancellationResponse
    from ...models.refusal_response import RefusalResponse


def call(
    payment_id: str,
    *,
    body: CancelPaymentRequest,
) -> Call[CancelPaymentFailure | CancelPaymentResponse | ManualCancellationResponse | RefusalResponse | None]:
    """Cancel a payment

    Cancels a payment that was not yet approved; newer text says not yet approved or settled.
    The `requestId` makes the request idempotent: the provider stores its answer and gives the
    same one to every repeat. The id in the path and the one in the body must agree.

    Args:
        payment_id (str):

    Returns:
        The request, ready to be sent by any executor, and the function that reads its reply.

    Raises:
        ValueError: a path parameter is empty, `.` or `..`, or a value cannot be encoded.
        TypeError: the body is of none of the documented types.
    """
    headers = [("Accept", CANCEL_PAYMENT.accept)]

    content: bytes | None = None
    if isinstance(body, CancelPaymentRequest):
        content = json_body(body.to_dict())
        headers.append(("Content-Type", "application/json"))
    else:
        raise TypeError(f"body must be of a documented type, not {type(body).__name__}")
    return Call(
        operation=CANCEL_PAYMENT,
        path="/payments/{payment_id}/cancellations".format(
            payment_id=path_segment("paymentId", payment_id),
        ),
        query="",
        headers=tuple(headers),
        content=content,
        parse=parse,
    )


def parse(
    status: int, body: object
) -> CancelPaymentFailure | CancelPaymentResponse | ManualCancellationResponse | RefusalResponse | None:
    """Read the decoded JSON body of a reply.

    Returns:
        The typed body; None for a status that is documented without a body, or not documented.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the body does not have the documented form.
    """
    from ...models.cancel_payment_failure import CancelPaymentFailure  # noqa: PLC0415
    from ...models.cancel_payment_response import CancelPaymentResponse  # noqa: PLC0415
    from ...models.manual_cancellation_response import ManualCancellationResponse  # noqa: PLC0415
    from ...models.refusal_response import RefusalResponse  # noqa: PLC0415

    data: Any = body
    if status == 200:
        response_200 = CancelPaymentResponse.from_dict({**data})

        return response_200
    if status == 400:
        response_400 = RefusalResponse.from_dict({**data})

        return response_400
    if status == 401:
        response_401 = RefusalResponse.from_dict({**data})

        return response_401
    if status == 500:
        response_500 = CancelPaymentFailure.from_dict({**data})

        return response_500
    if status == 501:
        response_501 = ManualCancellationResponse.from_dict({**data})

        return response_501
    return None


def sync_detailed(
    payment_id: str,
    *,
    client: Client,
    body: CancelPaymentRequest,
) -> Response[CancelPaymentFailure | CancelPaymentResponse | ManualCancellationResponse | RefusalResponse | None]:
    """Cancel a payment

    Cancels a payment that was not yet approved; newer text says not yet approved or settled.
    The `requestId` makes the request idempotent: the provider stores its answer and gives the
    same one to every repeat. The id in the path and the one in the body must agree.

    Args:
        payment_id (str):

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
            body=body,
        )
    )


async def asyncio_detailed(
    payment_id: str,
    *,
    client: Client,
    body: CancelPaymentRequest,
) -> Response[CancelPaymentFailure | CancelPaymentResponse | ManualCancellationResponse | RefusalResponse | None]:
    """As sync_detailed, for an asynchronous client."""
    return await client.asend(
        call(
            payment_id=payment_id,
            body=body,
        )
    )
