# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.history_action import HistoryAction
from ..models.history_result import HistoryResult
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.transaction_status import TransactionStatus


T = TypeVar("T", bound="HistoryEntry")


@_attrs_define
class HistoryEntry:
    """One action that was performed on the transaction.

    Attributes:
        amount (int | Unset): The transaction's `totalAmount` after this action.
        result (HistoryResult | Unset): How the action ended, `Success` or `Failure`.
        action (HistoryAction | Unset): What was done.

            * `Authorize`: reserve money on a payment method; may be sent again to change the amount.
            * `Void`: cancel an authorised transaction; can be sent once.
            * `Capture`: begin to settle up to the authorised amount; can be sent once.
            * `Poll`: ask how a submitted capture is doing; the gateway does it from time to time.
            * `Refund`: give back up to the amount that was taken; can be sent once.
        status (TransactionStatus | Unset): Whether an action on the transaction succeeded, or why it failed.
        created (str | Unset): When the action was performed, as ISO 8601 text.
    """

    amount: int | Unset = UNSET
    result: HistoryResult | Unset = UNSET
    action: HistoryAction | Unset = UNSET
    status: TransactionStatus | Unset = UNSET
    created: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        result: str | Unset = UNSET
        if not isinstance(self.result, Unset):
            result = self.result.value

        action: str | Unset = UNSET
        if not isinstance(self.action, Unset):
            action = self.action.value

        status: dict[str, Any] | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.to_dict()

        created = self.created

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if amount is not UNSET:
            field_dict["amount"] = amount
        if result is not UNSET:
            field_dict["result"] = result
        if action is not UNSET:
            field_dict["action"] = action
        if status is not UNSET:
            field_dict["status"] = status
        if created is not UNSET:
            field_dict["created"] = created

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.transaction_status import TransactionStatus  # noqa: PLC0415

        d = dict(src_dict)
        amount = d.pop("amount", UNSET)

        _result = d.pop("result", UNSET)
        result: HistoryResult | Unset
        if _result is None or isinstance(_result, Unset):
            result = UNSET
        else:
            result = HistoryResult(_result)

        _action = d.pop("action", UNSET)
        action: HistoryAction | Unset
        if _action is None or isinstance(_action, Unset):
            action = UNSET
        else:
            action = HistoryAction(_action)

        _status = d.pop("status", UNSET)
        status: TransactionStatus | Unset
        if _status is None or isinstance(_status, Unset):
            status = UNSET
        else:
            status = TransactionStatus.from_dict({**_status})

        created = d.pop("created", UNSET)

        history_entry = cls(
            amount=amount,
            result=result,
            action=action,
            status=status,
            created=created,
        )

        history_entry.additional_properties = d
        return history_entry

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
