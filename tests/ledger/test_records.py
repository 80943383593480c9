"""Everything that is recorded of a key, and the keys of a payment."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import InvalidCancellation, LedgerUnavailable, unzer, vtex
from countermand.ledger import State
from tests.support.claims import CANCEL, another, claimant, receipt, run_sql, unknown
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

if TYPE_CHECKING:
    from countermand.ledger import Ledger

both = pytest.mark.parametrize("flavour", FLAVOURS)


@both
def test_a_record_has_attempts_outcomes_and_resolutions_in_order(
    ledger: Ledger, flavour: Flavour
) -> None:
    """Who said what stays, whatever comes later."""
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 1)
    ledger.record_outcome(claimant(), unknown())
    ledger.resolve("order-42", cancelled=False, by="ada", reason="asked by phone")
    ledger.claim(claimant())
    ledger.record_attempt(claimant(), 2)
    record = call(flavour, ledger, "show", "order-42")
    assert (record.key, record.cancellation, record.user) == ("order-42", CANCEL, "ada")
    assert (record.state, record.closed) == (State.MAYBE_EXECUTED, None)
    assert record.leased_until > record.created
    assert record.next_look > record.created
    ledger.record_outcome(claimant(), receipt())
    record = call(flavour, ledger, "show", "order-42")
    told = [(event.what, event.found, event.by) for event in record.events]
    assert told == [
        ("attempt", None, None),
        ("outcome", "OutcomeUnknown", None),
        ("resolution", "not cancelled", "ada"),
        ("attempt", None, None),
        ("outcome", "cancelled", None),
    ]
    assert record.events[2].message == "asked by phone"
    assert record.events[-1].requests == ("not sent", 200)
    assert (record.state, record.reference) == (State.CANCELLED, receipt().reference)
    assert (record.leased_until, record.next_look, record.waiting_for) == (None, None, None)
    assert record.closed is not None


@both
def test_a_purged_key_shows_what_is_left(ledger: Ledger, flavour: Flavour) -> None:
    """Destination, state and reference."""
    ledger.claim(claimant())
    ledger.record_outcome(claimant(), receipt())
    run_sql(ledger, "UPDATE countermand_cancellations SET closed_at = 1")
    assert call(flavour, ledger, "purge", older_than=2 * 86400.0) == 1
    record = call(flavour, ledger, "show", "order-42")
    assert (record.cancellation, record.user, record.events) == (None, None, ())
    assert record.destination == claimant().destination
    assert (record.state, record.reference) == (State.CANCELLED, receipt().reference)


@both
def test_a_client_counts_what_has_not_ended(ledger: Ledger, flavour: Flavour) -> None:
    """By provider, state and what it waits for."""
    ledger.claim(claimant())
    ledger.claim(another("order-43", unzer.Cancellation("s-pay-2", amount=Decimal("1.00"))))
    (counted,) = call(flavour, ledger, "count_unresolved")
    assert (counted.provider, counted.count) == ("unzer", 2)


@both
def test_an_unknown_key_has_no_record(ledger: Ledger, flavour: Flavour) -> None:
    """Nor has a key that no cancel takes."""
    wrong: Any = 42
    for key in ("unknown", "", wrong):
        assert isinstance(call(flavour, ledger, "show", key), InvalidCancellation)


@both
def test_a_database_that_is_gone_is_an_error(ledger: Ledger, flavour: Flavour) -> None:
    """With the key."""
    ledger.claim(claimant())
    run_sql(ledger, "ALTER TABLE countermand_cancellations RENAME TO elsewhere")
    gone = call(flavour, ledger, "show", "order-42")
    assert isinstance(gone, LedgerUnavailable)
    assert gone.key == "order-42"


@both
def test_a_row_that_cannot_be_decoded_is_an_error(ledger: Ledger, flavour: Flavour) -> None:
    """A newer version, or another program, has written it."""
    ledger.claim(claimant())
    run_sql(ledger, "UPDATE countermand_cancellations SET events = 'nonsense'")
    assert isinstance(call(flavour, ledger, "show", "order-42"), LedgerUnavailable)


@both
def test_the_keys_of_a_payment_are_found_whatever_their_amounts(
    ledger: Ledger, flavour: Flavour
) -> None:
    """Another payment's, and another provider's of the same name, are not."""
    part = unzer.Cancellation("s-pay-1", amount=Decimal("1.00"))
    ledger.claim(claimant())
    ledger.claim(another("order-43", part))
    ledger.claim(another("order-44", unzer.Cancellation("s-pay-2", amount=Decimal("1.00"))))
    ledger.claim(another("order-45", vtex.Cancellation("s-pay-1")))
    found = call(flavour, ledger, "find_by_payment", part)
    assert [record.key for record in found] == ["order-42", "order-43"]
    assert call(flavour, ledger, "find_by_payment", vtex.Cancellation("s")) == ()
    wrong: Any = "s-pay-1"
    refused = call(flavour, ledger, "find_by_payment", wrong)
    assert isinstance(refused, InvalidCancellation)
    assert "not str" in refused.message


@both
def test_a_record_holds_no_credential(ledger: Ledger, flavour: Flavour) -> None:
    """Not even one that the provider returned."""

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, json={"said": request.headers["authorization"]})

    call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(echo))
    assert "s-priv" not in repr(call(flavour, ledger, "show", "order-42"))


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_person_may_end_what_was_accepted_or_waits_for_a_login(
    ledger: Ledger,
    cancelled: bool,  # noqa: FBT001
) -> None:
    """What has another end, may not."""
    ledger.claim(claimant())
    run_sql(
        ledger,
        "UPDATE countermand_cancellations SET state = 'ACCEPTED', owner = NULL, lease_until = NULL",
    )
    ledger.resolve("order-42", cancelled=cancelled, by="ada", reason="asked by phone")
    assert ledger.show("order-42").state is (State.CANCELLED if cancelled else State.FREE)
    run_sql(ledger, "UPDATE countermand_cancellations SET state = 'FREE', waiting_for = 'login'")
    ledger.resolve("order-42", cancelled=False, by="ada", reason="it is obsolete")
    assert list(ledger.unresolved()) == []
    assert [event.what for event in ledger.show("order-42").events] == ["resolution", "resolution"]
