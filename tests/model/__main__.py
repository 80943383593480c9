# ruff: noqa: T201 - a command that speaks to whoever runs it.
"""Explore every provider's procedure and print how many worlds were seen."""

from __future__ import annotations

import sys

from tests.model.explorer import explore
from tests.model.models import MODELS
from tests.model.state import Scope


def main() -> int:
    """Print the table; 1 where a promise is broken."""
    print(f"{'provider':<14}{'worlds':>10}{'transitions':>13}{'turns':>7}{'seconds':>9}  result")
    failed = False
    for kind in MODELS:
        found = explore(kind(), Scope())
        failed |= found.broken is not None
        print(
            f"{found.model:<14}{found.worlds:>10,}{found.transitions:>13,}{found.turns:>7,}"
            f"{found.seconds:>9.1f}  {found.broken or 'every promise holds'}"
        )
        for line in found.way:
            print(f"    {line}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
