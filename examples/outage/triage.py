"""Lists the open cancels of a ledger with the next step of each: `python triage.py LEDGER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from countermand.ledger import Ledger, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand.ledger import Unresolved

STEPS: Final[dict[str, str]] = {
    "person": "find out at the provider, then: countermand resolve",
    "login": "wait for the user; the same key goes on after the login",
    State.CLAIMED: "call again with the same key; nothing was sent",
    State.MAYBE_EXECUTED: "leave it to reconcile; never use a new key",
    State.ACCEPTED: "leave it to reconcile; the provider is at work",
}


def next_step(found: Unresolved) -> str:
    """What to do with an open cancel. Waiting for somebody counts more than the state."""
    if found.in_progress:
        return "wait: a call with this key is running"
    return STEPS[found.waiting_for or found.state]


def lines(ledger: Ledger) -> Iterator[str]:
    """A line for each open cancel."""
    for found in ledger.unresolved():
        waits = f" (waits for {found.waiting_for})" if found.waiting_for else ""
        yield f"{found.key}\t{found.state}{waits}\t{next_step(found)}"


def main(url: str) -> int:
    """Print the lines. A ledger that is not there is an error, and not an empty one."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        print(f"there is no ledger at {file}", file=sys.stderr)
        return 1
    with Ledger(url) as opened:
        print("\n".join(lines(opened)) or "nothing is open")
    return 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case [argument]:
            sys.exit(main(argument))
        case _:
            sys.exit(__doc__)
