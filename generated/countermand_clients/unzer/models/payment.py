# Generated from specs/unzer.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.payment_amount import PaymentAmount
    from ..models.payment_state import PaymentState
    from ..models.payment_transaction import PaymentTransaction
    from ..models.resources import Resources


T = TypeVar("T", bound="Payment")


@_attrs_define
class Payment:
    """A payment with its transactions.

    Attributes:
        id (str | Unset): The payment's id.
        state (PaymentState | Unset): Where the payment stands.
        amount (PaymentAmount | Unset): The payment's sums, in decimal form, shown with four decimals.
        currency (str | Unset): ISO 4217 code.
        order_id (str | Unset): The merchant's order id; empty if unset.
        invoice_id (str | Unset): The merchant's invoice id; empty if unset.
        resources (Resources | Unset): Ids of what the transaction belongs to; an absent one is an empty string.
        transactions (list[PaymentTransaction] | Unset): Everything that was done, failed attempts included.
    """

    id: str | Unset = UNSET
    state: PaymentState | Unset = UNSET
    amount: PaymentAmount | Unset = UNSET
    currency: str | Unset = UNSET
    order_id: str | Unset = UNSET
    invoice_id: str | Unset = UNSET
    resources: Resources | Unset = UNSET
    transactions: list[PaymentTransaction] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        state: dict[str, Any] | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.to_dict()

        amount: dict[str, Any] | Unset = UNSET
        if not isinstance(self.amount, Unset):
            amount = self.amount.to_dict()

        currency = self.currency

        order_id = self.order_id

        invoice_id = self.invoice_id

        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        transactions: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.transactions, Unset):
            transactions = []
            for transactions_item_data in self.transactions:
                transactions_item = transactions_item_data.to_dict()
                transactions.append(transactions_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if state is not UNSET:
            field_dict["state"] = state
        if amount is not UNSET:
            field_dict["amount"] = amount
        if currency is not UNSET:
            field_dict["currency"] = currency
        if order_id is not UNSET:
            field_dict["orderId"] = order_id
        if invoice_id is not UNSET:
            field_dict["invoiceId"] = invoice_id
        if resources is not UNSET:
            field_dict["resources"] = resources
        if transactions is not UNSET:
            field_dict["transactions"] = transactions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.payment_amount import PaymentAmount  # noqa: PLC0415
        from ..models.payment_state import PaymentState  # noqa: PLC0415
        from ..models.payment_transaction import PaymentTransaction  # noqa: PLC0415
        from ..models.resources import Resources  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        _state = d.pop("state", UNSET)
        state: PaymentState | Unset
        if _state is None or isinstance(_state, Unset):
            state = UNSET
        else:
            state = PaymentState.from_dict({**_state})

        _amount = d.pop("amount", UNSET)
        amount: PaymentAmount | Unset
        if _amount is None or isinstance(_amount, Unset):
            amount = UNSET
        else:
            amount = PaymentAmount.from_dict({**_amount})

        currency = d.pop("currency", UNSET)

        order_id = d.pop("orderId", UNSET)

        invoice_id = d.pop("invoiceId", UNSET)

        _resources = d.pop("resources", UNSET)
        resources: Resources | Unset
        if _resources is None or isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = Resources.from_dict({**_resources})

        _transactions = d.pop("transactions", UNSET)
        transactions: list[PaymentTransaction] | Unset = UNSET
        if _transactions is not None and not isinstance(_transactions, Unset):
            transactions = []
            for transactions_item_data in _transactions:
                transactions_item = PaymentTransaction.from_dict({**transactions_item_data})

                transactions.append(transactions_item)

        payment = cls(
            id=id,
            state=state,
            amount=amount,
            currency=currency,
            order_id=order_id,
            invoice_id=invoice_id,
            resources=resources,
            transactions=transactions,
        )

        payment.additional_properties = d
        return payment

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
