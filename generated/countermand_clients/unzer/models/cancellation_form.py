# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.reason_code import ReasonCode
from ..types import UNSET, Unset

T = TypeVar("T", bound="CancellationForm")


@_attrs_define
class CancellationForm:
    """The members of `CancellationRequest` as form fields. A schema of its own, since generated
    clients choose the encoding by the type of the body.

        Attributes:
            amount (str | Unset): As `amount` of `CancellationRequest`; in a form every value is text.
            payment_reference (str | Unset): The caller's reference of this cancel. A read of the single cancel shows it
                again. It
                need not be unique, and repeating it does not prevent a second cancel.
            order_id (str | Unset): The merchant's order id.
            invoice_id (str | Unset): The merchant's invoice id.
            reason_code (ReasonCode | Unset): Why the money is given back: `CANCEL`, `RETURN` of goods, or `CREDIT`. Some
                payment types
                demand it.
            amount_gross (str | Unset): As `amountGross` of `CancellationRequest`.
            amount_net (str | Unset): As `amountNet` of `CancellationRequest`.
            amount_vat (str | Unset): As `amountVat` of `CancellationRequest`.
    """

    amount: str | Unset = UNSET
    payment_reference: str | Unset = UNSET
    order_id: str | Unset = UNSET
    invoice_id: str | Unset = UNSET
    reason_code: ReasonCode | Unset = UNSET
    amount_gross: str | Unset = UNSET
    amount_net: str | Unset = UNSET
    amount_vat: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        payment_reference = self.payment_reference

        order_id = self.order_id

        invoice_id = self.invoice_id

        reason_code: str | Unset = UNSET
        if not isinstance(self.reason_code, Unset):
            reason_code = self.reason_code.value

        amount_gross = self.amount_gross

        amount_net = self.amount_net

        amount_vat = self.amount_vat

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if amount is not UNSET:
            field_dict["amount"] = amount
        if payment_reference is not UNSET:
            field_dict["paymentReference"] = payment_reference
        if order_id is not UNSET:
            field_dict["orderId"] = order_id
        if invoice_id is not UNSET:
            field_dict["invoiceId"] = invoice_id
        if reason_code is not UNSET:
            field_dict["reasonCode"] = reason_code
        if amount_gross is not UNSET:
            field_dict["amountGross"] = amount_gross
        if amount_net is not UNSET:
            field_dict["amountNet"] = amount_net
        if amount_vat is not UNSET:
            field_dict["amountVat"] = amount_vat

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        amount = d.pop("amount", UNSET)

        payment_reference = d.pop("paymentReference", UNSET)

        order_id = d.pop("orderId", UNSET)

        invoice_id = d.pop("invoiceId", UNSET)

        _reason_code = d.pop("reasonCode", UNSET)
        reason_code: ReasonCode | Unset
        if _reason_code is None or isinstance(_reason_code, Unset):
            reason_code = UNSET
        else:
            reason_code = ReasonCode(_reason_code)

        amount_gross = d.pop("amountGross", UNSET)

        amount_net = d.pop("amountNet", UNSET)

        amount_vat = d.pop("amountVat", UNSET)

        cancellation_form = cls(
            amount=amount,
            payment_reference=payment_reference,
            order_id=order_id,
            invoice_id=invoice_id,
            reason_code=reason_code,
            amount_gross=amount_gross,
            amount_net=amount_net,
            amount_vat=amount_vat,
        )

        return cancellation_form
