# Generated from specs/vtex.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RefusalResponse")


@_attrs_define
class RefusalResponse:
    """Why the provider refused the request. The protocol says nothing about it; these are the
    members that its other bodies use. Only a refusal that repeats both ids of the request shows
    that the provider wrote it, and no gateway in front of it.

        Attributes:
            payment_id (str | Unset): The `paymentId` of the request.
            request_id (str | Unset): The `requestId` of the request.
            cancellation_id (None | str | Unset): Null, as nothing was cancelled.
            message (None | str | Unset): The refusal in words.
            code (None | str | Unset): The provider's own code of the refusal.
    """

    payment_id: str | Unset = UNSET
    request_id: str | Unset = UNSET
    cancellation_id: None | str | Unset = UNSET
    message: None | str | Unset = UNSET
    code: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        payment_id = self.payment_id

        request_id = self.request_id

        cancellation_id: None | str | Unset
        if isinstance(self.cancellation_id, Unset):
            cancellation_id = UNSET
        else:
            cancellation_id = self.cancellation_id

        message: None | str | Unset
        if isinstance(self.message, Unset):
            message = UNSET
        else:
            message = self.message

        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if payment_id is not UNSET:
            field_dict["paymentId"] = payment_id
        if request_id is not UNSET:
            field_dict["requestId"] = request_id
        if cancellation_id is not UNSET:
            field_dict["cancellationId"] = cancellation_id
        if message is not UNSET:
            field_dict["message"] = message
        if code is not UNSET:
            field_dict["code"] = code

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        payment_id = d.pop("paymentId", UNSET)

        request_id = d.pop("requestId", UNSET)

        def _parse_cancellation_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        cancellation_id = _parse_cancellation_id(d.pop("cancellationId", UNSET))

        def _parse_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        message = _parse_message(d.pop("message", UNSET))

        def _parse_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        refusal_response = cls(
            payment_id=payment_id,
            request_id=request_id,
            cancellation_id=cancellation_id,
            message=message,
            code=code,
        )

        refusal_response.additional_properties = d
        return refusal_response

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
