# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.billing_details import BillingDetails
    from ..models.card_details import CardDetails


T = TypeVar("T", bound="CardPaymentMethod")


@_attrs_define
class CardPaymentMethod:
    """A bank card.

    Attributes:
        type_ (Literal['card']): The payment method is a bank card.
        card (CardDetails | Unset): What is kept about a bank card.
        billing_details (BillingDetails | Unset): To whom the payment method is billed.
        payment_method_id (str | Unset): The payment method's id.
        customer_id (str | Unset): The customer who owns the payment method; one customer can have several.
    """

    type_: Literal["card"]
    card: CardDetails | Unset = UNSET
    billing_details: BillingDetails | Unset = UNSET
    payment_method_id: str | Unset = UNSET
    customer_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        card: dict[str, Any] | Unset = UNSET
        if not isinstance(self.card, Unset):
            card = self.card.to_dict()

        billing_details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.billing_details, Unset):
            billing_details = self.billing_details.to_dict()

        payment_method_id = self.payment_method_id

        customer_id = self.customer_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if card is not UNSET:
            field_dict["card"] = card
        if billing_details is not UNSET:
            field_dict["billingDetails"] = billing_details
        if payment_method_id is not UNSET:
            field_dict["paymentMethodId"] = payment_method_id
        if customer_id is not UNSET:
            field_dict["customerId"] = customer_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.billing_details import BillingDetails  # noqa: PLC0415
        from ..models.card_details import CardDetails  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast(Literal["card"], d.pop("type"))
        if type_ != "card":
            raise ValueError(f"type must match const 'card', got '{type_}'")

        _card = d.pop("card", UNSET)
        card: CardDetails | Unset
        if _card is None or isinstance(_card, Unset):
            card = UNSET
        else:
            card = CardDetails.from_dict({**_card})

        _billing_details = d.pop("billingDetails", UNSET)
        billing_details: BillingDetails | Unset
        if _billing_details is None or isinstance(_billing_details, Unset):
            billing_details = UNSET
        else:
            billing_details = BillingDetails.from_dict({**_billing_details})

        payment_method_id = d.pop("paymentMethodId", UNSET)

        customer_id = d.pop("customerId", UNSET)

        card_payment_method = cls(
            type_=type_,
            card=card,
            billing_details=billing_details,
            payment_method_id=payment_method_id,
            customer_id=customer_id,
        )

        card_payment_method.additional_properties = d
        return card_payment_method

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
