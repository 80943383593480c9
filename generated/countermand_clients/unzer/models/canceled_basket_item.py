# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CanceledBasketItem")


@_attrs_define
class CanceledBasketItem:
    """An item that was cancelled, or a part of it.

    Attributes:
        participant_id (str | Unset): The participant of the marketplace who sold it.
        basket_item_reference_id (str | Unset): The item's reference in the basket.
        quantity (int | Unset): How many were cancelled.
        amount_gross (Any | Unset): The amount with tax; text or a number, as no source shows an answer.
    """

    participant_id: str | Unset = UNSET
    basket_item_reference_id: str | Unset = UNSET
    quantity: int | Unset = UNSET
    amount_gross: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        participant_id = self.participant_id

        basket_item_reference_id = self.basket_item_reference_id

        quantity = self.quantity

        amount_gross = self.amount_gross

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if participant_id is not UNSET:
            field_dict["participantId"] = participant_id
        if basket_item_reference_id is not UNSET:
            field_dict["basketItemReferenceId"] = basket_item_reference_id
        if quantity is not UNSET:
            field_dict["quantity"] = quantity
        if amount_gross is not UNSET:
            field_dict["amountGross"] = amount_gross

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        participant_id = d.pop("participantId", UNSET)

        basket_item_reference_id = d.pop("basketItemReferenceId", UNSET)

        quantity = d.pop("quantity", UNSET)

        amount_gross = d.pop("amountGross", UNSET)

        canceled_basket_item = cls(
            participant_id=participant_id,
            basket_item_reference_id=basket_item_reference_id,
            quantity=quantity,
            amount_gross=amount_gross,
        )

        canceled_basket_item.additional_properties = d
        return canceled_basket_item

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
