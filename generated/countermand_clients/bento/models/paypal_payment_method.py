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
    from ..models.paypal_account import PaypalAccount


T = TypeVar("T", bound="PaypalPaymentMethod")


@_attrs_define
class PaypalPaymentMethod:
    """A PayPal account.

    Attributes:
        type_ (Literal['paypal']): The payment method is a PayPal account.
        paypal (PaypalAccount | Unset): What is kept about a PayPal account.
        payment_method_id (str | Unset): The payment method's id.
        customer_id (str | Unset): The customer who owns the payment method; one customer can have several.
    """

    type_: Literal["paypal"]
    paypal: PaypalAccount | Unset = UNSET
    payment_method_id: str | Unset = UNSET
    customer_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        paypal: dict[str, Any] | Unset = UNSET
        if not isinstance(self.paypal, Unset):
            paypal = self.paypal.to_dict()

        payment_method_id = self.payment_method_id

        customer_id = self.customer_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if paypal is not UNSET:
            field_dict["paypal"] = paypal
        if payment_method_id is not UNSET:
            field_dict["paymentMethodId"] = payment_method_id
        if customer_id is not UNSET:
            field_dict["customerId"] = customer_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.paypal_account import PaypalAccount  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast(Literal["paypal"], d.pop("type"))
        if type_ != "paypal":
            raise ValueError(f"type must match const 'paypal', got '{type_}'")

        _paypal = d.pop("paypal", UNSET)
        paypal: PaypalAccount | Unset
        if _paypal is None or isinstance(_paypal, Unset):
            paypal = UNSET
        else:
            paypal = PaypalAccount.from_dict({**_paypal})

        payment_method_id = d.pop("paymentMethodId", UNSET)

        customer_id = d.pop("customerId", UNSET)

        paypal_payment_method = cls(
            type_=type_,
            paypal=paypal,
            payment_method_id=payment_method_id,
            customer_id=customer_id,
        )

        paypal_payment_method.additional_properties = d
        return paypal_payment_method

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
