"""Runs the Node tools that specs/publishing/package-lock.json pins."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
TOOLS: Final = FOLDER / "node_modules" / ".bin"
QUIET: Final = {
    "CI": "1",
    "DO_NOT_TRACK": "1",
    "NO_COLOR": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}
"""No telemetry, no look for newer versions, no colours."""


class MissingToolError(Exception):
    """A Node tool is not installed."""


def command(tool: str, *arguments: str) -> list[str]:
    """The command line of an installed Node tool.

    Raises:
        MissingToolError: it is not there; the message says how to install it.
    """
    path = TOOLS / tool
    if not path.exists():
        raise MissingToolError(f"{tool} is not installed; run: npm ci --prefix specs/publishing")
    return [str(path), *arguments]


def environment() -> dict[str, str]:
    """The environment in which Node tools keep to themselves."""
    return {**os.environ, **QUIET}


def run(
    tool: str, *arguments: str, folder: Path | None = None, limit: float = 300.0
) -> subprocess.CompletedProcess[str]:
    """Run a Node tool to its end and return its exit code and what it printed.

    Args:
        tool: Its name in node_modules/.bin, such as `redocly`.
        arguments: Its arguments.
        folder: Where to run it.
        limit: Seconds after which it is stopped.

    Raises:
        MissingToolError: it is not installed.
        subprocess.TimeoutExpired: it did not end in time.
    """
    return subprocess.run(
        command(tool, *arguments),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=limit,
    )
