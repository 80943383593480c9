"""Runs the workflows of specs/workflows at the sandbox, with Redocly's runner."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from specs.publishing import node

if TYPE_CHECKING:
    from countermand.sandbox import FaultProxy, Sandbox

WORKFLOWS: Final = Path(__file__).parents[3] / "specs" / "workflows"
MARK: Final = "order-42"
SOURCES: Final = {
    "pace_pay": ("pace_pay",),
    "pace_fueling": ("pace_fueling", "pace_pay"),
    "bento": ("bento",),
    "unzer": ("unzer",),
    "vtex": ("vtex",),
}
"""The APIs that each workflow calls."""


@attrs.frozen(kw_only=True)
class Run:
    """The runner's result: whether the workflow succeeded, and each step with its status.

    A step whose answer was lost has the status 0.
    """

    succeeded: bool
    steps: tuple[tuple[str, int], ...]
    failed_checks: tuple[str, ...]
    printed: str


def file(api: str) -> Path:
    """The workflow file of an API."""
    return WORKFLOWS / f"{api.replace('_', '-')}.arazzo.yaml"


def inputs(sandbox: Sandbox, api: str, payment: Any) -> dict[str, object]:
    """The inputs of an API's workflow, for a payment in the sandbox."""
    if api == "unzer":
        credentials = base64.b64encode(f"{UNZER_PRIVATE_KEY}:".encode()).decode()
        return {
            "paymentId": payment.payment_id,
            "amount": "10.00",
            "reference": MARK,
            "idPrefix": "s",
            "credentials": credentials,
        }
    if api == "vtex":
        return {
            "paymentId": payment.payment_id,
            "authorizationId": payment.authorization_id,
            "requestId": MARK,
            "appKey": VTEX_APP_KEY,
            "appToken": VTEX_APP_TOKEN,
        }
    ids: dict[str, object] = {
        "transactionId": payment.transaction_id,
        "token": sandbox.issue_token(),
    }
    if api == "bento":
        return {**ids, "orderId": payment.order_id, "refundAmount": 500}
    return {**ids, "gasStationId": payment.gas_station_id} if api == "pace_fueling" else ids


def run(
    api: str,
    given: dict[str, object],
    proxy: FaultProxy,
    folder: Path,
    *more: str,
    workflow: str = "cancelAndFindOut",
) -> tuple[Run, dict[str, Any]]:
    """Run an API's workflow through the proxy; returns the verdict and the runner's own report.

    Raises `AssertionError` where the runner wrote no report, that is, did not run.
    """
    report = folder / "report.json"
    arguments = ["--workflow", workflow, "--input", json.dumps(given)]
    arguments += ["--json-output", str(report), *more]
    for source in SOURCES[api]:
        arguments += ["--server", f"{source.replace('_', '-')}={proxy.base_url(source)}"]
    done = node.run("redocly", "respect", str(file(api)), *arguments)
    printed = done.stdout + done.stderr
    assert report.exists(), printed
    whole: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    (ran,) = whole["files"].values()
    steps = tuple(_steps(ran["executedWorkflows"]))
    verdict = Run(
        succeeded=done.returncode == 0,
        steps=tuple((step["stepId"], step["response"]["statusCode"]) for step in steps),
        failed_checks=tuple(
            check["name"] for step in steps for check in step["checks"] if not check["passed"]
        ),
        printed=printed,
    )
    return verdict, whole


def _steps(executed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A goto is reported as a workflow inside the one that it was taken in.
    found: list[dict[str, Any]] = []
    for item in executed:
        found += _steps(item["executedSteps"]) if item["type"] == "workflow" else [item]
    return found
