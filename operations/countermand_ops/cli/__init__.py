"""The command line: `countermand --help`. It needs `countermand[cli]`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from countermand._extras import extra

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments after the program's name; None for those of the process.

    Returns:
        The exit code, one of `countermand_ops.exit_codes.ExitCode`.
    """
    try:
        with extra("cli", "countermand_ops.cli"):
            from countermand_ops.cli._app import run  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return run(arguments)
