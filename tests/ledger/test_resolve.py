"""What a person found out: recorded once, however often it is said, and not believed too early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import InvalidCancellation, KeyConflict, OutcomeUnknown, Receipt, bento
from countermand._core.commands import KeyHistory
from countermand.errors import LedgerUnavailable
from tests.ledger.test_clients import lost, nothing_there
from tests.support.claims import CANCEL, age, claimant, rows, run_sql, unknown
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import UNZER, Recorder, call

if TYPE_CHECKING:
    from countermand.ledger import Ledger

WORD: dict[str, Any] = {"cancelled": False, "by": "ada", "reason": "asked by phone"}
BENTO = bento.Account("token-of-ours", "http://bento.invalid")
REFUND = bento.Cancellation("or_1", "tx_1", refund_amount=5)


def empty(request: httpx.Request) -> httpx.Response:
    """A provider that shows no cancel, and carries out what it is asked to."""
    if request.method == "PUT":
        body = {"data": {"orderId": "or_1", "transactionId": "tx_1", "state": "Refunding"}}
        return httpx.Response(202, json=body)
    return nothing_there(request)


@pytest.mark.parametrize("name", ["by", "reason", "reference"])
@pytest.mark.parametrize("value", ["", "  ", 7, "a\0b", "\ud800"])
def test_a_word_that_says_nothing_is_refused(left_open: Ledger, name: str, value: Any) -> None:
    """Who found out, and how, is asked for years later."""
    with pytest.raises(InvalidCancellation, match=name):
        left_open.resolve("order-42", **{**WORD, name: value})
    assert len(left_open.unresolved()) == 1


@pytest.mark.parametrize("value", ["no", 0, None])
def test_yes_and_no_are_no_words(left_open: Ledger, value: Any) -> None:
    """A "no" would be true."""
    with pytest.raises(InvalidCancellation, match="cancelled must be a bool"):
        left_open.resolve("order-42", **{**WORD, "cancelled": value})


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_word_may_be_said_again(left_open: Ledger, *, cancelled: bool) -> None:
    """A commit's answer can be lost; and what is said later counts from then on."""
    word = {**WORD, "cancelled": cancelled}
    left_open.resolve("order-42", **word)
    left_open.resolve("order-42", **word)
    (row,) = [row for row in rows(left_open) if "key" in row]
    assert row["state"] == ("succeeded" if cancelled else "retryable")
    assert (row["resolved_by"], row["resolved_reason"]) == ("ada", "asked by phone")


def test_a_person_may_learn_more(left_open: Ledger) -> None:
    """Nothing was executed when they looked, and then the late request arrived; not back again."""
    left_open.resolve("order-42", **WORD)
    left_open.resolve("order-42", **{**WORD, "cancelled": True, "reason": "a webhook"})
    with pytest.raises(KeyConflict, match="different result: succeeded"):
        left_open.resolve("order-42", **WORD)


def test_a_further_attempt_ends_what_a_person_s_word_was_about(left_open: Ledger) -> None:
    """They spoke of the requests before it."""
    left_open.resolve("order-42", **WORD)
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.confirmed_absent_after is not None
    left_open.record_attempt(claimant(), 1)
    left_open.record_outcome(claimant(), unknown())
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.confirmed_absent_after is None


def test_a_word_is_over_with_the_next_attempt_whatever_the_database_s_clock_says(
    left_open: Ledger,
) -> None:
    """A step back between the two must not make the word the later one."""
    left_open.resolve("order-42", **WORD)
    run_sql(left_open, "UPDATE countermand_cancellations SET resolved_at = resolved_at + 3600")
    left_open.claim(claimant())
    left_open.record_attempt(claimant(), 1)
    left_open.record_outcome(claimant(), unknown())
    history = left_open.claim(claimant())
    assert isinstance(history, KeyHistory)
    assert history.confirmed_absent_after is None


def test_a_call_that_sends_nothing_leaves_a_person_s_word(left_open: Ledger) -> None:
    """However often it is asked for too early."""
    left_open.resolve("order-42", **WORD)
    for _ in range(2):
        history = left_open.claim(claimant())
        assert isinstance(history, KeyHistory)
        assert history.confirmed_absent_after is not None
        left_open.record_outcome(claimant(), unknown(attempts=()))


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("order", [CANCEL, REFUND], ids=["unzer", "bento"])
def test_nothing_harmful_is_sent_again_on_a_person_s_word_within_the_settle_window(
    ledger: Ledger, flavour: Flavour, order: Any
) -> None:
    """What arrives later they could not see; a word that is given after the window counts."""
    options: dict[str, Any] = {"key": "order-42", "accounts": (BENTO, UNZER)}
    assert isinstance(
        call(flavour, ledger, "cancel", order, transport=Recorder(lost), **options), OutcomeUnknown
    )
    ledger.resolve("order-42", **WORD)
    early = Recorder(empty)
    known = call(flavour, ledger, "cancel", order, transport=early, **options)
    assert isinstance(known, OutcomeUnknown)
    assert early.cancels == 0
    age(ledger, 901)
    if order is REFUND:
        still = call(flavour, ledger, "cancel", order, transport=early, **options)
        assert isinstance(still, OutcomeUnknown)
        assert early.cancels == 0
    ledger.resolve("order-42", **WORD)
    later = Recorder(empty)
    assert isinstance(call(flavour, ledger, "cancel", order, transport=later, **options), Receipt)
    assert later.cancels == 1


def test_a_ledger_that_cannot_be_written_names_the_key(
    left_open: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every error does."""

    def gone(*_arguments: object, **_options: object) -> Any:
        raise LedgerUnavailable("gone")

    monkeypatch.setattr(left_open._database, "run", gone)
    with pytest.raises(LedgerUnavailable) as caught:
        left_open.resolve("order-42", **WORD)
    assert caught.value.key == "order-42"
    with pytest.raises(LedgerUnavailable) as caught:
        left_open.find("order-42")
    assert caught.value.key == "order-42"
