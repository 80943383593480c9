"""Looking for a cancel at Unzer: by its marker, over two reads, and never by a guess."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from countermand_clients.unzer.models.payment_transaction_type import PaymentTransactionType

from countermand import FULL, Declined, Outcome, RawResponse, unzer
from countermand._unzer import TRANSACTION_TYPES, Kind
from countermand.provider._verdicts import Absent, Found, NotKnown, Refuted
from tests.support.read_backs import read, run_read_back
from tests.support.replies import CANCELS, FAILED, OTHERS, OURS, PAYMENT, line, payment
from tests.support.samples import KEY, reply


def test_the_cancel_with_our_reference_is_found() -> None:
    """With its id and its amount, as its own answer would have told them."""
    found, asked = read(
        {PAYMENT: payment(line(f"{CANCELS}/s-cnl-1")), f"{CANCELS}/s-cnl-1": ours()}
    )
    assert isinstance(found, Found)
    assert found.done.outcome is Outcome.CANCELLED
    assert (found.done.reference, found.done.amount) == ("s-cnl-1", Decimal("10.0000"))
    assert asked == [PAYMENT, f"{CANCELS}/s-cnl-1"]


def test_a_pending_cancel_with_our_reference_is_found_as_accepted() -> None:
    """What the provider works on is not final."""
    pending = reply(200, {**OURS, "isSuccess": False, "isPending": True})
    found, _ = read({PAYMENT: payment(line(f"{CANCELS}/1")), f"{CANCELS}/1": pending})
    assert isinstance(found, Found)
    assert found.done.outcome is Outcome.ACCEPTED


def test_a_failed_cancel_with_our_reference_counts_for_nothing() -> None:
    """It may be an older attempt's, and the one in question may still be on its way."""
    failed = reply(200, {**FAILED, "message": {"code": "API.1", "merchant": "no"}})
    found, _ = read({PAYMENT: payment(line(f"{CANCELS}/1", status=None)), f"{CANCELS}/1": failed})
    assert isinstance(found, Absent)


def test_a_success_is_found_behind_a_failed_attempt_under_the_same_reference() -> None:
    """A failed attempt does not count, wherever it stands in the list."""
    lines = [line(f"{CANCELS}/1", status=None), line(f"{CANCELS}/2")]
    answers = {PAYMENT: payment(*lines), f"{CANCELS}/1": reply(200, FAILED), f"{CANCELS}/2": ours()}
    found, _ = read(answers)
    assert isinstance(found, Found)


def test_our_cancel_in_a_state_that_cannot_be_read_is_not_absent() -> None:
    """It is there: to call it absent would allow sending it a second time."""
    odd = reply(200, {**OURS, "isSuccess": False})
    found, _ = read({PAYMENT: payment(line(f"{CANCELS}/1")), f"{CANCELS}/1": odd})
    assert isinstance(found, NotKnown)


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_it_is_absent_if_every_cancel_was_read_and_none_is_ours(lines: int) -> None:
    """Only then."""
    paths = [f"{CANCELS}/s-cnl-{number}" for number in range(lines)]
    answers = {path: reply(200, OTHERS) for path in paths}
    found, asked = read({PAYMENT: payment(*map(line, paths)), **answers})
    assert isinstance(found, Absent)
    assert asked == [PAYMENT, *paths]


@pytest.mark.parametrize(
    "unread",
    [
        None,
        reply(404, {"errors": []}),
        reply(500),
        reply(200, b"<html>", "text/html"),
        reply(200, {"errors": [{"code": "API.1"}], "paymentReference": "x"}),
        reply(200, [OURS]),
        RawResponse(status=200, headers=(("content-type", "application/json"),), body=b'{"id":'),
    ],
    ids=["no answer", "404", "500", "page", "errors in 200", "list", "cut"],
)
def test_a_cancel_that_cannot_be_read_leaves_it_unknown(unread: RawResponse | None) -> None:
    """It may be ours; what else is found to be ours is found all the same."""
    lines = [line(f"{CANCELS}/1"), line(f"{CANCELS}/2")]
    answers = {PAYMENT: payment(*lines), f"{CANCELS}/1": unread, f"{CANCELS}/2": theirs()}
    found, _ = read(answers)
    assert found == NotKnown("1 of the payment's cancels could not be read")
    found, _ = read({**answers, f"{CANCELS}/2": ours()})
    assert isinstance(found, Found)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        reply(404, {"transactions": []}),
        reply(500, {"transactions": []}),
        reply(200, b"<html>", "text/html"),
        reply(200, {"errors": [{"code": "API.310.100.003"}], "transactions": []}),
        reply(200, {"id": "s-pay-1"}),
        reply(200, {"transactions": None}),
        reply(200, {"transactions": {}}),
        reply(200, []),
    ],
)
def test_a_payment_that_cannot_be_read_leaves_it_unknown(answer: RawResponse | None) -> None:
    """No list is not an empty list."""
    found, asked = read({PAYMENT: answer})
    assert found == NotKnown("the payment could not be read")
    assert asked == [PAYMENT]


