# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PaymentAmount")


@_attrs_define
class PaymentAmount:
    """The payment's sums, in decimal form, shown with four decimals.

    Attributes:
        total (str | Unset): What the payment is about; a cancel of an authorization lowers it.
        charged (str | Unset): What was taken.
        canceled (str | Unset): What was refunded. A cancel of an authorization does not count here.
        remaining (str | Unset): What can still be charged.
    """

    total: str | Unset = UNSET
    charged: str | Unset = UNSET
    canceled: str | Unset = UNSET
    remaining: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total = self.total

        charged = self.charged

        canceled = self.canceled

        remaining = self.remaining

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if total is not UNSET:
            field_dict["total"] = total
        if charged is not UNSET:
            field_dict["charged"] = charged
        if canceled is not UNSET:
            field_dict["canceled"] = canceled
        if remaining is not UNSET:
            field_dict["remaining"] = remaining

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        total = d.pop("total", UNSET)

        charged = d.pop("charged", UNSET)

        canceled = d.pop("canceled", UNSET)

        remaining = d.pop("remaining", UNSET)

        payment_amount = cls(
            total=total,
            charged=charged,
            canceled=canceled,
            remaining=remaining,
        )

        payment_amount.additional_properties = d
        return payment_amount

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
