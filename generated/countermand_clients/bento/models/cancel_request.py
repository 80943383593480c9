# Generated from specs/bento.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CancelRequest")


@_attrs_define
class CancelRequest:
    """A specific amount to refund; it must not exceed what was captured. An absent amount means
    everything.

        Attributes:
            refund_amount (int | Unset): How much to refund, in the currency's minor unit such as pence or cents.
    """

    refund_amount: int | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        refund_amount = self.refund_amount

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if refund_amount is not UNSET:
            field_dict["refundAmount"] = refund_amount

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        refund_amount = d.pop("refundAmount", UNSET)

        cancel_request = cls(
            refund_amount=refund_amount,
        )

        return cancel_request
