# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PaypalAccount")


@_attrs_define
class PaypalAccount:
    """What is kept about a PayPal account.

    Attributes:
        payer_email (str | Unset): E-mail address of the account.
        payer_id (str | Unset): PayPal's id of the account.
        revoked_at (str | Unset): When the account withdrew this payment method.
    """

    payer_email: str | Unset = UNSET
    payer_id: str | Unset = UNSET
    revoked_at: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        payer_email = self.payer_email

        payer_id = self.payer_id

        revoked_at = self.revoked_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if payer_email is not UNSET:
            field_dict["payerEmail"] = payer_email
        if payer_id is not UNSET:
            field_dict["payerId"] = payer_id
        if revoked_at is not UNSET:
            field_dict["revokedAt"] = revoked_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        payer_email = d.pop("payerEmail", UNSET)

        payer_id = d.pop("payerId", UNSET)

        revoked_at = d.pop("revokedAt", UNSET)

        paypal_account = cls(
            payer_email=payer_email,
            payer_id=payer_id,
            revoked_at=revoked_at,
        )

        paypal_account.additional_properties = d
        return paypal_account

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
