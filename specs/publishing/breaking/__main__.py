"""Compares every specification with a git revision: `python -m specs.publishing.breaking BASE`.

Exit status 0: every version and changelog fits its changes. 1: some do not. 2: they cannot be
compared, and the message says why.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from specs.publishing import node
from specs.publishing.breaking import redocly, report, repository
from specs.publishing.breaking.judgement import UnreadableError, judge

ROOT: Final = Path(__file__).parents[3]
FORMATS: Final = {"text": report.text, "markdown": report.markdown, "json": report.as_json}
UNABLE: Final = (
    repository.RepositoryError,
    UnreadableError,
    redocly.RedoclyError,
    node.MissingToolError,
)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="specs.publishing.breaking", description=__doc__)
    parser.add_argument("base", metavar="BASE", help="a git revision, such as HEAD~1 or main")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds specs/")
    parser.add_argument(
        "--output", type=Path, help="a file for the report; standard output if not given"
    )
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Compare, report, and return the exit status."""
    asked = arguments(given)
    try:
        found = judge(
            repository.at(asked.root, asked.base),
            repository.now(asked.root),
            redocly.opinions,
        )
    except UNABLE as error:
        sys.stderr.write(f"cannot compare: {error}\n")
        return 2
    written = FORMATS[asked.format](found)
    if asked.output:
        asked.output.write_text(written, encoding="utf-8")
    else:
        sys.stdout.write(written)
    return 1 if any(judgement.problems for judgement in found) else 0


if __name__ == "__main__":
    sys.exit(main())
