"""The promises of a cancel, in every state that can be reached within a scope."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.model_checking.bento_payments import BentoRead, BentoReadFull
from tests.model_checking.explorer import Explored, explore
from tests.model_checking.models import COMPARED, LOST_LEASES, MODELS, alone
from tests.model_checking.payments import Bento, PaceFueling, PacePay, Vtex
from tests.model_checking.state import Scope
from tests.model_checking.unzer_payments import Unzer, UnzerFull

if TYPE_CHECKING:
    from tests.model_checking.payments import Model

every_model = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
every_rule = pytest.mark.parametrize(
    "kind", [each for each in MODELS if each is not BentoReadFull], ids=lambda kind: kind.__name__
)
"""Bento's full refund differs from a partial one in its amount alone."""

EVERYWHERE: Final = {
    "CancellationInProgress",
    "LedgerUnavailable",
    "Misdirected",
    "OutcomeUnknown",
    "RateLimited",
    "Unreachable",
    "cancelled, by ledger",
    "cancelled, by reply",
}
RESULTS: Final[dict[str, set[str]]] = {
    "PacePay": {"Forbidden", "MissingLinkedIdentity", "Unauthenticated"},
    "PaceFueling": {
        "AlreadyCaptured",
        "Forbidden",
        "NotFound",
        "Unauthenticated",
        "cancelled, by read back",
    },
    "Bento": {"Declined", "Unauthenticated", "accepted, by reply"},
    "BentoRead": {
        "Declined",
        "NotCancelled",
        "Unauthenticated",
        "accepted, by reply",
        "cancelled, by read back",
    },
    "BentoReadFull": {"NotCancelled", "cancelled, by read back"},
    "Unzer": {"AlreadyCaptured", "Declined", "accepted, by reply", "cancelled, by read back"},
    "UnzerFull": {"already cancelled, by reply", "cancelled, by read back"},
    "Vtex": {"Declined", "ManualCancellationRequired"},
}


def check(found: Explored) -> None:
    """Show the way to a broken promise."""
    seen = f"{found.model}: {found.states:,} states, {found.transitions:,} transitions\n"
    sys.stdout.write(seen)
    assert found.broken is None, "\n".join((f"{found.model}: {found.broken}", *found.way))


def small(kind: type[Model]) -> Scope:
    """Three calls; fewer where the states are many. `nox -s model` explores them with three."""
    many = {*COMPARED, PaceFueling, Unzer, UnzerFull}
    return Scope(calls=2 if kind in many else 3, others=0 if kind in COMPARED else 1)


@every_model
def test_no_interleaving_breaks_a_promise(kind: type[Model]) -> None:
    """Executed once at most; no untrue receipt or refusal; what is not known stays in the ledger.

    Two workers, replies of every kind, crashes and interruptions at every step, late delivery,
    others at work on the payment, late-arrival windows that pass: everything within the scope.
    """
    found = explore(kind(), small(kind))
    check(found)
    assert found.results >= EVERYWHERE | RESULTS[found.model]


@pytest.mark.parametrize(
    ("kind", "variant", "result"),
    [
        (BentoRead, "captured", "cancelled, by read back"),
        (BentoReadFull, "authorised", "already cancelled, by read back"),
    ],
)
def test_a_back_office_at_any_moment_breaks_no_promise(
    kind: type[Model], variant: str, result: str
) -> None:
    """Where the payment is compared with itself: it refunds our amount, another, or voids."""
    found = explore(alone(kind, variant), Scope(calls=2))
    check(found)
    assert result in found.results


@every_rule
def test_a_gateway_that_answers_after_the_execution_breaks_no_promise(kind: type[Model]) -> None:
    """Of a request that was executed anything may be said that is not the provider's own word."""
    found = explore(kind(), Scope(calls=2, others=0, gateways=True))
    check(found)
    assert found.results >= {"OutcomeUnknown", "cancelled, by ledger"}


@pytest.mark.parametrize("kind", [BentoRead, Unzer, Vtex], ids=lambda kind: kind.__name__)
def test_a_look_beside_callers_breaks_no_promise(kind: type[Model]) -> None:
    """`reconcile` takes the key whenever nobody holds it and it has no end.

    Where the payment is compared, where a cancel is found by its reference, and where a repeat does
    no harm: one variant each. The command explores the others.
    """
    model = alone(kind, "captured") if kind is BentoRead else alone(kind)
    check(explore(model, Scope(calls=2, others=0, looks=1)))


def test_a_client_without_a_pay_account_keeps_the_promises_too() -> None:
    """Without the other API's account nothing can be read back, and nothing is made up."""
    check(explore(PaceFueling(), Scope(calls=2), readable=frozenset({"pace_fueling"})))


@every_rule
@pytest.mark.parametrize("happening", ["hasty_people", "stopped_claims", "unreadable"])
def test_a_rare_happening_breaks_no_promise(kind: type[Model], happening: str) -> None:
    """Nor does a claim that its caller stops half-way, or a ledger that is out of reach.

    `NotCancelled` is about the key. A call that cannot know the result of other calls with the key
    must not raise it.
    """
    scope: dict[str, Any] = {happening: True}
    model = alone(BentoRead, "captured") if kind is BentoRead else kind()
    check(explore(model, Scope(calls=2, others=0, **scope)))


@pytest.mark.parametrize(
    "kind", [Bento, BentoRead, Unzer, UnzerFull, Vtex], ids=lambda kind: kind.__name__
)
def test_a_lost_lease_breaks_no_promise(kind: type[Model]) -> None:
    """A worker that lost its lease and lives on may record only a receipt.

    Two workers are at work on one key at any time here, so their states are many: one variant each;
    PACE Pay, where a repeat does no harm, as at VTEX, in the command, and PACE Fueling, where a
    cancel is read as at Unzer, in the command's longer form.
    """
    check(explore(alone(kind), LOST_LEASES))


def test_exploring_is_deterministic() -> None:
    """The same states each time."""
    first, second = (explore(PacePay(), Scope(calls=1)) for _ in range(2))
    assert (first.states, first.transitions, first.turns) == (
        second.states,
        second.transitions,
        second.turns,
    )
