"""Lints every specification and workflow with Redocly: `python -m specs.publishing.lint`.

Exit status 1 says that something was found, 2 that Redocly did not run.
"""

import sys
from pathlib import Path

from specs.publishing import PublishingError, node
from specs.publishing.snapshots import ROOT

FOLDER = Path(__file__).parent


def lint(files: list[Path], *options: str) -> tuple[int, str]:
    """Run Redocly with our rules on some files; return its exit status and its output."""
    # Redocly looks for its list of accepted findings in the working folder, not beside the rules.
    names = [str(path.resolve()) for path in files]
    done = node.run("redocly", "lint", "--config", "redocly.yaml", *options, *names, folder=FOLDER)
    return done.returncode, done.stdout if options else done.stdout + done.stderr


def main() -> int:
    """Lint all there are; return the exit status."""
    files = [*ROOT.glob("specs/*.yaml"), *ROOT.glob("specs/workflows/*.arazzo.yaml")]
    try:
        status, printed = lint(sorted(files))
    except PublishingError as error:
        status, printed = 2, f"{error}\n"
    sys.stdout.write(printed)
    return status


if __name__ == "__main__":
    sys.exit(main())
