# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.canceled_basket import CanceledBasket
    from ..models.message import Message
    from ..models.processing import Processing
    from ..models.resources import Resources


T = TypeVar("T", bound="Cancellation")


@_attrs_define
class Cancellation:
    """One cancel. Of the flags exactly one is true, says Unzer's page; SDKs know a fourth,
    `isResumed`.

        Attributes:
            id (str | Unset): The cancel's id, a small number per parent. Unique under its parent only.
            is_success (bool | Unset): Whether the transaction was successful.
            is_pending (bool | Unset): Whether the transaction is not decided yet, for instance because of a redirect to
                another system. Unzer's page says that it never happens to a cancel.
            is_resumed (bool | Unset): Whether the transaction goes on after an interruption. Known from SDKs only.
            is_error (bool | Unset): Whether something went wrong; the message says what.
            card3ds (bool | Unset): Whether the card holder was authenticated. Known from SDKs only.
            message (Message | Unset): The result in words.
            amount (str | Unset): The cancelled amount, in decimal form, shown with four decimals.
            currency (str | Unset): ISO 4217 code.
            return_url (str | Unset): Always empty, as nobody is redirected for a cancel.
            date (str | Unset): When it happened, as `YYYY-MM-DD HH:MM:SS` without a time zone.
            resources (Resources | Unset): Ids of what the transaction belongs to; an absent one is an empty string.
            order_id (str | Unset): The merchant's order id; empty if unset.
            invoice_id (str | Unset): The merchant's invoice id; empty if unset.
            payment_reference (str | Unset): The reference that the request gave to this cancel; empty if unset.
            reason_code (str | Unset): The reason that the request gave; empty if unset. A text here, as a reader takes any.
            canceled_basket (CanceledBasket | Unset): What of a marketplace's basket was cancelled.
            processing (Processing | Unset): How the transaction was processed.
    """

    id: str | Unset = UNSET
    is_success: bool | Unset = UNSET
    is_pending: bool | Unset = UNSET
    is_resumed: bool | Unset = UNSET
    is_error: bool | Unset = UNSET
    card3ds: bool | Unset = UNSET
    message: Message | Unset = UNSET
    amount: str | Unset = UNSET
    currency: str | Unset = UNSET
    return_url: str | Unset = UNSET
    date: str | Unset = UNSET
    resources: Resources | Unset = UNSET
    order_id: str | Unset = UNSET
    invoice_id: str | Unset = UNSET
    payment_reference: str | Unset = UNSET
    reason_code: str | Unset = UNSET
    canceled_basket: CanceledBasket | Unset = UNSET
    processing: Processing | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        is_success = self.is_success

        is_pending = self.is_pending

        is_resumed = self.is_resumed

        is_error = self.is_error

        card3ds = self.card3ds

        message: dict[str, Any] | Unset = UNSET
        if not isinstance(self.message, Unset):
            message = self.message.to_dict()

        amount = self.amount

        currency = self.currency

        return_url = self.return_url

        date = self.date

        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        order_id = self.order_id

        invoice_id = self.invoice_id

        payment_reference = self.payment_reference

        reason_code = self.reason_code

        canceled_basket: dict[str, Any] | Unset = UNSET
        if not isinstance(self.canceled_basket, Unset):
            canceled_basket = self.canceled_basket.to_dict()

        processing: dict[str, Any] | Unset = UNSET
        if not isinstance(self.processing, Unset):
            processing = self.processing.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if is_success is not UNSET:
            field_dict["isSuccess"] = is_success
        if is_pending is not UNSET:
            field_dict["isPending"] = is_pending
        if is_resumed is not UNSET:
            field_dict["isResumed"] = is_resumed
        if is_error is not UNSET:
            field_dict["isError"] = is_error
        if card3ds is not UNSET:
            field_dict["card3ds"] = card3ds
        if message is not UNSET:
            field_dict["message"] = message
        if amount is not UNSET:
            field_dict["amount"] = amount
        if currency is not UNSET:
            field_dict["currency"] = currency
        if return_url is not UNSET:
            field_dict["returnUrl"] = return_url
        if date is not UNSET:
            field_dict["date"] = date
        if resources is not UNSET:
            field_dict["resources"] = resources
        if order_id is not UNSET:
            field_dict["orderId"] = order_id
        if invoice_id is not UNSET:
            field_dict["invoiceId"] = invoice_id
        if payment_reference is not UNSET:
            field_dict["paymentReference"] = payment_reference
        if reason_code is not UNSET:
            field_dict["reasonCode"] = reason_code
        if canceled_basket is not UNSET:
            field_dict["canceledBasket"] = canceled_basket
        if processing is not UNSET:
            field_dict["processing"] = processing

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canceled_basket import CanceledBasket  # noqa: PLC0415
        from ..models.message import Message  # noqa: PLC0415
        from ..models.processing import Processing  # noqa: PLC0415
        from ..models.resources import Resources  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        is_success = d.pop("isSuccess", UNSET)

        is_pending = d.pop("isPending", UNSET)

        is_resumed = d.pop("isResumed", UNSET)

        is_error = d.pop("isError", UNSET)

        card3ds = d.pop("card3ds", UNSET)

        _message = d.pop("message", UNSET)
        message: Message | Unset
        if _message is None or isinstance(_message, Unset):
            message = UNSET
        else:
            message = Message.from_dict({**_message})

        amount = d.pop("amount", UNSET)

        currency = d.pop("currency", UNSET)

        return_url = d.pop("returnUrl", UNSET)

        date = d.pop("date", UNSET)

        _resources = d.pop("resources", UNSET)
        resources: Resources | Unset
        if _resources is None or isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = Resources.from_dict({**_resources})

        order_id = d.pop("orderId", UNSET)

        invoice_id = d.pop("invoiceId", UNSET)

        payment_reference = d.pop("paymentReference", UNSET)

        reason_code = d.pop("reasonCode", UNSET)

        _canceled_basket = d.pop("canceledBasket", UNSET)
        canceled_basket: CanceledBasket | Unset
        if _canceled_basket is None or isinstance(_canceled_basket, Unset):
            canceled_basket = UNSET
        else:
            canceled_basket = CanceledBasket.from_dict({**_canceled_basket})

        _processing = d.pop("processing", UNSET)
        processing: Processing | Unset
        if _processing is None or isinstance(_processing, Unset):
            processing = UNSET
        else:
            processing = Processing.from_dict({**_processing})

        cancellation = cls(
            id=id,
            is_success=is_success,
            is_pending=is_pending,
            is_resumed=is_resumed,
            is_error=is_error,
            card3ds=card3ds,
            message=message,
            amount=amount,
            currency=currency,
            return_url=return_url,
            date=date,
            resources=resources,
            order_id=order_id,
            invoice_id=invoice_id,
            payment_reference=payment_reference,
            reason_code=reason_code,
            canceled_basket=canceled_basket,
            processing=processing,
        )

        cancellation.additional_properties = d
        return cancellation

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
