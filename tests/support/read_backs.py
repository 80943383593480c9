"""Read-backs without a network: their calls are answered from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from countermand import unzer
from tests.support.samples import CANCELLATIONS, KEY, reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand import RawResponse
    from countermand.provider._verdicts import Finding, ReadBack

MARKER: Final = unzer.payment_reference(KEY)
OURS: Final[dict[str, Any]] = {
    "id": "s-cnl-1",
    "isSuccess": True,
    "isPending": False,
    "isError": False,
    "amount": "10.0000",
    "paymentReference": MARKER,
}
SOMEBODYS: Final = {**OURS, "paymentReference": "somebody else's"}
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


def look(
    answers: Mapping[str, RawResponse | None], cancellation: Any = None
) -> tuple[Finding, list[str]]:
    """Unzer's finding, and the paths that its read-back requested, in order."""
    wanted = cancellation or CANCELLATIONS["unzer"]
    assert unzer.PROVIDER.read_back is not None
    return play(unzer.PROVIDER.read_back(wanted, KEY), answers)


def play(reading: ReadBack, answers: Mapping[str, RawResponse | None]) -> tuple[Finding, list[str]]:
    """Answer the calls of a read-back by path; a path that is not in the table gets None."""
    asked: list[str] = []
    try:
        call = next(reading)
        while True:
            assert (call.operation.effect, call.operation.method) == ("read", "GET")
            asked.append(call.path)
            call = reading.send(answers.get(call.path))
    except StopIteration as finished:
        found: Finding = finished.value
        return found, asked
