"""What callers see of the ledger: cancel, resume, unresolved, resolve, wait, on both clients."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from attrs import evolve

from countermand import (
    CancellationInProgress,
    Declined,
    Evidence,
    InvalidCancellation,
    KeyConflict,
    Outcome,
    OutcomeUnknown,
    Policy,
    Receipt,
    Unauthenticated,
    unzer,
    vtex,
)
from countermand._core.commands import Rejected
from countermand._runtime.accounts import destination_of
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.support.claims import age, claimant, rows
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import DONE, POLICY, UNZER, Recorder, call

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand._core.idempotency import KeyClaim

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
VTEX = vtex.Cancellation("payment-1")
both = pytest.mark.parametrize("flavour", FLAVOURS)


def lost(_request: httpx.Request) -> httpx.Response:
    """No answer to anything."""
    raise httpx.ReadTimeout("lost")


@both
@pytest.mark.parametrize("text", ["\udc80", "\0", "\n\x1b[31m", "\u202e"])
def test_what_an_error_of_a_transport_says_is_recorded(
    ledger: Ledger, flavour: Flavour, text: str
) -> None:
    """Of a text that no database stores, or that would forge a line of a log, the rest is kept."""

    def fail(_request: httpx.Request) -> httpx.Response:
        raise OSError(f"a{text}b")

    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(fail))
    assert isinstance(known, OutcomeUnknown)
    assert text not in known.message
    (found,) = ledger.unresolved()
    assert found.reason == known.message
    assert found.reason.startswith("Unzer")
    assert ": a" in found.reason


def nothing_there(request: httpx.Request) -> httpx.Response:
    """The payment has no cancels; a cancel goes through."""
    body: Any = {"transactions": []} if request.method == "GET" else DONE
    return httpx.Response(200, json=body)


@both
def test_a_succeeded_key_sends_nothing_from_another_client(
    ledger: Ledger, flavour: Flavour
) -> None:
    """The receipt is the same, with the evidence `LEDGER`."""
    first = call(flavour, ledger, "cancel", CANCEL, key="order-42")
    silent = Recorder(lost)
    second = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=silent)
    resumed = call(flavour, ledger, "resume", "order-42", transport=silent)
    assert silent.sent == []
    assert first.evidence is Evidence.REPLY
    for again in (second, resumed):
        assert isinstance(again, Receipt)
        assert again.evidence is Evidence.LEDGER
        assert (again.reference, again.response) == (first.reference, first.response)
    assert call(flavour, ledger, "unresolved") == ()


@both
def test_a_refusal_sends_nothing_the_second_time(ledger: Ledger, flavour: Flavour) -> None:
    """The stored error is raised again; a look preceded it."""
    refusing = Recorder(
        lambda _: httpx.Response(400, json={"errors": [{"code": "API.340.000.004"}]})
    )
    first = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=refusing)
    second = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=refusing)
    assert type(first) is type(second) is Declined
    assert (second.code, str(second), len(second.attempts)) == (first.code, str(first), 1)
    assert refusing.cancels == 1
    assert len(refusing.sent) == 2


@both
def test_a_refusal_of_the_request_leaves_the_key_free(ledger: Ledger, flavour: Flavour) -> None:
    """Here the key is put right; what was wrong with the request says nothing of the payment."""
    silent = Recorder(lost)
    wrong_key = Recorder(
        lambda _: httpx.Response(401, json={"errors": [{"code": "API.710.000.002"}]})
    )
    first = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=wrong_key)
    assert type(first) is Unauthenticated
    assert call(flavour, ledger, "unresolved") == ()
    elsewhere = unzer.Account("s-priv-number-two", "http://other.invalid/v1")
    receipt = call(flavour, ledger, "cancel", CANCEL, key="order-42", accounts=[elsewhere])
    assert isinstance(receipt, Receipt)
    back = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=silent)
    assert isinstance(back, KeyConflict)
    assert "at http://other.invalid/v1" in str(back)
    assert silent.sent == []


@both
def test_a_key_conflict_sends_nothing(ledger: Ledger, flavour: Flavour) -> None:
    """Another amount, or another server, under the same key."""
    call(flavour, ledger, "cancel", CANCEL, key="order-42")
    silent = Recorder(lost)
    other = unzer.Cancellation("s-pay-1", amount=11)
    known = call(flavour, ledger, "cancel", other, key="order-42", transport=silent)
    assert isinstance(known, KeyConflict)
    elsewhere = unzer.Account("s-priv-number-two", "http://other.invalid/v1")
    known = call(
        flavour, ledger, "cancel", CANCEL, key="order-42", accounts=[elsewhere], transport=silent
    )
    assert isinstance(known, KeyConflict)
    assert silent.sent == []


@both
def test_a_lost_answer_stays_unresolved_and_is_resumed_by_a_read_back(
    ledger: Ledger, flavour: Flavour
) -> None:
    """The payment is read, and nothing is sent again."""
    known = call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost))
    assert isinstance(known, OutcomeUnknown)
    (found,) = call(flavour, ledger, "unresolved")
    assert (found.key, found.cancellation, found.attempts) == ("order-42", CANCEL, 1)
    url = "https://api.unzer.com/v1/payments/s-pay-1/authorize/s-aut-1/cancels/s-cnl-1"
    line = {"type": "cancel-authorize", "status": "success", "url": url}
    marker = {"paymentReference": unzer.payment_reference("order-42")}

    def there(request: httpx.Request) -> httpx.Response:
        whole = {"transactions": [line]}
        single = request.url.path.endswith("s-cnl-1")
        return httpx.Response(200, json={**DONE, **marker} if single else whole)

    provider = Recorder(there)
    receipt = call(flavour, ledger, "resume", "order-42", transport=provider)
    assert isinstance(receipt, Receipt)
    assert (receipt.evidence, receipt.reference) == (Evidence.READ_BACK, "s-cnl-1")
    assert (provider.cancels, len(provider.sent)) == (0, 2)
    assert {request.url.host for request in provider.sent} == {"unzer.invalid"}
    assert call(flavour, ledger, "unresolved") == ()


@both
def test_nothing_harmful_is_sent_again_within_the_late_arrival_window(
    ledger: Ledger, flavour: Flavour
) -> None:
    """The first request may still arrive; after the window it counts as lost."""
    policy = Policy(attempts=1, late_arrival_window=900.0, budget=None)
    options: dict[str, Any] = {"policy": policy}
    call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost), **options)
    early = Recorder(nothing_there)
    for _ in range(2):
        known = call(flavour, ledger, "resume", "order-42", transport=early, **options)
        assert isinstance(known, OutcomeUnknown)
    assert early.cancels == 0
    age(ledger, 890.0)
    call(flavour, ledger, "resume", "order-42", transport=early, **options)
    assert early.cancels == 0
    age(ledger, 10.0)
    receipt = call(flavour, ledger, "resume", "order-42", transport=early, **options)
    assert isinstance(receipt, Receipt)
    assert receipt.evidence is Evidence.REPLY
    assert early.cancels == 1
    assert ledger.find("order-42").attempts == 2


@both
def test_after_the_window_nothing_is_sent_without_a_complete_read_back(
    ledger: Ledger, flavour: Flavour
) -> None:
    """A repeat needs a complete read-back."""
    call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost))
    age(ledger, 10_000.0)
    for answer in (lost, lambda _: httpx.Response(404, json={}), lambda _: httpx.Response(200)):
        provider = Recorder(answer)
        known = call(flavour, ledger, "resume", "order-42", transport=provider)
        assert isinstance(known, OutcomeUnknown)
        assert provider.cancels == 0
    assert len(call(flavour, ledger, "unresolved")) == 1


@both
def test_a_harmless_repeat_is_how_vtex_is_resumed(ledger: Ledger, flavour: Flavour) -> None:
    """The same `requestId` again; an earlier reference is listed beside that of the receipt."""
    cut = Recorder(lambda _: httpx.Response(200, content=b'{"cancellationId": "C1", "mes'))
    known = call(flavour, ledger, "cancel", VTEX, key="order-42", transport=cut)
    assert isinstance(known, OutcomeUnknown)
    assert set(known.earlier_references) == {"C1"}
    ids = {"paymentId": VTEX.payment_id, "requestId": vtex.request_id("order-42")}
    naive = Recorder(lambda _: httpx.Response(200, json={**ids, "cancellationId": "C9"}))
    receipt = call(flavour, ledger, "resume", "order-42", transport=naive)
    assert isinstance(receipt, Receipt)
    assert receipt.reference == "C9"
    assert set(receipt.earlier_references) == {"C1"}
    bodies = {request.read() for request in (*cut.sent, *naive.sent)}
    assert len(bodies) == 1
    stored = call(flavour, ledger, "resume", "order-42", transport=Recorder(lost))
    assert stored.earlier_references == receipt.earlier_references


@both
def test_a_reference_that_is_found_twice_is_listed_once(ledger: Ledger, flavour: Flavour) -> None:
    """However often the answer was cut off."""
    cut = Recorder(lambda _: httpx.Response(200, content=b'{"cancellationId": "C1", "mes'))
    for _ in range(2):
        known = call(flavour, ledger, "cancel", VTEX, key="order-42", transport=cut)
        assert (len(known.attempts), known.earlier_references) == (1, ("C1",))
    assert len(cut.sent) == 2


@both
def test_resume_sends_a_request_that_was_never_sent(
    ledgers: Callable[..., Ledger], flavour: Flavour
) -> None:
    """After a crash between claim and first byte."""
    from tests.support.claims import claimant  # noqa: PLC0415 - the crash leaves what it claims

    crashed = ledgers()
    crashed.claim(claimant(cancellation=CANCEL, destination=destination_of(UNZER)))
    crashed._leases.release_all()
    age(crashed, 60.0)
    provider = Recorder()
    receipt = call(flavour, ledgers(), "resume", "order-42", transport=provider)
    assert isinstance(receipt, Receipt)
    assert provider.cancels == 1


@both
def test_resolve_records_what_a_person_found_out(ledger: Ledger, flavour: Flavour) -> None:
    """The client's method is the ledger's."""
    call(flavour, ledger, "cancel", CANCEL, key="order-42", transport=Recorder(lost))
    resolution = {"cancelled": True, "by": "ada", "reason": "seen", "reference": "s-cnl-7"}
    assert call(flavour, ledger, "resolve", "order-42", **resolution) is None
    receipt = call(flavour, ledger, "resume", "order-42", transport=Recorder(lost))
    assert (receipt.outcome, receipt.reference) == (Outcome.CANCELLED, "s-cnl-7")
    assert call(flavour, ledger, "resolve", "order-42", **resolution) is None
    otherwise = {**resolution, "cancelled": False}
    assert isinstance(call(flavour, ledger, "resolve", "order-42", **otherwise), KeyConflict)
    (row,) = [row for row in rows(ledger) if "key" in row]
    assert (row["resolved_by"], row["resolved_reason"]) == ("ada", "seen")


@both
def test_without_a_ledger_there_is_nothing_to_resume(flavour: Flavour) -> None:
    """A typed error, from each of the three."""
    resolution = {"cancelled": True, "by": "ada", "reason": "seen"}
    for name, arguments, options in (
        ("resume", ("order-42",), {}),
        ("unresolved", (), {}),
        ("resolve", ("order-42",), resolution),
    ):
        known = call(flavour, None, name, *arguments, **options)
        assert isinstance(known, LedgerUnavailable), name


@both
def test_an_unknown_key_cannot_be_resumed(ledger: Ledger, flavour: Flavour) -> None:
    """Nothing is sent."""
    known = call(flavour, ledger, "resume", "order-43")
    assert isinstance(known, InvalidCancellation)
    assert known.key == "order-43"


class Slow(Ledger):
    """A ledger that has no answer within the last moment of a deadline."""

    def claim(self, claim: KeyClaim, *, timeout: float = 1.0, **options: Any) -> Any:
        """Answer if there is time."""
        if timeout > 0.05:
            return super().claim(claim, timeout=timeout, **options)
        time.sleep(max(timeout, 0.0))
        return Rejected(LedgerUnavailable("no answer"))


@both
def test_a_wait_ends_with_what_was_known_before_the_deadline(
    tmp_path: Path, flavour: Flavour
) -> None:
    """The last look at the key may be cut off."""
    with Ledger(tmp_path / "a.db") as held, Slow(tmp_path / "a.db") as slow:
        held.claim(claimant())
        silent = Recorder(lost)
        options = {"key": "order-42", "policy": evolve(POLICY, deadline=0.3), "wait": True}
        known = call(flavour, slow, "cancel", CANCEL, transport=silent, **options)
    assert isinstance(known, CancellationInProgress)
    assert silent.sent == []


@both
def test_a_call_that_waits_for_a_key_gets_the_receipt(
    ledgers: Callable[..., Ledger], flavour: Flavour
) -> None:
    """The second call sends nothing; without `wait` it raises `CancellationInProgress`."""
    reached, go_on = threading.Event(), threading.Event()

    def slow(_request: httpx.Request) -> httpx.Response:
        reached.set()
        assert go_on.wait(20)
        return httpx.Response(200, json=DONE)

    first, second, results = ledgers(), ledgers(), []
    options: dict[str, Any] = {"key": "order-42", "policy": Policy(budget=None)}
    worker = threading.Thread(
        target=lambda: results.append(
            call("sync", first, "cancel", CANCEL, transport=Recorder(slow), **options)
        )
    )
    worker.start()
    assert reached.wait(20)
    silent = Recorder(lost)
    known = call(flavour, second, "cancel", CANCEL, transport=silent, **options)
    assert isinstance(known, CancellationInProgress)
    hasty = {**options, "policy": POLICY, "deadline": 0.2}
    known = call(flavour, second, "cancel", CANCEL, transport=silent, wait=True, **hasty)
    assert isinstance(known, CancellationInProgress)
    threading.Timer(0.2, go_on.set).start()
    receipt = call(flavour, second, "resume", "order-42", transport=silent, wait=True)
    worker.join()
    assert isinstance(receipt, Receipt)
    assert receipt.reference == results[0].reference == "s-cnl-1"
    assert silent.sent == []
