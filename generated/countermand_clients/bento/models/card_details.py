# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.card_mechanism import CardMechanism
from ..types import UNSET, Unset

T = TypeVar("T", bound="CardDetails")


@_attrs_define
class CardDetails:
    """What is kept about a bank card.

    Attributes:
        brand (str | Unset): The card's brand.
        mechanism (CardMechanism | Unset): How the card was presented: through one of the wallets `applePay`,
            `googlePay` and
            `samsungPay`, or `direct`.
        card_holder_name (str | Unset): The name on the card.
        expiry_date (str | Unset): Last month of validity, as YYYY-MM.
        bin_ (str | Unset): The first four to six digits, which name the issuing bank.
        last4 (str | Unset): The last four digits.
        country (str | Unset): Where the card was issued.
    """

    brand: str | Unset = UNSET
    mechanism: CardMechanism | Unset = UNSET
    card_holder_name: str | Unset = UNSET
    expiry_date: str | Unset = UNSET
    bin_: str | Unset = UNSET
    last4: str | Unset = UNSET
    country: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        brand = self.brand

        mechanism: str | Unset = UNSET
        if not isinstance(self.mechanism, Unset):
            mechanism = self.mechanism.value

        card_holder_name = self.card_holder_name

        expiry_date = self.expiry_date

        bin_ = self.bin_

        last4 = self.last4

        country = self.country

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if brand is not UNSET:
            field_dict["brand"] = brand
        if mechanism is not UNSET:
            field_dict["mechanism"] = mechanism
        if card_holder_name is not UNSET:
            field_dict["cardHolderName"] = card_holder_name
        if expiry_date is not UNSET:
            field_dict["expiryDate"] = expiry_date
        if bin_ is not UNSET:
            field_dict["bin"] = bin_
        if last4 is not UNSET:
            field_dict["last4"] = last4
        if country is not UNSET:
            field_dict["country"] = country

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        brand = d.pop("brand", UNSET)

        _mechanism = d.pop("mechanism", UNSET)
        mechanism: CardMechanism | Unset
        if _mechanism is None or isinstance(_mechanism, Unset):
            mechanism = UNSET
        else:
            mechanism = CardMechanism(_mechanism)

        card_holder_name = d.pop("cardHolderName", UNSET)

        expiry_date = d.pop("expiryDate", UNSET)

        bin_ = d.pop("bin", UNSET)

        last4 = d.pop("last4", UNSET)

        country = d.pop("country", UNSET)

        card_details = cls(
            brand=brand,
            mechanism=mechanism,
            card_holder_name=card_holder_name,
            expiry_date=expiry_date,
            bin_=bin_,
            last4=last4,
            country=country,
        )

        card_details.additional_properties = d
        return card_details

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
