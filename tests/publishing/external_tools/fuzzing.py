"""Runs Schemathesis at a server, with the specification of one API and the hooks beside this."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests.publishing.external_tools import schemathesis_hooks as hooks

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[3]
ACCEPTED: Final = ["2xx", "3xx", 401, 403, 404, 409, 429, "5xx"]
"""What Schemathesis itself lets pass as an answer to a well-formed request."""


def schemathesis_run(
    api: str, url: str, fields: Mapping[str, str], folder: Path, *more: str
) -> tuple[int, str]:
    """Run all checks with these header fields; return the exit code and the report."""
    settings = folder / "schemathesis.toml"
    statuses = [*ACCEPTED, *([hooks.STATE[api]] if api in hooks.STATE else [])]
    settings.write_text(f"[checks.positive_data_acceptance]\nexpected-statuses = {statuses}\n")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"),
        *(str(ROOT / "specs" / f"{api.replace('_', '-')}.yaml"), "--url", url),
        *("--checks", "all", "--no-color", "--continue-on-failure"),
        *("--seed", "1", "--generation-database", "none"),
        *(word for name, value in fields.items() for word in ("--header", f"{name}: {value}")),
        *more,
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": hooks.__name__,
        hooks.SANDBOX: "{0.scheme}://{0.netloc}".format(urlsplit(url)),
        hooks.API: api,
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr
