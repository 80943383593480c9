"""Resuming a key: with which account, within what time, and with which errors."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

import pytest

from countermand import InvalidCancellation, NotCancelled, OutcomeUnknown, Receipt, unzer
from countermand._core.commands import Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.ledger.test_clients import lost, nothing_there
from tests.support.claims import CANCEL, raw_connection, rows, run_sql
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import UNZER, VTEX, Recorder, call

OTHER = unzer.Account("s-priv-of-another-merchant", "http://unzer.invalid/v1")
both = pytest.mark.parametrize("flavour", FLAVOURS)


@pytest.fixture
def left_open(ledger: Ledger) -> Ledger:
    """A ledger with an unresolved key: the outcome of its cancel is unknown."""
    known = call("sync", ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost))
    assert isinstance(known, OutcomeUnknown)
    return ledger


@both
@pytest.mark.parametrize(
    ("accounts", "options", "message"),
    [
        ((VTEX,), {}, "no account for http://unzer.invalid/v1"),
        ((OTHER,), {}, "no account for http://unzer.invalid/v1"),
        ((OTHER, unzer.Account("s-priv-third")), {}, "no account for http://unzer.invalid/v1"),
        ((UNZER,), {"deadline": -1.0}, "deadline"),
        ((UNZER,), {"account": OTHER}, "not one of this client's accounts"),
    ],
    ids=["no account", "another's only", "two others", "no deadline", "another's given"],
)
def test_a_key_that_cannot_be_resumed_stays_unknown(
    left_open: Ledger, flavour: Flavour, accounts: Any, options: Any, message: str
) -> None:
    """It may have been executed, so the error must not be `NotCancelled`."""
    known = call(flavour, left_open, "resume", "order-42", accounts=accounts, **options)
    assert isinstance(known, OutcomeUnknown)
    assert not isinstance(known, NotCancelled)
    assert known.key == "order-42"
    assert message in str(known)
    assert len(list(left_open.unresolved())) == 1


@both
def test_resume_selects_the_account_of_the_first_request(
    left_open: Ledger, flavour: Flavour
) -> None:
    """The caller does not name it."""
    (found,) = left_open.unresolved()
    assert found.destination.startswith("http://unzer.invalid/v1 ")
    run_sql(left_open, "UPDATE countermand_cancellations SET state = 'CLAIMED'")
    provider = Recorder(nothing_there)
    accounts = (OTHER, UNZER)
    receipt = call(flavour, left_open, "resume", "order-42", accounts=accounts, transport=provider)
    assert isinstance(receipt, Receipt)
    (sent,) = provider.sent
    assert sent.headers["authorization"] == dict(UNZER.auth_headers(None))["Authorization"]


def test_the_error_of_a_closed_client_depends_on_the_history(left_open: Ledger) -> None:
    """A maybe executed key must not be reported as not cancelled."""
    from countermand import Client, Unreachable  # noqa: PLC0415

    client = Client(UNZER, ledger=left_open, transport=Recorder(nothing_there))
    client.close()
    with pytest.raises(OutcomeUnknown, match="closed"):
        client.cancel(CANCEL, key="order-42")
    with pytest.raises(OutcomeUnknown, match="closed"):
        client.resume("order-42")
    with pytest.raises(Unreachable, match="closed"):
        client.cancel(CANCEL, key="order-43")
    assert len(list(left_open.unresolved())) == 1


@both
@pytest.mark.parametrize("column", ["api = 'stripe'", "cancellation = '{}'"])
def test_a_row_that_cannot_be_decoded_is_no_unknown_key(
    left_open: Ledger, flavour: Flavour, column: str
) -> None:
    """A newer version may have written it, and it may have been executed."""
    run_sql(left_open, f"UPDATE countermand_cancellations SET {column}")
    known = call(flavour, left_open, "resume", "order-42")
    assert isinstance(known, LedgerUnavailable)
    assert known.key == "order-42"


@both
@pytest.mark.parametrize("stored", ["[]", "{}", "no JSON", '{"outcome": "paused"}'])
def test_a_result_that_cannot_be_decoded_is_an_error(
    ledger: Ledger, flavour: Flavour, stored: str
) -> None:
    """And nothing is sent."""
    call(flavour, ledger, "cancel", CANCEL, key="order-42")
    run_sql(ledger, f"UPDATE countermand_cancellations SET result = '{stored}'")
    provider = Recorder(nothing_there)
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert provider.sent == []


@both
def test_a_busy_ledger_is_read_no_longer_than_the_deadline(
    sqlite: str, left_open: Ledger, flavour: Flavour
) -> None:
    """Finding the key is part of the call."""
    del left_open
    with raw_connection(Ledger(sqlite)) as writer, Ledger(sqlite) as fresh:
        # The schema has to be made anew, for which the file is locked.
        writer.execute("DROP TABLE IF EXISTS countermand_cancellations")
        writer.execute("DROP TABLE IF EXISTS countermand_schema")
        writer.execute("BEGIN IMMEDIATE")
        known: list[Any] = []

        def resume() -> None:
            began = monotonic()
            known.append(call(flavour, fresh, "resume", "order-42", deadline=0.3))
            known.append(monotonic() - began)

        thread = threading.Thread(target=resume, daemon=True)
        thread.start()
        thread.join(8)
        writer.execute("ROLLBACK")
        assert isinstance(known[0], LedgerUnavailable)
        assert known[1] < 5.0


def test_a_call_that_lost_its_lease_before_sending_leaves_a_new_key(ledger: Ledger) -> None:
    """It has sent nothing, so its key has no maybe executed request."""
    from tests.support.claims import claimant, receipt  # noqa: PLC0415

    one, two = claimant("one", payment_lock="a" * 64), claimant("two", payment_lock="a" * 64)
    ledger.claim(one)
    run_sql(ledger, "UPDATE countermand_cancellations SET lease_until = 0")
    ledger.claim(two)
    refused = ledger.record_attempt(one, 1)
    assert refused is not None
    ledger.record_outcome(one, refused.error)
    ledger.record_outcome(two, receipt("two"))
    prior: Any = ledger.claim(one)
    assert (prior.maybe_executed, prior.attempts) == (False, 0)
    assert [row["state"] for row in rows(ledger) if row.get("key") == "one"] == ["CLAIMED"]


def test_a_rejected_claim_leaves_no_unresolved_key(ledger: Ledger) -> None:
    """Its caller knows; a later resume must not execute it."""
    from tests.support.claims import claimant  # noqa: PLC0415

    ledger.claim(claimant("one", payment_lock="a" * 64))
    assert isinstance(ledger.claim(claimant("two", payment_lock="a" * 64)), Rejected)
    assert [found.key for found in ledger.unresolved()] == ["one"]


@pytest.mark.parametrize("key", ["\ud800", "a\0b", "x" * 256])
def test_a_key_that_no_database_stores_is_unknown(ledger: Ledger, key: Any) -> None:
    """A typed error, as for any other key that is not there; a long key is not echoed."""
    with pytest.raises(InvalidCancellation, match="no such key"):
        ledger.find(key)
    with pytest.raises(InvalidCancellation, match="no such key"):
        ledger.resolve(key, cancelled=True, by="ada", reason="seen")
