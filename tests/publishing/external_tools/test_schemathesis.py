"""Schemathesis invents requests by the specifications and looks for answers that break them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import pytest

from countermand.sandbox import Sandbox
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from countermand.sandbox.simulators import BASE_PATHS, unzer
from tests.publishing.external_tools.fuzzing import schemathesis_run
from tests.support.answer_checks import checked_answers

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = 15
EACH: Final = [
    pytest.param(api, marks=() if api == "pace_fueling" else pytest.mark.exhaustive)
    for api in BASE_PATHS
]


def credentials(sandbox: Sandbox, api: str) -> dict[str, str]:
    """Return the header fields that let a request in."""
    if api == "unzer":
        key = base64.b64encode(f"{UNZER_PRIVATE_KEY}:".encode()).decode()
        return {"Authorization": f"Basic {key}"}
    if api == "vtex":
        return {"X-VTEX-API-AppKey": VTEX_APP_KEY, "X-VTEX-API-AppToken": VTEX_APP_TOKEN}
    return {"Authorization": f"Bearer {sandbox.issue_token()}"}


def examine(sandbox: Sandbox, api: str, folder: Path, *more: str) -> tuple[int, str]:
    """Run Schemathesis at an API of the sandbox; return its exit code and its report."""
    bounds = ("--max-examples", str(EXAMPLES), "--phases", "examples,coverage,fuzzing")
    fields = credentials(sandbox, api)
    return schemathesis_run(api, sandbox.base_url(api), fields, folder, *bounds, *more)


@pytest.mark.parametrize("api", EACH)
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
