# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.returned_metadata import ReturnedMetadata


T = TypeVar("T", bound="CancelPaymentResponse")


@_attrs_define
class CancelPaymentResponse:
    """The provider's verdict on the cancel.

    Attributes:
        payment_id (str): The `paymentId` of the request.
        cancellation_id (None | str): The provider's id of the cancel; null if the operation failed.
        request_id (str): The `requestId` of the request.
        status (str | Unset): Deprecated; a provider should not send it.
        message (None | str | Unset): The provider's own words, to be logged.
        code (None | str | Unset): The provider's own code, to be logged. `cancel-manually` says that the provider does
            not
            support the cancel, and has VTEX notify the merchant.
        connector_metadata (list[ReturnedMetadata] | Unset): What the provider asks VTEX to keep for it.
    """

    payment_id: str
    cancellation_id: None | str
    request_id: str
    status: str | Unset = UNSET
    message: None | str | Unset = UNSET
    code: None | str | Unset = UNSET
    connector_metadata: list[ReturnedMetadata] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        payment_id = self.payment_id

        cancellation_id: None | str
        cancellation_id = self.cancellation_id

        request_id = self.request_id

        status = self.status

        message: None | str | Unset
        if isinstance(self.message, Unset):
            message = UNSET
        else:
            message = self.message

        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        connector_metadata: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.connector_metadata, Unset):
            connector_metadata = []
            for connector_metadata_item_data in self.connector_metadata:
                connector_metadata_item = connector_metadata_item_data.to_dict()
                connector_metadata.append(connector_metadata_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "paymentId": payment_id,
                "cancellationId": cancellation_id,
                "requestId": request_id,
            }
        )
        if status is not UNSET:
            field_dict["status"] = status
        if message is not UNSET:
            field_dict["message"] = message
        if code is not UNSET:
            field_dict["code"] = code
        if connector_metadata is not UNSET:
            field_dict["connectorMetadata"] = connector_metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.returned_metadata import ReturnedMetadata  # noqa: PLC0415

        d = dict(src_dict)
        payment_id = d.pop("paymentId")

        def _parse_cancellation_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        cancellation_id = _parse_cancellation_id(d.pop("cancellationId"))

        request_id = d.pop("requestId")

        status = d.pop("status", UNSET)

        def _parse_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        message = _parse_message(d.pop("message", UNSET))

        def _parse_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        _connector_metadata = d.pop("connectorMetadata", UNSET)
        connector_metadata: list[ReturnedMetadata] | Unset = UNSET
        if _connector_metadata is not None and not isinstance(_connector_metadata, Unset):
            connector_metadata = []
            for connector_metadata_item_data in _connector_metadata:
                connector_metadata_item = ReturnedMetadata.from_dict({**connector_metadata_item_data})

                connector_metadata.append(connector_metadata_item)

        cancel_payment_response = cls(
            payment_id=payment_id,
            cancellation_id=cancellation_id,
            request_id=request_id,
            status=status,
            message=message,
            code=code,
            connector_metadata=connector_metadata,
        )

        cancel_payment_response.additional_properties = d
        return cancel_payment_response

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