def test_refunds_and_what_is_no_cancel_are_not_read() -> None:
    """A charge's refund is another thing; so are authorizations, shipments and payouts."""
    kinds = ("authorize", "charge", "preauthorize", "shipment", "payout", "chargeback")
    lines = [line(f"{PAYMENT}/x/{kind}", kind) for kind in (*kinds, "cancel-charge")]
    found, asked = read({PAYMENT: payment(*lines)})
    assert isinstance(found, Absent)
    assert asked == [PAYMENT]


@pytest.mark.parametrize("code", ["COR.900.100.300", "API.340.000.009", "API.000.000.999"])
@pytest.mark.parametrize("holder", ["message", "errors"])
def test_a_line_that_failed_without_a_known_outcome_is_not_absent(holder: str, code: str) -> None:
    """Unzer's list says "error", and our cancel says that the acquirer may have executed it."""
    said = {"message": {"code": code}} if holder == "message" else {"errors": [{"code": code}]}
    lines = payment(line(f"{CANCELS}/s-cnl-1", status="error"))
    found, _ = read({PAYMENT: lines, f"{CANCELS}/s-cnl-1": reply(200, {**FAILED, **said})})
    assert found == NotKnown("1 of the payment's cancels could not be read")


def test_a_line_that_failed_counts_for_nothing_once_it_is_read() -> None:
    """Refused for sure, or another's; the others are read before it. Unread it may be ours."""
    lines = [line(f"{CANCELS}/s-cnl-1", status="error"), line(f"{CANCELS}/s-cnl-2")]
    answers = {PAYMENT: payment(*lines), f"{CANCELS}/s-cnl-2": reply(200, OTHERS)}
    for failed in (FAILED, {**OTHERS, "isSuccess": False, "isError": True}):
        found, asked = read({**answers, f"{CANCELS}/s-cnl-1": reply(200, failed)})
        assert isinstance(found, Absent)
        assert asked == [PAYMENT, f"{CANCELS}/s-cnl-2", f"{CANCELS}/s-cnl-1"]
    found, _ = read(answers)
    assert isinstance(found, NotKnown)


@pytest.mark.parametrize("status", ["success", "pending", "resumed", None, "unheard-of"])
def test_only_an_error_rules_a_line_out(status: str | None) -> None:
    """A missing status may be a success."""
    found, _ = read({PAYMENT: payment(line(f"{CANCELS}/1", status=status)), f"{CANCELS}/1": ours()})
    assert isinstance(found, Found)


def test_the_amount_cancelled_proves_nothing() -> None:
    """It counts refunds only, and would not tell whose cancel it was."""
    whole = {"transactions": [], "amount": {"canceled": "10.0000", "remaining": "0.0000"}}
    found, _ = read({PAYMENT: reply(200, whole)})
    assert isinstance(found, Absent)


@pytest.mark.parametrize("state", [{"id": 2}, {"id": "2"}, {"name": "canceled"}])
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line(f"{PAYMENT}/authorize/s-aut-1", "authorize")],
        [line(f"{CANCELS}/s-cnl-1", status="error")],
    ],
    ids=len,
)
def test_a_cancelled_payment_without_a_cancel_proves_nothing(
    state: dict[str, Any], lines: list[Any]
) -> None:
    """Its list is not complete, so ours may be the one that it lacks."""
    shown = {"id": "s-pay-1", "state": state, "transactions": lines}
    found, _ = read({PAYMENT: reply(200, shown), f"{CANCELS}/s-cnl-1": reply(200, FAILED)})
    assert found == NotKnown("the payment is cancelled, and lists no cancel")
    refund = line(f"{PAYMENT}/charges/s-chg-1/cancels/s-cnl-1", "cancel-charge")
    shown = {**shown, "transactions": [*lines, refund]}
    found, _ = read({PAYMENT: reply(200, shown), f"{CANCELS}/s-cnl-1": reply(200, FAILED)})
    assert isinstance(found, Absent)


