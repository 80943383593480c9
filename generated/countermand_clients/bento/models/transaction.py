# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.transaction_state import TransactionState
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.card_payment_method import CardPaymentMethod
    from ..models.history_entry import HistoryEntry
    from ..models.other_payment_method import OtherPaymentMethod
    from ..models.paypal_payment_method import PaypalPaymentMethod
    from ..models.transaction_status import TransactionStatus


T = TypeVar("T", bound="Transaction")


@_attrs_define
class Transaction:
    """The transaction as it is now. No member is promised. The amounts are in the currency's minor
    unit.

        Attributes:
            order_id (str | Unset): The order that the transaction belongs to.
            transaction_id (str | Unset): The transaction's own id.
            payment_method_id (str | Unset): The payment method that was used.
            customer_id (str | Unset): The customer who owns the payment method; one customer can have several.
            total_amount (int | Unset): The latest amount, captures and refunds taken into account.
            authorized_amount (int | Unset): The latest amount that was authorised.
            captured_amount (int | Unset): All that was captured.
            refunded_amount (int | Unset): All refunds together.
            currency (str | Unset): ISO 4217 code of the amounts.
            description (str | Unset): Free text about the transaction.
            state (TransactionState | Unset): Where the transaction stands.

                * `Authorizing`: valid but not described; rare, and left without any action.
                * `AuthFailed`: could not be authorised, and cannot be authorised again.
                * `AuthSucceeded`: authorised; it can now be submitted for capture.
                * `AuthExpired`: the authorisation ran out before it was voided or captured.
                * `AuthVoided`: voided; it can no longer be captured.
                * `Capturing`: submitted for capture.
                * `CaptureFailed`: a capture failed and cannot be tried again.
                * `CaptureSucceeded`: captured.
                * `Refunded`: all or part was refunded.
                * `Refunding`: all or part was submitted for a refund.
                * `RefundFailed`: the refund failed.
            status (TransactionStatus | Unset): Whether an action on the transaction succeeded, or why it failed.
            history (list[HistoryEntry] | Unset): What was done to the transaction, one entry per action.
            created (str | Unset): When the transaction was created, as ISO 8601 text.
            updated (str | Unset): When the transaction last changed, as ISO 8601 text.
            payment_method (CardPaymentMethod | OtherPaymentMethod | PaypalPaymentMethod | Unset): The stored payment
                method, present where one was stored along with the transaction. The
                member `type` tells the kinds apart; one that is not documented may come.
    """

    order_id: str | Unset = UNSET
    transaction_id: str | Unset = UNSET
    payment_method_id: str | Unset = UNSET
    customer_id: str | Unset = UNSET
    total_amount: int | Unset = UNSET
    authorized_amount: int | Unset = UNSET
    captured_amount: int | Unset = UNSET
    refunded_amount: int | Unset = UNSET
    currency: str | Unset = UNSET
    description: str | Unset = UNSET
    state: TransactionState | Unset = UNSET
    status: TransactionStatus | Unset = UNSET
    history: list[HistoryEntry] | Unset = UNSET
    created: str | Unset = UNSET
    updated: str | Unset = UNSET
    payment_method: CardPaymentMethod | OtherPaymentMethod | PaypalPaymentMethod | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.card_payment_method import CardPaymentMethod  # noqa: PLC0415
        from ..models.paypal_payment_method import PaypalPaymentMethod  # noqa: PLC0415

        order_id = self.order_id

        transaction_id = self.transaction_id

        payment_method_id = self.payment_method_id

        customer_id = self.customer_id

        total_amount = self.total_amount

        authorized_amount = self.authorized_amount

        captured_amount = self.captured_amount

        refunded_amount = self.refunded_amount

        currency = self.currency

        description = self.description

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.value

        status: dict[str, Any] | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.to_dict()

        history: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.history, Unset):
            history = []
            for history_item_data in self.history:
                history_item = history_item_data.to_dict()
                history.append(history_item)

        created = self.created

        updated = self.updated

        payment_method: dict[str, Any] | Unset
        if isinstance(self.payment_method, Unset):
            payment_method = UNSET
        elif isinstance(self.payment_method, CardPaymentMethod):
            payment_method = self.payment_method.to_dict()
        elif isinstance(self.payment_method, PaypalPaymentMethod):
            payment_method = self.payment_method.to_dict()
        else:
            payment_method = self.payment_method.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if order_id is not UNSET:
            field_dict["orderId"] = order_id
        if transaction_id is not UNSET:
            field_dict["transactionId"] = transaction_id
        if payment_method_id is not UNSET:
            field_dict["paymentMethodId"] = payment_method_id
        if customer_id is not UNSET:
            field_dict["customerId"] = customer_id
        if total_amount is not UNSET:
            field_dict["totalAmount"] = total_amount
        if authorized_amount is not UNSET:
            field_dict["authorizedAmount"] = authorized_amount
        if captured_amount is not UNSET:
            field_dict["capturedAmount"] = captured_amount
        if refunded_amount is not UNSET:
            field_dict["refundedAmount"] = refunded_amount
        if currency is not UNSET:
            field_dict["currency"] = currency
        if description is not UNSET:
            field_dict["description"] = description
        if state is not UNSET:
            field_dict["state"] = state
        if status is not UNSET:
            field_dict["status"] = status
        if history is not UNSET:
            field_dict["history"] = history
        if created is not UNSET:
            field_dict["created"] = created
        if updated is not UNSET:
            field_dict["updated"] = updated
        if payment_method is not UNSET:
            field_dict["paymentMethod"] = payment_method

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.card_payment_method import CardPaymentMethod  # noqa: PLC0415
        from ..models.history_entry import HistoryEntry  # noqa: PLC0415
        from ..models.other_payment_method import OtherPaymentMethod  # noqa: PLC0415
        from ..models.paypal_payment_method import PaypalPaymentMethod  # noqa: PLC0415
        from ..models.transaction_status import TransactionStatus  # noqa: PLC0415

        d = dict(src_dict)
        order_id = d.pop("orderId", UNSET)

        transaction_id = d.pop("transactionId", UNSET)

        payment_method_id = d.pop("paymentMethodId", UNSET)

        customer_id = d.pop("customerId", UNSET)

        total_amount = d.pop("totalAmount", UNSET)

        authorized_amount = d.pop("authorizedAmount", UNSET)

        captured_amount = d.pop("capturedAmount", UNSET)

        refunded_amount = d.pop("refundedAmount", UNSET)

        currency = d.pop("currency", UNSET)

        description = d.pop("description", UNSET)

        _state = d.pop("state", UNSET)
        state: TransactionState | Unset
        if _state is None or isinstance(_state, Unset):
            state = UNSET
        else:
            state = TransactionState(_state)

        _status = d.pop("status", UNSET)
        status: TransactionStatus | Unset
        if _status is None or isinstance(_status, Unset):
            status = UNSET
        else:
            status = TransactionStatus.from_dict({**_status})

        _history = d.pop("history", UNSET)
        history: list[HistoryEntry] | Unset = UNSET
        if _history is not None and not isinstance(_history, Unset):
            history = []
            for history_item_data in _history:
                history_item = HistoryEntry.from_dict({**history_item_data})

                history.append(history_item)

        created = d.pop("created", UNSET)

        updated = d.pop("updated", UNSET)

        def _parse_payment_method(data: object) -> CardPaymentMethod | OtherPaymentMethod | PaypalPaymentMethod | Unset:
            if isinstance(data, Unset):
                return data
            if data is None:
                return UNSET
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_payment_method_type_0 = CardPaymentMethod.from_dict({**data})

                return componentsschemas_payment_method_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_payment_method_type_1 = PaypalPaymentMethod.from_dict({**data})

                return componentsschemas_payment_method_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_payment_method_type_2 = OtherPaymentMethod.from_dict({**data})

            return componentsschemas_payment_method_type_2

        payment_method = _parse_payment_method(d.pop("paymentMethod", UNSET))

        transaction = cls(
            order_id=order_id,
            transaction_id=transaction_id,
            payment_method_id=payment_method_id,
            customer_id=customer_id,
            total_amount=total_amount,
            authorized_amount=authorized_amount,
            captured_amount=captured_amount,
            refunded_amount=refunded_amount,
            currency=currency,
            description=description,
            state=state,
            status=status,
            history=history,
            created=created,
            updated=updated,
            payment_method=payment_method,
        )

        transaction.additional_properties = d
        return transaction

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
