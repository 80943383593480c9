"""The judge of the long run finds what is wrong, and lets pass what is right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from countermand.ledger import State
from tests.soak.kinds import BY_SHARE, KINDS, Ended, kind_of, problems, table

if TYPE_CHECKING:
    from tests.soak.kinds import Kind


def ended(kind: Kind) -> Ended:
    """What has become of a cancel of a kind if all is well."""
    return Ended(
        key="cancel-1",
        kind=kind,
        state=min(kind.ends),
        waiting_for=None,
        executions=kind.executions,
        looks=2,
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_end_that_is_right_passes_and_every_other_is_found(kind: Kind) -> None:
    """A second execution, none at all, a false end, and a key that is left open."""
    right = ended(kind)
    assert not list(problems(right))
    assert list(problems(evolve(right, executions=kind.executions + 1)))
    false = {State.CANCELLED, State.REFUSED} - kind.ends
    for state in (*false, State.MAYBE_EXECUTED, State.ACCEPTED, State.CLAIMED):
        assert list(problems(evolve(right, state=state)))


def test_every_kind_has_its_share() -> None:
    """In any stretch as long as all shares together."""
    numbers = range(1000, 1000 + len(BY_SHARE))
    shares = Counter(kind_of(number).name for number in numbers)
    assert shares == {kind.name: kind.share for kind in KINDS}


def test_the_table_counts_by_kind() -> None:
    """Ends by proof and by refusal, who waits for a person, and the looks."""
    kind = KINDS[0]
    waits = evolve(ended(kind), state=State.MAYBE_EXECUTED, waiting_for="person", looks=5)
    (_, line) = table([ended(kind), waits]).splitlines()
    assert line.split() == ["pace_pay", "none", "2", "1", "0", "1", "3.50", "5"]
