# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.payment_state_name import PaymentStateName
from ..types import UNSET, Unset

T = TypeVar("T", bound="PaymentState")


@_attrs_define
class PaymentState:
    """Where the payment stands.

    Attributes:
        id (int | Unset): 0 pending, 1 completed, 2 canceled, 3 partly, 4 payment review, 5 chargeback, 6 create.
        name (PaymentStateName | Unset): The state by name: `pending` not decided, `completed` done, `canceled` wholly
            cancelled,
            `partly` charged in part, `payment review` held for review, `chargeback` taken back by the
            customer's bank, `create` being created.
    """

    id: int | Unset = UNSET
    name: PaymentStateName | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name: str | Unset = UNSET
        if not isinstance(self.name, Unset):
            name = self.name.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id", UNSET)

        _name = d.pop("name", UNSET)
        name: PaymentStateName | Unset
        if _name is None or isinstance(_name, Unset):
            name = UNSET
        else:
            name = PaymentStateName(_name)

        payment_state = cls(
            id=id,
            name=name,
        )

        payment_state.additional_properties = d
        return payment_state

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
