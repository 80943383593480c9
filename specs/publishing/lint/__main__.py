"""Has both judges look at every specification and workflow: `python -m specs.publishing.lint`.

Exit status 1 says that something was found, of whatever severity; 2 that a judge did not work.
"""

import sys
from pathlib import Path

from specs.publishing import node
from specs.publishing.lint.findings import JudgeError, redocly, spectral

ROOT = Path(__file__).parents[3]


def documents(root: Path) -> list[Path]:
    """The specifications, then the workflows."""
    return [
        *sorted(root.glob("specs/*.yaml")),
        *sorted(root.glob("specs/workflows/*.arazzo.yaml")),
    ]


def main(arguments: list[str]) -> int:
    """Judge the named files, or all there are; return the exit status."""
    files = [Path(argument) for argument in arguments] or documents(ROOT)
    try:
        found = sorted([*redocly(files, ROOT), *spectral(files, ROOT)])
    except (JudgeError, node.MissingToolError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    sys.stdout.write(f"{len(files)} files, {len(found)} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
