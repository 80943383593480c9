"""Runs the Node tools that specs/publishing/package-lock.json pins."""

import os
import subprocess
from pathlib import Path
from typing import Final

from specs.publishing import PublishingError

FOLDER: Final = Path(__file__).parent
TOOLS: Final = FOLDER / "node_modules" / ".bin"
QUIET: Final = {
    "CI": "1",
    "DO_NOT_TRACK": "1",
    "NO_COLOR": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}
"""No telemetry, no check for newer versions, no colours."""


def command(tool: str, *arguments: str) -> list[str]:
    """The command line of an installed Node tool."""
    path = TOOLS / tool
    if not path.exists():
        raise PublishingError(f"{tool} is not installed; run: npm ci --prefix specs/publishing")
    return [str(path), *arguments]


def environment() -> dict[str, str]:
    """The environment in which Node tools send nothing home."""
    return {**os.environ, **QUIET}


def run(tool: str, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a Node tool in a folder to its end, and return its exit code and its output."""
    return subprocess.run(
        command(tool, *arguments),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300.0,
    )
