# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.transaction import Transaction
    from ..models.transaction_status import TransactionStatus


T = TypeVar("T", bound="TransactionResponse")


@_attrs_define
class TransactionResponse:
    """The envelope around the transaction.

    Attributes:
        data (Transaction | Unset): The transaction as it is now. No member is promised. The amounts are in the
            currency's minor
            unit.
        status (TransactionStatus | Unset): Whether an action on the transaction succeeded, or why it failed.
    """

    data: Transaction | Unset = UNSET
    status: TransactionStatus | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] | Unset = UNSET
        if not isinstance(self.data, Unset):
            data = self.data.to_dict()

        status: dict[str, Any] | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if data is not UNSET:
            field_dict["data"] = data
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.transaction import Transaction  # noqa: PLC0415
        from ..models.transaction_status import TransactionStatus  # noqa: PLC0415

        d = dict(src_dict)
        _data = d.pop("data", UNSET)
        data: Transaction | Unset
        if _data is None or isinstance(_data, Unset):
            data = UNSET
        else:
            data = Transaction.from_dict({**_data})

        _status = d.pop("status", UNSET)
        status: TransactionStatus | Unset
        if _status is None or isinstance(_status, Unset):
            status = UNSET
        else:
            status = TransactionStatus.from_dict({**_status})

        transaction_response = cls(
            data=data,
            status=status,
        )

        transaction_response.additional_properties = d
        return transaction_response

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