@pytest.mark.parametrize("flag", [True, "true"])
def test_a_payment_that_is_an_error_was_not_read(flag: object) -> None:
    """Its list may lack anything."""
    shown = {"id": "s-pay-1", "isError": flag, "transactions": []}
    found, _ = read({PAYMENT: reply(200, shown)})
    assert found == NotKnown("the payment could not be read")
    assert isinstance(read({PAYMENT: reply(200, {**shown, "isError": False})})[0], Absent)


def test_a_cancel_that_shows_no_reference_may_be_ours() -> None:
    """Unzer shows the empty text for a cancel that was given none."""
    path = f"{CANCELS}/s-cnl-1"
    without = {name: value for name, value in OURS.items() if name != "paymentReference"}
    for shown in (without, *({**without, "paymentReference": odd} for odd in (None, 5, [], {}))):
        found, _ = read({PAYMENT: payment(line(path)), path: reply(200, shown)})
        assert found == NotKnown("1 of the payment's cancels could not be read")
    empty = reply(200, {**without, "paymentReference": ""})
    found, _ = read({PAYMENT: payment(line(path)), path: empty})
    assert isinstance(found, Absent)


@pytest.mark.parametrize("form", ["{} ", "\n{}"])
@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_another_spelling_of_our_reference_is_not_somebody_else_s(form: str, spelled: Any) -> None:
    """In doubt nothing is absent."""
    path = f"{CANCELS}/s-cnl-1"
    shown = {**OURS, "paymentReference": form.format(spelled(OURS["paymentReference"]))}
    found, _ = read({PAYMENT: payment(line(path)), path: reply(200, shown)})
    assert isinstance(found, NotKnown)


def test_an_id_that_is_repeated_under_several_parents_is_read_under_each() -> None:
    """`s-cnl-1` is unique only under its authorization; a path listed twice is read once."""
    paths = [
        f"{PAYMENT}/authorize/s-aut-1/cancels/s-cnl-1",
        f"{PAYMENT}/authorize/s-aut-2/cancels/s-cnl-1",
        f"{PAYMENT}/authorize/cancels/s-cnl-1",
    ]
    answers = {paths[0]: theirs(), paths[1]: theirs(), paths[2]: ours()}
    found, asked = read({PAYMENT: payment(*map(line, [*paths[:2], *paths])), **answers})
    assert isinstance(found, Found)
    assert asked == [PAYMENT, *paths]


@pytest.mark.parametrize(
    "url",
    [
        f"https://thief.example:8443/v1{CANCELS}/1",
        f"//thief.example/v1{CANCELS}/1",
        f"https://s-priv-1:@thief.example/v9/other{CANCELS}/1?to=x#y",
        f"{CANCELS}/1",
    ],
)
def test_of_a_url_only_the_path_is_used(url: str) -> None:
    """A call has no host: whatever a list says, the configured one is asked."""
    found, asked = read({PAYMENT: payment(line("", url=url)), f"{CANCELS}/1": ours()})
    assert isinstance(found, Found)
    assert asked == [PAYMENT, f"{CANCELS}/1"]


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "https://[half",
        "https://api.unzer.com",
        f"https://api.unzer.com/v1{PAYMENT}/charges/s-chg-1/cancels/1",
        f"https://api.unzer.com/v1{CANCELS}/",
        f"https://api.unzer.com/v1{CANCELS}/1/more",
        f"https://api.unzer.com/v1{CANCELS}/..",
        f"https://api.unzer.com/v1{CANCELS}/%2e%2e",
        "https://api.unzer.com/v1/payments/../authorize/s-aut-1/cancels/1",
    ],
)
def test_a_path_that_is_none_of_the_documented_ones_leaves_it_unknown(url: Any) -> None:
    """It is not asked for, and it may be ours."""
    found, asked = read({PAYMENT: payment(line("", url=url))})
    assert isinstance(found, NotKnown)
    assert asked == [PAYMENT]


