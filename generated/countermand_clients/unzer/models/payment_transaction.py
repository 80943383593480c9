# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.payment_transaction_status import PaymentTransactionStatus
from ..models.payment_transaction_type import PaymentTransactionType
from ..types import UNSET, Unset

T = TypeVar("T", bound="PaymentTransaction")


@_attrs_define
class PaymentTransaction:
    """One line of a payment's list of transactions.

    Attributes:
        date (str | Unset): When it happened, as `YYYY-MM-DD HH:MM:SS` without a time zone.
        type_ (PaymentTransactionType | Unset): The kind of transaction. `cancel-authorize`, `cancel-charge` and
            `cancel-preauthorize` are
            cancels of what their name says, `strong_customer_authentication` and `sca` the check of the
            card holder; `authorize`, `preauthorize`, `charge`, `chargeback`, `payout` and `shipment`
            are what they are called.
        status (PaymentTransactionStatus | Unset): How the transaction ended: `success`, `pending`, `error` or
            `resumed`. Only `success` counts
            as done; the member may be absent.
        url (str | Unset): Address of the transaction. Its host may differ from the one that was asked; take its
            path only, and never send credentials elsewhere.
        amount (str | Unset): The transaction's amount, in decimal form, shown with four decimals.
    """

    date: str | Unset = UNSET
    type_: PaymentTransactionType | Unset = UNSET
    status: PaymentTransactionStatus | Unset = UNSET
    url: str | Unset = UNSET
    amount: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        date = self.date

        type_: str | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = self.type_.value

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        url = self.url

        amount = self.amount

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if date is not UNSET:
            field_dict["date"] = date
        if type_ is not UNSET:
            field_dict["type"] = type_
        if status is not UNSET:
            field_dict["status"] = status
        if url is not UNSET:
            field_dict["url"] = url
        if amount is not UNSET:
            field_dict["amount"] = amount

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        date = d.pop("date", UNSET)

        _type_ = d.pop("type", UNSET)
        type_: PaymentTransactionType | Unset
        if _type_ is None or isinstance(_type_, Unset):
            type_ = UNSET
        else:
            type_ = PaymentTransactionType(_type_)

        _status = d.pop("status", UNSET)
        status: PaymentTransactionStatus | Unset
        if _status is None or isinstance(_status, Unset):
            status = UNSET
        else:
            status = PaymentTransactionStatus(_status)

        url = d.pop("url", UNSET)

        amount = d.pop("amount", UNSET)

        payment_transaction = cls(
            date=date,
            type_=type_,
            status=status,
            url=url,
            amount=amount,
        )

        payment_transaction.additional_properties = d
        return payment_transaction

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
