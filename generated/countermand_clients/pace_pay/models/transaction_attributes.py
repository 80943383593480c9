# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TransactionAttributes")


@_attrs_define
class TransactionAttributes:
    """What is known about a completed transaction. PACE's SDKs list more members; these are the
    ones that help to recognise a payment.

        Attributes:
            created_at (str | Unset): When the transaction was created, as RFC 3339 text.
            currency (str | Unset): ISO 4217 code.
            price_including_vat (float | Unset): What the user paid, discounts already taken off, in the currency's major
                unit.
            payment_transaction_request_id (str | Unset): Request id of the call that made the transaction.
            payment_token_request_id (str | Unset): Request id of the call that made the payment token.
            product_flow (str | Unset): How the product was bought, for example before or after fuelling.
            references (list[str] | Unset): What the payment was for, as PACE resource names.
            error (Any | Unset): What went wrong with the payment, if anything; its form is not documented.
    """

    created_at: str | Unset = UNSET
    currency: str | Unset = UNSET
    price_including_vat: float | Unset = UNSET
    payment_transaction_request_id: str | Unset = UNSET
    payment_token_request_id: str | Unset = UNSET
    product_flow: str | Unset = UNSET
    references: list[str] | Unset = UNSET
    error: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        created_at = self.created_at

        currency = self.currency

        price_including_vat = self.price_including_vat

        payment_transaction_request_id = self.payment_transaction_request_id

        payment_token_request_id = self.payment_token_request_id

        product_flow = self.product_flow

        references: list[str] | Unset = UNSET
        if not isinstance(self.references, Unset):
            references = self.references

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if currency is not UNSET:
            field_dict["currency"] = currency
        if price_including_vat is not UNSET:
            field_dict["priceIncludingVAT"] = price_including_vat
        if payment_transaction_request_id is not UNSET:
            field_dict["paymentTransactionRequestID"] = payment_transaction_request_id
        if payment_token_request_id is not UNSET:
            field_dict["paymentTokenRequestID"] = payment_token_request_id
        if product_flow is not UNSET:
            field_dict["productFlow"] = product_flow
        if references is not UNSET:
            field_dict["references"] = references
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        created_at = d.pop("createdAt", UNSET)

        currency = d.pop("currency", UNSET)

        price_including_vat = d.pop("priceIncludingVAT", UNSET)

        payment_transaction_request_id = d.pop("paymentTransactionRequestID", UNSET)

        payment_token_request_id = d.pop("paymentTokenRequestID", UNSET)

        product_flow = d.pop("productFlow", UNSET)

        references = cast(list[str], d.pop("references", UNSET))

        error = d.pop("error", UNSET)

        transaction_attributes = cls(
            created_at=created_at,
            currency=currency,
            price_including_vat=price_including_vat,
            payment_transaction_request_id=payment_transaction_request_id,
            payment_token_request_id=payment_token_request_id,
            product_flow=product_flow,
            references=references,
            error=error,
        )

        transaction_attributes.additional_properties = d
        return transaction_attributes

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
