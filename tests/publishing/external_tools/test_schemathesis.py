"""Schemathesis invents requests by the specifications and looks for answers that break them."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from countermand.sandbox import Sandbox
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from countermand.sandbox.simulators import BASE_PATHS, unzer
from tests.publishing.external_tools import schemathesis_hooks as hooks
from tests.support.answer_checks import checked_answers

ROOT: Final = Path(__file__).parents[3]
EXAMPLES: Final = 15
ACCEPTED: Final = ["2xx", "3xx", 401, 403, 404, 409, 429, "5xx"]
"""What Schemathesis itself lets pass as an answer to a well-formed request."""
SEED: Final = 1


def credentials(sandbox: Sandbox, api: str) -> dict[str, str]:
    """Return the header fields that let a request in."""
    if api == "unzer":
        key = base64.b64encode(f"{UNZER_PRIVATE_KEY}:".encode()).decode()
        return {"Authorization": f"Basic {key}"}
    if api == "vtex":
        return {"X-VTEX-API-AppKey": VTEX_APP_KEY, "X-VTEX-API-AppToken": VTEX_APP_TOKEN}
    return {"Authorization": f"Bearer {sandbox.issue_token()}"}


def examine(sandbox: Sandbox, api: str, folder: Path, *more: str) -> tuple[int, str]:
    """Let Schemathesis loose on an API of the sandbox; returns its exit code and its report."""
    fields = [f"{name}: {value}" for name, value in credentials(sandbox, api).items()]
    settings = folder / "schemathesis.toml"
    statuses = [*ACCEPTED, *([hooks.STATE[api]] if api in hooks.STATE else [])]
    settings.write_text(f"[checks.positive_data_acceptance]\nexpected-statuses = {statuses}\n")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"),
        str(ROOT / "specs" / f"{api.replace('_', '-')}.yaml"),
        *("--url", sandbox.base_url(api), "--checks", "all", "--no-color"),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure"),
        *("--max-examples", str(EXAMPLES), "--seed", str(SEED), "--generation-database", "none"),
        *(word for field in fields for word in ("--header", field)),
        *more,
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": hooks.__name__,
        hooks.SANDBOX: sandbox.url,
        hooks.API: api,
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("api", BASE_PATHS)
def test_no_request_gets_an_answer_that_is_not_described(tmp_path: Path, api: str) -> None:
    """All of its checks; and its traffic, compared with the closed schemas."""
    with checked_answers() as answers, Sandbox() as sandbox:
        code, report = examine(sandbox, api, tmp_path)
    assert code == 0, report
    assert answers.count > EXAMPLES
    succeeded = {status for _, _, status in answers.seen if status.startswith("2")}
    assert succeeded, "no request succeeded, so no success was checked"


def test_an_endpoint_without_authentication_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A provider that never looks at the key: the check of credentials can fail."""
    monkeypatch.setattr(unzer, "_authenticate", lambda _incoming: None)
    with Sandbox() as sandbox:
        code, report = examine(sandbox, "unzer", tmp_path, "--include-operation-id", "getPayment")
    assert code == 1, report
    assert "ST401" in report
