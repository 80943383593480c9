# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.connector_metadata import ConnectorMetadata
    from ..models.merchant_setting import MerchantSetting


T = TypeVar("T", bound="CancelPaymentRequest")


@_attrs_define
class CancelPaymentRequest:
    """Which payment to cancel.

    Attributes:
        payment_id (str): VTEX's id of the payment.
        request_id (str): Identifies this request, so that it can be sent many times and be carried out once.
        authorization_id (str | Unset): The authorisation's id, in case the payment was authorised before.
        sandbox_mode (bool | str | Unset): Whether the request comes from a sandbox.
        tid (str | Unset): The provider's id of the transaction.
        transaction_id (str | Unset): VTEX's id of the transaction that the payment belongs to.
        value (int | Unset): The amount in cents, in VTEX's schema since October 2025. No source says what an amount
            does that is smaller than the payment.
        nsu (str | Unset): The acquirer's sequence number of the payment.
        merchant_settings (list[MerchantSetting] | Unset): What the merchant configured for this provider.
        connector_metadata (list[ConnectorMetadata] | Unset): What the provider asked VTEX to keep for it.
    """

    payment_id: str
    request_id: str
    authorization_id: str | Unset = UNSET
    sandbox_mode: bool | str | Unset = UNSET
    tid: str | Unset = UNSET
    transaction_id: str | Unset = UNSET
    value: int | Unset = UNSET
    nsu: str | Unset = UNSET
    merchant_settings: list[MerchantSetting] | Unset = UNSET
    connector_metadata: list[ConnectorMetadata] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        payment_id = self.payment_id

        request_id = self.request_id

        authorization_id = self.authorization_id

        sandbox_mode: bool | str | Unset
        if isinstance(self.sandbox_mode, Unset):
            sandbox_mode = UNSET
        else:
            sandbox_mode = self.sandbox_mode

        tid = self.tid

        transaction_id = self.transaction_id

        value = self.value

        nsu = self.nsu

        merchant_settings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.merchant_settings, Unset):
            merchant_settings = []
            for merchant_settings_item_data in self.merchant_settings:
                merchant_settings_item = merchant_settings_item_data.to_dict()
                merchant_settings.append(merchant_settings_item)

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
                "requestId": request_id,
            }
        )
        if authorization_id is not UNSET:
            field_dict["authorizationId"] = authorization_id
        if sandbox_mode is not UNSET:
            field_dict["sandboxMode"] = sandbox_mode
        if tid is not UNSET:
            field_dict["tid"] = tid
        if transaction_id is not UNSET:
            field_dict["transactionId"] = transaction_id
        if value is not UNSET:
            field_dict["value"] = value
        if nsu is not UNSET:
            field_dict["nsu"] = nsu
        if merchant_settings is not UNSET:
            field_dict["merchantSettings"] = merchant_settings
        if connector_metadata is not UNSET:
            field_dict["connectorMetadata"] = connector_metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.connector_metadata import ConnectorMetadata  # noqa: PLC0415
        from ..models.merchant_setting import MerchantSetting  # noqa: PLC0415

        d = dict(src_dict)
        payment_id = d.pop("paymentId")

        request_id = d.pop("requestId")

        authorization_id = d.pop("authorizationId", UNSET)

        def _parse_sandbox_mode(data: object) -> bool | str | Unset:
            if isinstance(data, Unset):
                return data
            if data is None:
                return UNSET
            return cast(bool | str | Unset, data)

        sandbox_mode = _parse_sandbox_mode(d.pop("sandboxMode", UNSET))

        tid = d.pop("tid", UNSET)

        transaction_id = d.pop("transactionId", UNSET)

        value = d.pop("value", UNSET)

        nsu = d.pop("nsu", UNSET)

        _merchant_settings = d.pop("merchantSettings", UNSET)
        merchant_settings: list[MerchantSetting] | Unset = UNSET
        if _merchant_settings is not None and not isinstance(_merchant_settings, Unset):
            merchant_settings = []
            for merchant_settings_item_data in _merchant_settings:
                merchant_settings_item = MerchantSetting.from_dict({**merchant_settings_item_data})

                merchant_settings.append(merchant_settings_item)

        _connector_metadata = d.pop("connectorMetadata", UNSET)
        connector_metadata: list[ConnectorMetadata] | Unset = UNSET
        if _connector_metadata is not None and not isinstance(_connector_metadata, Unset):
            connector_metadata = []
            for connector_metadata_item_data in _connector_metadata:
                connector_metadata_item = ConnectorMetadata.from_dict({**connector_metadata_item_data})

                connector_metadata.append(connector_metadata_item)

        cancel_payment_request = cls(
            payment_id=payment_id,
            request_id=request_id,
            authorization_id=authorization_id,
            sandbox_mode=sandbox_mode,
            tid=tid,
            transaction_id=transaction_id,
            value=value,
            nsu=nsu,
            merchant_settings=merchant_settings,
            connector_metadata=connector_metadata,
        )

        cancel_payment_request.additional_properties = d
        return cancel_payment_request

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
