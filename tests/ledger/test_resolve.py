"""Manual resolutions: idempotent, and not effective too early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import InvalidCancellation, KeyConflict, OutcomeUnknown, Receipt, bento
from countermand._core.commands import KeyHistory
from countermand.errors import LedgerUnavailable
from tests.ledger.test_clients import lost, nothing_there
from tests.support.claims import CANCEL, age, break_down, claimant, rows, run_sql, unknown
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import UNZER, Recorder, call

if TYPE_CHECKING:
    from countermand.ledger import Ledger

RESOLUTION: dict[str, Any] = {"cancelled": False, "by": "ada", "reason": "asked by phone"}
BENTO = bento.Account("token-of-ours", "http://bento.invalid", read=False)
REFUND = bento.Cancellation("or_1", "tx_1", refund_amount=5)


def empty(request: httpx.Request) -> httpx.Response:
    """A provider that shows no cancel, and executes one that is requested."""
    if request.method == "PUT":
        body = {"data": {"orderId": "or_1", "transactionId": "tx_1", "state": "Refunding"}}
        return httpx.Response(202, json=body)
    return nothing_there(request)


@pytest.mark.parametrize("name", ["by", "reason", "reference"])
@pytest.mark.parametrize("value", ["", "  ", 7, "a\0b", "\ud800"])
def test_a_blank_or_invalid_text_is_rejected(left_open: Ledger, name: str, value: Any) -> None:
    """Person and reason are needed later."""
    with pytest.raises(InvalidCancellation, match=name):
        left_open.resolve("order-42", **{**RESOLUTION, name: value})
    assert len(list(left_open.unresolved())) == 1


@pytest.mark.parametrize("value", ["no", 0, None])
def test_cancelled_must_be_a_bool(left_open: Ledger, value: Any) -> None:
    """The text "no" would be true."""
    with pytest.raises(InvalidCancellation, match="cancelled must be a bool"):
        left_open.resolve("order-42", **{**RESOLUTION, "cancelled": value})


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_resolution_may_be_repeated(left_open: Ledger, *, cancelled: bool) -> None:
    """The confirmation of a commit can be lost; the later time counts."""
    resolution = {**RESOLUTION, "cancelled": cancelled}
    left_open.resolve("order-42", **resolution)
    left_open.resolve("order-42", **resolution)
    (row,) = [row for row in rows(left_open) if "key" in row]
    assert row["state"] == ("CANCELLED" if cancelled else "FREE")
    assert (row["resolved_by"], row["resolved_reason"]) == ("ada", "asked by phone")


def test_not_cancelled_may_become_cancelled(left_open: Ledger) -> None:
    """A late request may arrive after the first check; the reverse is a conflict."""
    left_open.resolve("order-42", **RESOLUTION)
    left_open.resolve("order-42", **{**RESOLUTION, "cancelled": True, "reason": "a webhook"})
    with pytest.raises(KeyConflict, match="different result: CANCELLED"):
        left_open.resolve("order-42", **RESOLUTION)


def test_a_further_attempt_ends_a_confirmation(left_open: Ledger) -> None:
    """It covered only the requests before it."""
    left_open.resolve("order-42", **RESOLUTION)
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.confirmed_absent_after is not None
    left_open.record_attempt(claimant(), 1)
    left_open.record_outcome(claimant(), unknown())
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.confirmed_absent_after is None


def test_a_further_attempt_ends_a_confirmation_whatever_the_clock(
    left_open: Ledger,
) -> None:
    """A clock that is set back must not make the confirmation the later one."""
    left_open.resolve("order-42", **RESOLUTION)
    run_sql(left_open, "UPDATE countermand_cancellations SET resolved_at = resolved_at + 3600")
    left_open.claim(claimant())
    left_open.record_attempt(claimant(), 1)
    left_open.record_outcome(claimant(), unknown())
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.confirmed_absent_after is None


def test_a_call_that_sends_nothing_keeps_the_confirmation(left_open: Ledger) -> None:
    """However often it is made too early."""
    left_open.resolve("order-42", **RESOLUTION)
    for _ in range(2):
        history = left_open.claim(claimant())
        assert isinstance(history, KeyHistory)
        assert history.confirmed_absent_after is not None
        left_open.record_outcome(claimant(), unknown(attempts=()))


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("order", [CANCEL, REFUND], ids=["unzer", "bento"])
def test_a_confirmation_within_the_late_arrival_window_permits_no_repeat(
    ledger: Ledger, flavour: Flavour, order: Any
) -> None:
    """A lost request may still arrive; a confirmation after the window counts."""
    options: dict[str, Any] = {"key": "order-42", "accounts": (BENTO, UNZER)}
    assert isinstance(
        call(flavour, ledger, "cancel", order, transport=Recorder(lost), **options), OutcomeUnknown
    )
    ledger.resolve("order-42", **RESOLUTION)
    early = Recorder(empty)
    known = call(flavour, ledger, "cancel", order, transport=early, **options)
    assert isinstance(known, OutcomeUnknown)
    assert early.cancels == 0
    age(ledger, 901)
    if order is REFUND:
        still = call(flavour, ledger, "cancel", order, transport=early, **options)
        assert isinstance(still, OutcomeUnknown)
        assert early.cancels == 0
    ledger.resolve("order-42", **RESOLUTION)
    later = Recorder(empty)
    assert isinstance(call(flavour, ledger, "cancel", order, transport=later, **options), Receipt)
    assert later.cancels == 1


def test_a_ledger_that_cannot_be_written_names_the_key(left_open: Ledger) -> None:
    """As every error does."""
    break_down(left_open)
    with pytest.raises(LedgerUnavailable) as caught:
        left_open.resolve("order-42", **RESOLUTION)
    assert caught.value.key == "order-42"
    with pytest.raises(LedgerUnavailable) as caught:
        left_open.find("order-42")
    assert caught.value.key == "order-42"