def test_a_percent_encoded_id_is_asked_for_as_it_is_listed() -> None:
    """Decoded once and encoded once: `%2F` never becomes a further segment."""
    path = f"{PAYMENT}/authorize/s%2Faut%201/cancels/a%25b"
    found, asked = read({PAYMENT: payment(line(path)), path: ours()})
    assert isinstance(found, Found)
    assert asked == [PAYMENT, path]


def test_a_line_that_is_no_object_leaves_it_unknown() -> None:
    """It may have been the one."""
    found, asked = read({PAYMENT: payment("a cancel", 7, None)})
    assert found == NotKnown("3 of the payment's cancels could not be read")
    assert asked == [PAYMENT]


def test_what_a_look_has_not_read_is_counted() -> None:
    """A line that is no object, a path that is none, no answer, and ours in an odd state."""
    odd = reply(200, {**OURS, "isSuccess": False})
    lines = [line(f"{CANCELS}/{number}") for number in range(4)]
    answers = {f"{CANCELS}/0": odd, f"{CANCELS}/1": theirs(), f"{CANCELS}/3": odd}
    found, _ = read({PAYMENT: payment("x", line("", url=7), *lines), **answers})
    assert found == NotKnown("5 of the payment's cancels could not be read")


def test_lines_without_a_path_count_once() -> None:
    """Nothing tells them apart."""
    lines = [line("", url=url) for url in (7, None, "", "http://[")]
    found, asked = read({PAYMENT: payment(*lines)})
    assert found == NotKnown("1 of the payment's cancels could not be read")
    assert asked == [PAYMENT]


def test_an_absence_says_what_was_looked_for() -> None:
    """The message is complete."""
    found, _ = read({PAYMENT: payment(line(f"{CANCELS}/1")), f"{CANCELS}/1": theirs()})
    assert found == Absent("none of the payment's cancels carries our reference")


def test_an_order_id_serves_as_a_payment_id() -> None:
    """The payment is asked for under the name that was given, its cancels under theirs."""
    cancellation = unzer.Cancellation("order 7/8", amount=Decimal("10.00"))
    answers = {
        "/payments/order%207%2F8": payment(line(f"{CANCELS}/1")),
        f"{CANCELS}/1": ours(),
    }
    found, asked = read(answers, cancellation)
    assert isinstance(found, Found)
    assert asked == list(answers)


@pytest.mark.parametrize(
    ("asked", "members"),
    [
        ("s-pay-1", {"id": "s-pay-2"}),
        ("s-pay-1", {"id": "s-pay-2", "orderId": "s-pay-1"}),
        ("order-7", {"id": "s-pay-1", "orderId": "order-8"}),
    ],
)
def test_another_payment_is_no_proof_of_absence(asked: str, members: dict[str, Any]) -> None:
    """What was shown is not what was asked for, so nothing was read."""
    cancellation = unzer.Cancellation(asked, amount=Decimal("10.00"))
    shown = reply(200, {**members, "transactions": []})
    found, _ = read({f"/payments/{asked}": shown}, cancellation)
    assert found == NotKnown("Unzer returned another payment")


@pytest.mark.parametrize(
    ("asked", "members"),
    [
        ("s-pay-1", {}),
        ("s-pay-1", {"id": "s-pay-1", "orderId": "order-7"}),
        ("order-7", {"id": "s-pay-1", "orderId": "order-7"}),
        ("order-7", {"id": "s-pay-1", "orderId": ""}),
    ],
)
def test_a_payment_is_known_by_either_of_its_ids(asked: str, members: dict[str, Any]) -> None:
    """An id that is left out is no contradiction."""
    cancellation = unzer.Cancellation(asked, amount=Decimal("10.00"))
    shown = reply(200, {**members, "transactions": []})
    found, _ = read({f"/payments/{asked}": shown}, cancellation)
    assert isinstance(found, Absent)


@pytest.mark.parametrize("kind", [None, "reversal", "CANCEL-AUTHORIZE", []])
def test_a_transaction_of_an_unknown_type_may_be_a_cancel(kind: Any) -> None:
    """It is read; and where it cannot be, nothing is absent."""
    path = f"{CANCELS}/s-cnl-1"
    found, _ = read({PAYMENT: payment(line(path, kind)), path: ours()})
    assert isinstance(found, Found)
    found, _ = read({PAYMENT: payment(line("/somewhere/else", kind))})
    assert isinstance(found, NotKnown)


