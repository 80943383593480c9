# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ErrorEntryStatus")


@_attrs_define
class ErrorEntryStatus:
    """How far the failed transaction got.

    Attributes:
        successful (bool | Unset): Whether it succeeded.
        processing (bool | Unset): Whether it is being processed.
        pending (bool | Unset): Whether it is not decided yet.
    """

    successful: bool | Unset = UNSET
    processing: bool | Unset = UNSET
    pending: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        successful = self.successful

        processing = self.processing

        pending = self.pending

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if successful is not UNSET:
            field_dict["successful"] = successful
        if processing is not UNSET:
            field_dict["processing"] = processing
        if pending is not UNSET:
            field_dict["pending"] = pending

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        successful = d.pop("successful", UNSET)

        processing = d.pop("processing", UNSET)

        pending = d.pop("pending", UNSET)

        error_entry_status = cls(
            successful=successful,
            processing=processing,
            pending=pending,
        )

        error_entry_status.additional_properties = d
        return error_entry_status

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
