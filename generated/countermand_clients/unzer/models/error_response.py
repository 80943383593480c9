# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_entry import ErrorEntry


T = TypeVar("T", bound="ErrorResponse")


@_attrs_define
class ErrorResponse:
    """Why the request failed. It can come with a 2xx status. Older bodies hold `errors` and little
    else.

        Attributes:
            errors (list[ErrorEntry]): What went wrong.
            id (str | Unset): The error's id; Unzer answers `GET /errors/{id}` for it.
            is_success (bool | Unset): Whether the transaction was successful.
            is_pending (bool | Unset): Whether the transaction is not decided yet, for instance because of a redirect to
                another system. Unzer's page says that it never happens to a cancel.
            is_resumed (bool | Unset): Whether the transaction goes on after an interruption. Known from SDKs only.
            is_error (bool | Unset): Whether something went wrong; the message says what.
            url (str | Unset): The address that was asked.
            timestamp (str | Unset): When it happened.
            trace_id (str | Unset): Unzer's trace of the request, for its support.
    """

    errors: list[ErrorEntry]
    id: str | Unset = UNSET
    is_success: bool | Unset = UNSET
    is_pending: bool | Unset = UNSET
    is_resumed: bool | Unset = UNSET
    is_error: bool | Unset = UNSET
    url: str | Unset = UNSET
    timestamp: str | Unset = UNSET
    trace_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        errors = []
        for errors_item_data in self.errors:
            errors_item = errors_item_data.to_dict()
            errors.append(errors_item)

        id = self.id

        is_success = self.is_success

        is_pending = self.is_pending

        is_resumed = self.is_resumed

        is_error = self.is_error

        url = self.url

        timestamp = self.timestamp

        trace_id = self.trace_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "errors": errors,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if is_success is not UNSET:
            field_dict["isSuccess"] = is_success
        if is_pending is not UNSET:
            field_dict["isPending"] = is_pending
        if is_resumed is not UNSET:
            field_dict["isResumed"] = is_resumed
        if is_error is not UNSET:
            field_dict["isError"] = is_error
        if url is not UNSET:
            field_dict["url"] = url
        if timestamp is not UNSET:
            field_dict["timestamp"] = timestamp
        if trace_id is not UNSET:
            field_dict["traceId"] = trace_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_entry import ErrorEntry  # noqa: PLC0415

        d = dict(src_dict)
        errors = []
        _errors = d.pop("errors")
        for errors_item_data in _errors:
            errors_item = ErrorEntry.from_dict({**errors_item_data})

            errors.append(errors_item)

        id = d.pop("id", UNSET)

        is_success = d.pop("isSuccess", UNSET)

        is_pending = d.pop("isPending", UNSET)

        is_resumed = d.pop("isResumed", UNSET)

        is_error = d.pop("isError", UNSET)

        url = d.pop("url", UNSET)

        timestamp = d.pop("timestamp", UNSET)

        trace_id = d.pop("traceId", UNSET)

        error_response = cls(
            errors=errors,
            id=id,
            is_success=is_success,
            is_pending=is_pending,
            is_resumed=is_resumed,
            is_error=is_error,
            url=url,
            timestamp=timestamp,
            trace_id=trace_id,
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
