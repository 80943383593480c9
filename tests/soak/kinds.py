"""The kinds of cancel of the run, and the end that each of them must have. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import Factory, frozen

from countermand.ledger import State

NOTHING: Final = frozenset({State.FREE, State.REFUSED})


@frozen(kw_only=True)
class Kind:
    """A cancel at one provider that meets one fault.

    Attributes:
        api: The provider.
        fault: The name of a fault; `none` lets the request and its answer pass.
        share: Its part of all cancels.
        payment: Settings of the sandbox's payment.
        ends: The states that the provider's records prove in the end.
        executions: How often the sandbox has executed it in the end; it counts a Bento refund that
            fails later, too.
    """

    api: str
    fault: str
    share: int
    payment: dict[str, Any] = Factory(dict[str, Any])
    ends: frozenset[State] = frozenset({State.CANCELLED})
    executions: int = 1

    @property
    def name(self) -> str:
        """For the report."""
        special = [str(value) for value in self.payment.values() if value is not True]
        return " ".join([self.api, self.fault, *special])


CAPTURED: Final = {"captured": True}
FAILS: Final = {**CAPTURED, "refund": "fails"}
PENDING: Final = {"flags": "pending"}
KINDS: Final = (
    *(
        Kind(api=api, fault=fault, share=share)
        for api in ("pace_pay", "vtex", "unzer")
        for fault, share in (("none", 12), ("lost", 3), ("never", 2), ("late", 1))
    ),
    Kind(api="unzer", fault="none", share=6, payment=PENDING),
    Kind(api="unzer", fault="lost", share=3, payment=PENDING),
    Kind(api="bento", fault="none", share=8, payment=CAPTURED),
    Kind(api="bento", fault="lost", share=4, payment=CAPTURED),
    Kind(api="bento", fault="late", share=1, payment=CAPTURED),
    # The provider's own transaction, read twice and unchanged, proves that nothing was executed.
    Kind(api="bento", fault="never", share=3, payment=CAPTURED, ends=NOTHING, executions=0),
    Kind(api="bento", fault="none", share=4, payment=FAILS, ends=NOTHING),
    Kind(api="bento", fault="lost", share=2, payment=FAILS, ends=NOTHING),
)
BY_SHARE: Final = tuple(kind for kind in KINDS for _ in range(kind.share))


def kind_of(number: int) -> Kind:
    """The kind of the cancel with this number; every kind has its share of any long stretch."""
    # A step that has no divisor in common with the length visits all of them.
    return BY_SHARE[number * 31 % len(BY_SHARE)]


@frozen(kw_only=True)
class Ended:
    """What has become of one cancel."""

    key: str
    kind: Kind
    state: State
    waiting_for: str | None
    executions: int
    looks: int


def problems(ended: Ended) -> Iterator[str]:
    """Whatever is not as it must be."""
    kind = ended.kind
    if ended.executions != kind.executions:
        yield f"{ended.key}: executed {ended.executions} times, not {kind.executions}"
    if ended.state not in kind.ends:
        wanted = " or ".join(sorted(kind.ends))
        yield f"{ended.key} ({kind.name}): {ended.state}, not {wanted}"


def table(all_ended: Iterable[Ended]) -> str:
    """By kind: how many, how they ended, who is waited for, and the looks at each."""
    groups: dict[str, list[Ended]] = {}
    for ended in all_ended:
        groups.setdefault(ended.kind.name, []).append(ended)
    lines = [
        f"{'kind':<22}{'cancels':>9}{'proof':>9}{'refusal':>9}{'person':>8}{'looks':>8}{'most':>6}"
    ]
    for name, members in sorted(groups.items()):
        states = Counter(each.state for each in members)
        looks = [each.looks for each in members]
        lines.append(
            f"{name:<22}{len(members):>9}{states[State.CANCELLED]:>9}"
            f"{sum(states[state] for state in NOTHING):>9}"
            f"{sum(each.waiting_for == 'person' for each in members):>8}"
            f"{sum(looks) / len(looks):>8.2f}{max(looks):>6}"
        )
    return "\n".join(lines)
