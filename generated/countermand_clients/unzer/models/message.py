# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Message")


@_attrs_define
class Message:
    """The result in words.

    Attributes:
        code (str | Unset): Code of the result. `COR.000.000.000` is success, `COR.000.100.112` success in test
            mode, `COR.000.200.000` pending; errors have codes of their own. An open set.
        customer (str | Unset): For the customer, in the language that `Accept-Language` asks for.
        merchant (str | Unset): For the merchant, always in English.
    """

    code: str | Unset = UNSET
    customer: str | Unset = UNSET
    merchant: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        customer = self.customer

        merchant = self.merchant

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if code is not UNSET:
            field_dict["code"] = code
        if customer is not UNSET:
            field_dict["customer"] = customer
        if merchant is not UNSET:
            field_dict["merchant"] = merchant

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code", UNSET)

        customer = d.pop("customer", UNSET)

        merchant = d.pop("merchant", UNSET)

        message = cls(
            code=code,
            customer=customer,
            merchant=merchant,
        )

        message.additional_properties = d
        return message

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
