# Generated from specs/vtex.yaml by datamodel-code-generator 0.89.0. Do not edit; run: nox -s generate

from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, BaseModel, Field, StrictBool, StrictStr

from .numbers import Integer


class MerchantSetting(BaseModel):
    """
    One configured value.
    """

    name: Annotated[StrictStr | MISSING, Field(description="The setting's name.")] = MISSING
    value: Annotated[StrictStr | MISSING, Field(description="The setting's value.")] = MISSING


class ConnectorMetadata(BaseModel):
    """
    One value that VTEX keeps for the provider.
    """

    name: Annotated[StrictStr | MISSING, Field(description="The value's name.", max_length=20)] = (
        MISSING
    )
    value: Annotated[StrictStr | MISSING, Field(description="The value.", max_length=200)] = MISSING


class ReturnedMetadata(BaseModel):
    """
    One value that the provider asks VTEX to keep.
    """

    name: Annotated[StrictStr | MISSING, Field(description="The value's name.", max_length=20)] = (
        MISSING
    )
    value: Annotated[StrictStr | MISSING, Field(description="The value.", max_length=200)] = MISSING


class CancelPaymentResponse(BaseModel):
    """
    The provider's verdict on the cancel.
    """

    payment_id: Annotated[
        StrictStr, Field(alias="paymentId", description="The `paymentId` of the request.")
    ]
    status: Annotated[
        StrictStr | MISSING,
        Field(deprecated=True, description="Deprecated; a provider should not send it."),
    ] = MISSING
    message: Annotated[
        StrictStr | None | MISSING, Field(description="The provider's own words, to be logged.")
    ] = MISSING
    code: Annotated[
        StrictStr | None | MISSING,
        Field(
            description="The provider's own code, to be logged. `cancel-manually` says that the provider does not\nsupport the cancel, and has VTEX notify the merchant.\n"
        ),
    ] = MISSING
    cancellation_id: Annotated[
        StrictStr | None,
        Field(
            alias="cancellationId",
            description="The provider's id of the cancel; null if the operation failed.",
        ),
    ]
    request_id: Annotated[
        StrictStr, Field(alias="requestId", description="The `requestId` of the request.")
    ]
    connector_metadata: Annotated[
        list[ReturnedMetadata] | MISSING,
        Field(alias="connectorMetadata", description="What the provider asks VTEX to keep for it."),
    ] = MISSING


class CancelPaymentFailure(BaseModel):
    """
    The provider's answer to a cancel that failed.
    """

    payment_id: Annotated[
        StrictStr, Field(alias="paymentId", description="The `paymentId` of the request.")
    ]
    status: Annotated[
        StrictStr | MISSING,
        Field(deprecated=True, description="Deprecated; a provider should not send it."),
    ] = MISSING
    message: Annotated[
        StrictStr | None | MISSING, Field(description="Why it failed, to be logged.")
    ] = MISSING
    code: Annotated[
        StrictStr | None | MISSING,
        Field(description="The provider's own code of the failure, to be logged."),
    ] = MISSING
    cancellation_id: Annotated[
        StrictStr | None,
        Field(alias="cancellationId", description="Null, as nothing was cancelled."),
    ]
    request_id: Annotated[
        StrictStr, Field(alias="requestId", description="The `requestId` of the request.")
    ]
    connector_metadata: Annotated[
        list[ReturnedMetadata] | MISSING,
        Field(alias="connectorMetadata", description="What the provider asks VTEX to keep for it."),
    ] = MISSING


class ManualCancellationResponse(BaseModel):
    """
    The answer of a provider that does not support the cancel.
    """

    payment_id: Annotated[
        StrictStr, Field(alias="paymentId", description="The `paymentId` of the request.")
    ]
    status: Annotated[
        StrictStr | MISSING,
        Field(deprecated=True, description="Deprecated; a provider should not send it."),
    ] = MISSING
    message: Annotated[
        StrictStr | None | MISSING, Field(description="Why it failed, to be logged.")
    ] = MISSING
    code: Annotated[
        StrictStr | None | MISSING,
        Field(description="The provider's own code of the failure, to be logged."),
    ] = MISSING
    cancellation_id: Annotated[
        StrictStr | None,
        Field(alias="cancellationId", description="Null, as nothing was cancelled."),
    ]
    request_id: Annotated[
        StrictStr, Field(alias="requestId", description="The `requestId` of the request.")
    ]
    connector_metadata: Annotated[
        list[ReturnedMetadata] | MISSING,
        Field(alias="connectorMetadata", description="What the provider asks VTEX to keep for it."),
    ] = MISSING


class RefusalResponse(BaseModel):
    """
    Why the provider refused the request. The protocol says nothing about it; these are the
    members that its other bodies use. Only a refusal that repeats both ids of the request shows
    that the provider wrote it, and no gateway in front of it.

    """

    payment_id: Annotated[
        StrictStr | MISSING, Field(alias="paymentId", description="The `paymentId` of the request.")
    ] = MISSING
    request_id: Annotated[
        StrictStr | MISSING, Field(alias="requestId", description="The `requestId` of the request.")
    ] = MISSING
    cancellation_id: Annotated[
        StrictStr | None | MISSING,
        Field(alias="cancellationId", description="Null, as nothing was cancelled."),
    ] = MISSING
    message: Annotated[StrictStr | None | MISSING, Field(description="The refusal in words.")] = (
        MISSING
    )
    code: Annotated[
        StrictStr | None | MISSING, Field(description="The provider's own code of the refusal.")
    ] = MISSING


class CancelPaymentRequest(BaseModel):
    """
    Which payment to cancel.
    """

    payment_id: Annotated[
        StrictStr, Field(alias="paymentId", description="VTEX's id of the payment.", min_length=1)
    ]
    request_id: Annotated[
        StrictStr,
        Field(
            alias="requestId",
            description="Identifies this request, so that it can be sent many times and be carried out once.\n",
            min_length=1,
        ),
    ]
    authorization_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="authorizationId",
            description="The authorisation's id, in case the payment was authorised before.",
        ),
    ] = MISSING
    sandbox_mode: Annotated[
        StrictBool | StrictStr | MISSING,
        Field(alias="sandboxMode", description="Whether the request comes from a sandbox."),
    ] = MISSING
    tid: Annotated[
        StrictStr | MISSING, Field(description="The provider's id of the transaction.")
    ] = MISSING
    transaction_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="transactionId",
            description="VTEX's id of the transaction that the payment belongs to.",
        ),
    ] = MISSING
    value: Annotated[
        Integer | MISSING,
        Field(
            description="The amount in cents, in VTEX's schema since October 2025. No source says what an amount\ndoes that is smaller than the payment.\n",
            ge=0,
        ),
    ] = MISSING
    nsu: Annotated[
        StrictStr | MISSING, Field(description="The acquirer's sequence number of the payment.")
    ] = MISSING
    merchant_settings: Annotated[
        list[MerchantSetting] | MISSING,
        Field(
            alias="merchantSettings", description="What the merchant configured for this provider."
        ),
    ] = MISSING
    connector_metadata: Annotated[
        list[ConnectorMetadata] | MISSING,
        Field(
            alias="connectorMetadata", description="What the provider asked VTEX to keep for it."
        ),
    ] = MISSING
