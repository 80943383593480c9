"""Unzer's replies about a payment: its list of cancels, and single cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand import unzer
from tests.support.samples import KEY, reply

if TYPE_CHECKING:
    from countermand import RawResponse

MARKER: Final = unzer.payment_reference(KEY)
OURS: Final[dict[str, Any]] = {
    "id": "s-cnl-1",
    "isSuccess": True,
    "isPending": False,
    "isError": False,
    "amount": "10.0000",
    "paymentReference": MARKER,
}
OTHERS: Final = {**OURS, "paymentReference": "another"}
FAILED: Final = {**OURS, "isSuccess": False, "isError": True}
HOST: Final = "https://api.unzer.com/v1"
PAYMENT: Final = "/payments/s-pay-1"
CANCELS: Final = f"{PAYMENT}/authorize/s-aut-1/cancels"


def line(path: str, kind: str = "cancel-authorize", **members: Any) -> dict[str, Any]:
    """One entry of a payment's list."""
    return {"type": kind, "status": "success", "url": f"{HOST}{path}", "amount": "10.0", **members}


def payment(*lines: Any) -> RawResponse:
    """A payment with this list."""
    return reply(200, {"id": "s-pay-1", "transactions": list(lines)})
