# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Resources")


@_attrs_define
class Resources:
    """Ids of what the transaction belongs to; an absent one is an empty string.

    Attributes:
        customer_id (str | Unset): The customer.
        payment_id (str | Unset): The payment.
        basket_id (str | Unset): The basket.
        metadata_id (str | Unset): The metadata.
        pay_page_id (str | Unset): The pay page. Known from SDKs only.
        trace_id (str | Unset): Unzer's trace of the request, for its support. Known from SDKs only.
        type_id (str | Unset): The payment type that was used.
    """

    customer_id: str | Unset = UNSET
    payment_id: str | Unset = UNSET
    basket_id: str | Unset = UNSET
    metadata_id: str | Unset = UNSET
    pay_page_id: str | Unset = UNSET
    trace_id: str | Unset = UNSET
    type_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        customer_id = self.customer_id

        payment_id = self.payment_id

        basket_id = self.basket_id

        metadata_id = self.metadata_id

        pay_page_id = self.pay_page_id

        trace_id = self.trace_id

        type_id = self.type_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if customer_id is not UNSET:
            field_dict["customerId"] = customer_id
        if payment_id is not UNSET:
            field_dict["paymentId"] = payment_id
        if basket_id is not UNSET:
            field_dict["basketId"] = basket_id
        if metadata_id is not UNSET:
            field_dict["metadataId"] = metadata_id
        if pay_page_id is not UNSET:
            field_dict["payPageId"] = pay_page_id
        if trace_id is not UNSET:
            field_dict["traceId"] = trace_id
        if type_id is not UNSET:
            field_dict["typeId"] = type_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        customer_id = d.pop("customerId", UNSET)

        payment_id = d.pop("paymentId", UNSET)

        basket_id = d.pop("basketId", UNSET)

        metadata_id = d.pop("metadataId", UNSET)

        pay_page_id = d.pop("payPageId", UNSET)

        trace_id = d.pop("traceId", UNSET)

        type_id = d.pop("typeId", UNSET)

        resources = cls(
            customer_id=customer_id,
            payment_id=payment_id,
            basket_id=basket_id,
            metadata_id=metadata_id,
            pay_page_id=pay_page_id,
            trace_id=trace_id,
            type_id=type_id,
        )

        resources.additional_properties = d
        return resources

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