@pytest.mark.parametrize("kind", [*PaymentTransactionType, "new-kind", None])
@pytest.mark.parametrize(
    "path",
    [
        f"{PAYMENT}/preauthorize/s-paut-1/cancels/s-cnl-1",
        f"{PAYMENT}/preauthorize/cancels/s-cnl-1",
        f"{PAYMENT}/authorize/s-aut-1",
        f"{PAYMENT}/charges/s-chg-1",
    ],
)
def test_a_transaction_is_classified_by_its_path_too(kind: Any, path: str) -> None:
    """Neither the cancel of a preauthorization nor what was cancelled is a cancel of ours."""
    found, asked = read({PAYMENT: payment(line(path, kind))})
    # Reversals are listed below charges, so the type of a cancel stands against another path.
    doubtful = kind == "cancel-authorize" and "/preauthorize/" not in path
    assert isinstance(found, NotKnown if doubtful else Absent)
    assert asked == [PAYMENT]


@pytest.mark.parametrize("kind", [None, "Cancel-Authorize", "cancel_authorize", "reversal", 7])
def test_a_cancel_below_a_charge_without_a_known_type_may_be_a_reversal(kind: Any) -> None:
    """Reversals are listed there, too, and that path cannot be read."""
    path = f"{PAYMENT}/charges/s-chg-1/cancels/s-cnl-1"
    found, asked = read({PAYMENT: payment(line(path, kind))})
    assert found == NotKnown("1 of the payment's cancels could not be read")
    assert asked == [PAYMENT]
    refund, _ = read({PAYMENT: payment(line(path, "cancel-charge"))})
    assert isinstance(refund, Absent)


@pytest.mark.parametrize("kind", [*PaymentTransactionType, "new-kind"])
@pytest.mark.parametrize("path", [f"{CANCELS}/s-cnl-1/", f"{PAYMENT}/authorize//x/cancels/1"])
def test_the_path_of_a_cancel_in_another_form_leaves_it_unknown(kind: str, path: str) -> None:
    """Whatever the type says."""
    found, asked = read({PAYMENT: payment(line(path, kind))})
    assert isinstance(found, NotKnown)
    assert asked == [PAYMENT]


@pytest.mark.parametrize("kind", PaymentTransactionType)
def test_the_path_of_a_cancel_outweighs_its_type(kind: PaymentTransactionType) -> None:
    """It is read, and the reference decides."""
    path = f"{CANCELS}/s-cnl-1"
    found, _ = read({PAYMENT: payment(line(path, kind)), path: ours()})
    assert isinstance(found, Found)


def test_every_documented_type_is_classified() -> None:
    """A type that the specification adds fails here until it is."""
    assert set(TRANSACTION_TYPES) == set(PaymentTransactionType)
    cancels = {kind for kind, what in TRANSACTION_TYPES.items() if what is Kind.CANCEL}
    assert cancels == {PaymentTransactionType.CANCEL_AUTHORIZE}


@pytest.mark.parametrize("code", ["COR.900.100.400", "API.000.000.999"])
def test_a_stored_cancel_of_ours_that_is_undecided_is_unread(code: str) -> None:
    """Unzer does not know what became of it, so it is not absent."""
    path = f"{CANCELS}/s-cnl-1"
    stored = {**OURS, "isSuccess": False, "isError": True, "message": {"code": code}}
    found, _ = read({PAYMENT: payment(line(path)), path: reply(200, stored)})
    assert isinstance(found, NotKnown)


@pytest.mark.parametrize(
    "shown",
    [
        {"id": "s-pay-1", "transactions": [{"type": [], "status": {}}]},
        {"id": ["s-pay-1"], "transactions": []},
        {"id": {}, "orderId": [], "transactions": []},
    ],
)
def test_a_payment_of_another_shape_proves_nothing(shown: dict[str, Any]) -> None:
    """Whatever stands where a text should."""
    found, _ = read({PAYMENT: reply(200, shown)})
    assert isinstance(found, NotKnown)


