"""What each task of the run must end with. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import frozen

from countermand.ledger import State

APIS: Final = ("unzer", "vtex", "unzer", "pace_pay")
"""Half of them at Unzer, where the sandbox executes every repeat."""
SHARES: Final = {"none": 39, "lost": 6, "never": 2, "silent": 1, "busy": 1, "late page": 1}
"""How many of 50 requests meet which fault."""
CUT_EVERY: Final = 10
"""One task of so many has a time limit that strikes while it waits for a silent provider."""


@frozen(kw_only=True)
class Ended:
    """What has become of one task.

    Attributes:
        key: Its idempotency key.
        result: What the task has returned; None if it has not ended.
        state: The state of the key in the ledger; None if the ledger does not know it.
        executions: How often the sandbox has executed it.
    """

    key: str
    result: dict[str, Any] | None
    state: State | None
    executions: int


def api_of(number: int) -> str:
    """The provider of the task with this number."""
    return APIS[number % len(APIS)]


def fault_of(number: int) -> str:
    """The name of the fault that the request with this number meets."""
    names = [name for name, share in SHARES.items() for _ in range(share)]
    # A step that has no divisor in common with the length visits all of them.
    return names[number * 21 % len(names)]


def outcome_of(ended: Ended) -> str:
    """What the task has ended with, as a word."""
    if ended.result is None:
        return "no result"
    return str(ended.result.get("outcome") or ended.result["error"])


def problems(ended: Ended) -> Iterator[str]:
    """Whatever is not as it must be."""
    if ended.executions != 1:
        yield f"{ended.key}: executed {ended.executions} times"
    if ended.state is not State.CANCELLED:
        yield f"{ended.key}: {ended.state} in the ledger"
    if ended.result is None:
        yield f"{ended.key}: the task has no result"


def table(all_ended: Iterable[Ended]) -> str:
    """The results of the tasks, and how many there are of each."""
    found = Counter(outcome_of(each) for each in all_ended)
    return "\n".join(f"{count:>8}  {name}" for name, count in found.most_common())
