# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_cause import ErrorCause
    from ..models.transaction_status import TransactionStatus


T = TypeVar("T", bound="ErrorResponse")


@_attrs_define
class ErrorResponse:
    """Why the request was refused. No member is promised.

    Attributes:
        message (str | Unset): The error in words.
        causes (list[ErrorCause] | Unset): What led to the error.
        status (TransactionStatus | Unset): Whether an action on the transaction succeeded, or why it failed.
    """

    message: str | Unset = UNSET
    causes: list[ErrorCause] | Unset = UNSET
    status: TransactionStatus | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        message = self.message

        causes: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.causes, Unset):
            causes = []
            for causes_item_data in self.causes:
                causes_item = causes_item_data.to_dict()
                causes.append(causes_item)

        status: dict[str, Any] | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if message is not UNSET:
            field_dict["message"] = message
        if causes is not UNSET:
            field_dict["causes"] = causes
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_cause import ErrorCause  # noqa: PLC0415
        from ..models.transaction_status import TransactionStatus  # noqa: PLC0415

        d = dict(src_dict)
        message = d.pop("message", UNSET)

        _causes = d.pop("causes", UNSET)
        causes: list[ErrorCause] | Unset = UNSET
        if _causes is not None and not isinstance(_causes, Unset):
            causes = []
            for causes_item_data in _causes:
                causes_item = ErrorCause.from_dict({**causes_item_data})

                causes.append(causes_item)

        _status = d.pop("status", UNSET)
        status: TransactionStatus | Unset
        if _status is None or isinstance(_status, Unset):
            status = UNSET
        else:
            status = TransactionStatus.from_dict({**_status})

        error_response = cls(
            message=message,
            causes=causes,
            status=status,
        )

        error_response.additional_properties = d
        return error_response

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
