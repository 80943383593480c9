# ruff: noqa: T201 - a command that prints.
"""Explore every provider's procedure and print how many states were seen."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tests.model_checking.explorer import explore
from tests.model_checking.models import COMPARED, LOST_LEASES, MODELS, alone
from tests.model_checking.payments import PaceFueling
from tests.model_checking.state import Scope

if TYPE_CHECKING:
    from tests.model_checking.explorer import Explored


def main() -> int:
    """Print the table; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    help_text = "PACE Fueling with two workers at once, too: some minutes more"
    parser.add_argument("--all", action="store_true", help=help_text)
    options = parser.parse_args()
    print(f"{'provider':<14}{'states':>10}{'transitions':>13}{'turns':>7}{'seconds':>9}  result")
    scopes = [(kind, Scope(calls=2 if kind in COMPARED else 3)) for kind in MODELS]
    found = [show(explore(kind(), scope)) for kind, scope in scopes]
    print("with leases that are lost, and people who speak too early:")
    chosen = [kind for kind in MODELS if options.all or kind is not PaceFueling]
    found += [show(explore(alone(kind), LOST_LEASES)) for kind in chosen]
    print("with `reconcile` beside two calls:")
    beside = Scope(calls=2, others=0, looks=2)
    found += [show(explore(alone(kind), beside)) for kind in chosen]
    print(f"{'altogether':<14}{sum(each.states for each in found):>10,}")
    return int(any(each.broken for each in found))


def show(found: Explored) -> Explored:
    """Print a line of the table, and the way to what is broken."""
    print(
        f"{found.model:<14}{found.states:>10,}{found.transitions:>13,}{found.turns:>7,}"
        f"{found.seconds:>9.1f}  {found.broken or 'every promise is kept'}",
        flush=True,
    )
    for line in found.way:
        print(f"    {line}")
    return found


if __name__ == "__main__":
    sys.exit(main())
