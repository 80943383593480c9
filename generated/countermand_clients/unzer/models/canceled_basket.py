# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.canceled_basket_item import CanceledBasketItem


T = TypeVar("T", bound="CanceledBasket")


@_attrs_define
class CanceledBasket:
    """What of a marketplace's basket was cancelled.

    Attributes:
        items (list[CanceledBasketItem] | Unset): One entry per item of the basket.
    """

    items: list[CanceledBasketItem] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        items: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.items, Unset):
            items = []
            for items_item_data in self.items:
                items_item = items_item_data.to_dict()
                items.append(items_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if items is not UNSET:
            field_dict["items"] = items

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canceled_basket_item import CanceledBasketItem  # noqa: PLC0415

        d = dict(src_dict)
        _items = d.pop("items", UNSET)
        items: list[CanceledBasketItem] | Unset = UNSET
        if _items is not None and not isinstance(_items, Unset):
            items = []
            for items_item_data in _items:
                items_item = CanceledBasketItem.from_dict({**items_item_data})

                items.append(items_item)

        canceled_basket = cls(
            items=items,
        )

        canceled_basket.additional_properties = d
        return canceled_basket

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
