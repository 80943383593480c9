"""Compares every specification with a git revision: `python -m specs.publishing.breaking BASE`.

Exit status 0: every version and changelog fits its changes. 1: some do not. 2: they cannot be
compared, and the message says why.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from specs.publishing import PublishingError
from specs.publishing.breaking.check import check
from specs.publishing.breaking.report import markdown
from specs.publishing.snapshots import ROOT, Snapshot, at


def main(given: Sequence[str] | None = None) -> int:
    """Compare, report, and return the exit status."""
    parser = argparse.ArgumentParser(prog="specs.publishing.breaking", description=__doc__)
    parser.add_argument("base", metavar="BASE", help="a git revision, such as HEAD~1 or main")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds specs/")
    parser.add_argument("--output", type=Path, help="a file for the report, not standard output")
    options = parser.parse_args(given)
    try:
        found = check(at(options.root, options.base), Snapshot(options.root))
    except PublishingError as error:
        sys.stderr.write(f"cannot compare: {error}\n")
        return 2
    if options.output:
        options.output.write_text(markdown(found), encoding="utf-8")
    else:
        sys.stdout.write(markdown(found))
    return 1 if any(result.problems for result in found) else 0


if __name__ == "__main__":
    sys.exit(main())
