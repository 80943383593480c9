# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.transaction_attributes import TransactionAttributes


T = TypeVar("T", bound="Transaction")


@_attrs_define
class Transaction:
    """A completed transaction, as a JSON:API resource.

    Attributes:
        type_ (str | Unset): The kind of resource, `transaction`.
        id (str | Unset): The transaction's id.
        attributes (TransactionAttributes | Unset): What is known about a completed transaction. PACE's SDKs list more
            members; these are the
            ones that help to recognise a payment.
    """

    type_: str | Unset = UNSET
    id: str | Unset = UNSET
    attributes: TransactionAttributes | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        id = self.id

        attributes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.attributes, Unset):
            attributes = self.attributes.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if type_ is not UNSET:
            field_dict["type"] = type_
        if id is not UNSET:
            field_dict["id"] = id
        if attributes is not UNSET:
            field_dict["attributes"] = attributes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.transaction_attributes import TransactionAttributes  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type", UNSET)

        id = d.pop("id", UNSET)

        _attributes = d.pop("attributes", UNSET)
        attributes: TransactionAttributes | Unset
        if _attributes is None or isinstance(_attributes, Unset):
            attributes = UNSET
        else:
            attributes = TransactionAttributes.from_dict({**_attributes})

        transaction = cls(
            type_=type_,
            id=id,
            attributes=attributes,
        )

        transaction.additional_properties = d
        return transaction

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
