# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Processing")


@_attrs_define
class Processing:
    """How the transaction was processed.

    Attributes:
        unique_id (str | Unset): Reference id of the transaction.
        short_id (str | Unset): Reference id that is easy to read.
        trace_id (str | Unset): Unzer's trace of the request, for its support. Known from SDKs only.
        iban (str | Unset): IBAN of the merchant for prepayment and invoice, of the customer for direct debit.
        bic (str | Unset): BIC of the merchant for prepayment and invoice, of the customer for direct debit.
        identification (str | Unset): The descriptor for invoice and prepayment.
        creator_id (str | Unset): The merchant's creditor id.
    """

    unique_id: str | Unset = UNSET
    short_id: str | Unset = UNSET
    trace_id: str | Unset = UNSET
    iban: str | Unset = UNSET
    bic: str | Unset = UNSET
    identification: str | Unset = UNSET
    creator_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        unique_id = self.unique_id

        short_id = self.short_id

        trace_id = self.trace_id

        iban = self.iban

        bic = self.bic

        identification = self.identification

        creator_id = self.creator_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if unique_id is not UNSET:
            field_dict["uniqueId"] = unique_id
        if short_id is not UNSET:
            field_dict["shortId"] = short_id
        if trace_id is not UNSET:
            field_dict["traceId"] = trace_id
        if iban is not UNSET:
            field_dict["iban"] = iban
        if bic is not UNSET:
            field_dict["bic"] = bic
        if identification is not UNSET:
            field_dict["identification"] = identification
        if creator_id is not UNSET:
            field_dict["creatorId"] = creator_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        unique_id = d.pop("uniqueId", UNSET)

        short_id = d.pop("shortId", UNSET)

        trace_id = d.pop("traceId", UNSET)

        iban = d.pop("iban", UNSET)

        bic = d.pop("bic", UNSET)

        identification = d.pop("identification", UNSET)

        creator_id = d.pop("creatorId", UNSET)

        processing = cls(
            unique_id=unique_id,
            short_id=short_id,
            trace_id=trace_id,
            iban=iban,
            bic=bic,
            identification=identification,
            creator_id=creator_id,
        )

        processing.additional_properties = d
        return processing

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
