# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_entry_status import ErrorEntryStatus


T = TypeVar("T", bound="ErrorEntry")


@_attrs_define
class ErrorEntry:
    """One thing that went wrong.

    Attributes:
        code (str | Unset): Code of the error, an open set. Of those that a cancel can meet: `API.340.100.014`
            already cancelled, `API.340.100.015` already charged back, `API.340.100.017` more than
            is left, `API.340.100.018` already charged, `API.340.000.004` cancel not allowed,
            `API.340.000.009` no answer from Unzer's core in time, `API.340.100.024` reason code
            missing, `API.340.200.130` amount missing, `API.310.100.003` payment not found,
            `API.320.200.138` order id in use, `API.320.200.145` payment of another merchant,
            `API.710.000.002` key invalid, `API.710.000.005` no permission, `API.710.000.007` wrong
            way to authenticate, `API.710.200.100` field missing, `API.500.300.999` request data
            invalid, `API.000.000.999` anything else.
        merchant_message (str | Unset): For the merchant; missing where a public key was used.
        customer_message (str | Unset): For the customer, in the language that `Accept-Language` asks for.
        status (ErrorEntryStatus | Unset): How far the failed transaction got.
    """

    code: str | Unset = UNSET
    merchant_message: str | Unset = UNSET
    customer_message: str | Unset = UNSET
    status: ErrorEntryStatus | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        merchant_message = self.merchant_message

        customer_message = self.customer_message

        status: dict[str, Any] | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if code is not UNSET:
            field_dict["code"] = code
        if merchant_message is not UNSET:
            field_dict["merchantMessage"] = merchant_message
        if customer_message is not UNSET:
            field_dict["customerMessage"] = customer_message
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_entry_status import ErrorEntryStatus  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code", UNSET)

        merchant_message = d.pop("merchantMessage", UNSET)

        customer_message = d.pop("customerMessage", UNSET)

        _status = d.pop("status", UNSET)
        status: ErrorEntryStatus | Unset
        if _status is None or isinstance(_status, Unset):
            status = UNSET
        else:
            status = ErrorEntryStatus.from_dict({**_status})

        error_entry = cls(
            code=code,
            merchant_message=merchant_message,
            customer_message=customer_message,
            status=status,
        )

        error_entry.additional_properties = d
        return error_entry

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