@pytest.mark.parametrize("kind", ["authorize", "charge", "shipment", "cancel-charge"])
def test_a_transaction_that_is_no_cancel_is_not_read(kind: str) -> None:
    """Nor does it count as unread."""
    found, asked = read({PAYMENT: payment(line("/payments/s-pay-1/authorize/s-aut-1", kind))})
    assert isinstance(found, Absent)
    assert asked == [PAYMENT]


def test_a_cancel_of_another_amount_is_no_proof_of_ours() -> None:
    """An earlier use of the key, forgotten since, has left the same reference behind."""
    path = f"{CANCELS}/s-cnl-1"
    answers = {PAYMENT: payment(line(path)), path: ours()}
    found, _ = read(answers, unzer.Cancellation("s-pay-1", amount=Decimal("10.01")))
    assert found == NotKnown("the cancel with our reference has another amount")
    found, _ = read(answers, unzer.Cancellation("s-pay-1", amount=FULL))
    assert isinstance(found, Found)


def ours() -> RawResponse:
    """Our cancel, done."""
    return reply(200, OURS)


def theirs() -> RawResponse:
    """A cancel of somebody else's, done."""
    return reply(200, OTHERS)


def follow(answers: Any, reference: str | None = "s-cnl-1") -> Any:
    """What the reads of an accepted cancel find."""
    cancellation = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
    reads = unzer.read_accepted(cancellation, KEY, reference)
    return run_read_back(reads, answers)[0]


@pytest.mark.parametrize("status", ["error", None])
def test_an_accepted_cancel_that_failed_is_refused(status: str | None) -> None:
    """For good: the provider had accepted it, and says that it did not succeed."""
    failed = reply(200, {**FAILED, "message": {"code": "API.1", "merchant": "no"}})
    lines = payment(line(f"{CANCELS}/s-cnl-1", status=status))
    found = follow({PAYMENT: lines, f"{CANCELS}/s-cnl-1": failed})
    assert isinstance(found, Refuted)
    assert found.refused.error is Declined
    assert found.refused.about_payment


def test_another_failed_cancel_says_nothing_of_the_accepted_one() -> None:
    """An older attempt of the same key, or an old list; nor is a finished one refused."""
    failed = reply(200, {**FAILED, "id": "s-cnl-0"})
    lines = payment(line(f"{CANCELS}/s-cnl-0", status="error"))
    answers = {PAYMENT: lines, f"{CANCELS}/s-cnl-0": failed}
    assert follow(answers) == NotKnown(
        "the payment's cancels do not show what became of the accepted one"
    )
    assert isinstance(follow(answers, None), Absent)
    unread = {PAYMENT: lines, f"{CANCELS}/s-cnl-0": None}
    assert isinstance(follow(unread), NotKnown)
    done = {PAYMENT: payment(line(f"{CANCELS}/s-cnl-1")), f"{CANCELS}/s-cnl-1": ours()}
    assert isinstance(follow(done), Found)


class Later(dict[str, list[RawResponse | None]]):
    """The answers to each path, one after the other; the last one stays."""

    def get(self, path: str, default: object = None) -> RawResponse | None:
        """Return the next answer to this path."""
        del default
        answers = self[path]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.mark.parametrize("second", [reply(500, {}), reply(200, {"id": "s-pay-2"})])
def test_a_payment_that_cannot_be_read_again_refuses_nothing(second: RawResponse) -> None:
    """The first read found no cancel, and the second one no payment."""
    nothing = payment()
    assert follow(Later({PAYMENT: [nothing, second]})) == NotKnown("the payment could not be read")


def test_a_cancel_at_another_address_is_not_read() -> None:
    """The payment lists it elsewhere, and our reads go to Unzer's paths alone."""
    lines = payment(line("/somewhere/else", status="error"))
    assert isinstance(follow({PAYMENT: lines}), NotKnown)


def test_an_accepted_cancel_that_succeeds_between_two_reads_is_not_refused() -> None:
    """The first read found it failed; a provider may correct itself."""
    path = f"{CANCELS}/s-cnl-1"
    failed = reply(200, {**FAILED, "message": {"code": "API.1", "merchant": "no"}})
    answers = {PAYMENT: [payment(line(path, status=None))], path: [failed, ours()]}
    assert isinstance(follow(Later(answers)), NotKnown)
