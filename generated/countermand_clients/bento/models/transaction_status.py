# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.status_code import StatusCode
from ..models.status_outcome import StatusOutcome
from ..types import UNSET, Unset

T = TypeVar("T", bound="TransactionStatus")


@_attrs_define
class TransactionStatus:
    """Whether an action on the transaction succeeded, or why it failed.

    Attributes:
        code (StatusCode | Unset): Success or error code of the form PGXXXX. `PG0000` is success, `PG0094` a duplicate
            transaction, `PG2013` an expired authorisation. Bento sorts most codes into soft and hard
            ones; that speaks of charging a card and never licenses a second cancel.
        description (str | Unset): The possible error or the success, in words.
        outcome (StatusOutcome | Unset): `succeeded`, or whether the failed action may be tried again
            (`failedRetryable`) or not
            (`failedNonRetryable`).
    """

    code: StatusCode | Unset = UNSET
    description: str | Unset = UNSET
    outcome: StatusOutcome | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code: str | Unset = UNSET
        if not isinstance(self.code, Unset):
            code = self.code.value

        description = self.description

        outcome: str | Unset = UNSET
        if not isinstance(self.outcome, Unset):
            outcome = self.outcome.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if code is not UNSET:
            field_dict["code"] = code
        if description is not UNSET:
            field_dict["description"] = description
        if outcome is not UNSET:
            field_dict["outcome"] = outcome

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _code = d.pop("code", UNSET)
        code: StatusCode | Unset
        if _code is None or isinstance(_code, Unset):
            code = UNSET
        else:
            code = StatusCode(_code)

        description = d.pop("description", UNSET)

        _outcome = d.pop("outcome", UNSET)
        outcome: StatusOutcome | Unset
        if _outcome is None or isinstance(_outcome, Unset):
            outcome = UNSET
        else:
            outcome = StatusOutcome(_outcome)

        transaction_status = cls(
            code=code,
            description=description,
            outcome=outcome,
        )

        transaction_status.additional_properties = d
        return transaction_status

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
