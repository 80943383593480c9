"""`python -m specs.publishing.drift`: record traffic, compare it with the specifications, print a table.

python -m specs.publishing.drift                    records the sandbox's tests and more, and compares
python -m specs.publishing.drift --keep DIRECTORY   the same, and keeps the recordings there
python -m specs.publishing.drift traffic.har ...    compares these files, recorded at the sandbox
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from countermand.sandbox.simulators import BASE_PATHS
from specs.publishing.drift import har, redocly, scenarios
from specs.publishing.drift.described import Description
from specs.publishing.drift.judge import judge
from specs.publishing.drift.report import lines

if TYPE_CHECKING:
    from specs.publishing.drift.judge import Entry


def main(arguments: list[str] | None = None) -> int:
    """Record, compare and print; returns 1 where there is drift."""
    parser = argparse.ArgumentParser(prog="python -m specs.publishing.drift", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="recordings to compare")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep the recordings")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        files = options.files or scenarios.record(folder)
        entries = [entry for file in files for entry in har.read(file)]
        return compare(entries, Path(temporary), complete=not options.files)


def compare(entries: list[Entry], folder: Path, *, complete: bool) -> int:
    """Have both judges look at traffic, and print what they say; returns 1 where there is drift.

    `complete` demands that everything that can be seen was seen.
    """
    descriptions = {api: Description.of(api) for api in BASE_PATHS}
    bases = {api: har.ORIGIN + path for api, path in BASE_PATHS.items()}
    judgement = judge(entries, descriptions, bases)
    second = {
        api: redocly.problems(description, entries, folder)
        for api, description in descriptions.items()
    }
    text, wrong = lines(descriptions, judgement, second, complete=complete)
    sys.stdout.write("\n".join(text) + "\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
