# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.reason_code import ReasonCode
from ..types import UNSET, Unset

T = TypeVar("T", bound="CancellationRequest")


@_attrs_define
class CancellationRequest:
    """How much of the authorization to cancel. An absent amount means all that is left.

    Attributes:
        amount (float | str | Unset): How much to release, in the payment's currency, with up to four decimals: `10.00`
            is ten
            of its main unit, such as ten euros. Unzer's page prints text, its SDKs send a number.
            Send text, which cannot lose digits; a server takes both.
        payment_reference (str | Unset): The caller's reference of this cancel. A read of the single cancel shows it
            again. It
            need not be unique, and repeating it does not prevent a second cancel.
        order_id (str | Unset): The merchant's order id.
        invoice_id (str | Unset): The merchant's invoice id.
        reason_code (ReasonCode | Unset): Why the money is given back: `CANCEL`, `RETURN` of goods, or `CREDIT`. Some
            payment types
            demand it.
        amount_gross (float | str | Unset): The amount with tax. For instalments only, where the SDKs send it in place
            of `amount`.
        amount_net (float | str | Unset): The amount without tax, for instalments only.
        amount_vat (float | str | Unset): The tax, for instalments only.
    """

    amount: float | str | Unset = UNSET
    payment_reference: str | Unset = UNSET
    order_id: str | Unset = UNSET
    invoice_id: str | Unset = UNSET
    reason_code: ReasonCode | Unset = UNSET
    amount_gross: float | str | Unset = UNSET
    amount_net: float | str | Unset = UNSET
    amount_vat: float | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        amount: float | str | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        else:
            amount = self.amount

        payment_reference = self.payment_reference

        order_id = self.order_id

        invoice_id = self.invoice_id

        reason_code: str | Unset = UNSET
        if not isinstance(self.reason_code, Unset):
            reason_code = self.reason_code.value

        amount_gross: float | str | Unset
        if isinstance(self.amount_gross, Unset):
            amount_gross = UNSET
        else:
            amount_gross = self.amount_gross

        amount_net: float | str | Unset
        if isinstance(self.amount_net, Unset):
            amount_net = UNSET
        else:
            amount_net = self.amount_net

        amount_vat: float | str | Unset
        if isinstance(self.amount_vat, Unset):
            amount_vat = UNSET
        else:
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

        def _parse_amount(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            if data is None:
                return UNSET
            return cast(float | str | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        payment_reference = d.pop("paymentReference", UNSET)

        order_id = d.pop("orderId", UNSET)

        invoice_id = d.pop("invoiceId", UNSET)

        _reason_code = d.pop("reasonCode", UNSET)
        reason_code: ReasonCode | Unset
        if _reason_code is None or isinstance(_reason_code, Unset):
            reason_code = UNSET
        else:
            reason_code = ReasonCode(_reason_code)

        def _parse_amount_gross(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            if data is None:
                return UNSET
            return cast(float | str | Unset, data)

        amount_gross = _parse_amount_gross(d.pop("amountGross", UNSET))

        def _parse_amount_net(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            if data is None:
                return UNSET
            return cast(float | str | Unset, data)

        amount_net = _parse_amount_net(d.pop("amountNet", UNSET))

        def _parse_amount_vat(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            if data is None:
                return UNSET
            return cast(float | str | Unset, data)

        amount_vat = _parse_amount_vat(d.pop("amountVat", UNSET))

        cancellation_request = cls(
            amount=amount,
            payment_reference=payment_reference,
            order_id=order_id,
            invoice_id=invoice_id,
            reason_code=reason_code,
            amount_gross=amount_gross,
            amount_net=amount_net,
            amount_vat=amount_vat,
        )

        return cancellation_request
