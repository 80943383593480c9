"""Every workflow of specs/workflows, executed at the sandbox by a runner that is not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import yaml

from countermand.sandbox import faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY
from tests.publishing.external_tools import respect

if TYPE_CHECKING:
    from countermand.sandbox import FaultProxy, Sandbox

JSON_API: Final = (("content-type", "application/vnd.api+json"),)
JSON: Final = (("content-type", "application/json"),)
PROBLEM: Final = b'{"errors": [{"status": "500", "title": "Failed"}]}'
GENERAL: Final = b'{"errors": [{"code": "API.000.000.999"}]}'
# Refusals of Unzer that contradict themselves.
UNDECIDED: Final = {
    "second-error": b'{"errors": [{"code": "API.340.100.018"}, {"code": "COR.900.100.300"}]}',
    "pending-error": b'{"errors": [{"code": "API.340.100.018", "status": {"pending": true}}]}',
    "success-and-error": b'{"isSuccess": true, "errors": [{"code": "API.340.100.018"}]}',
}
STORIES: Final = yaml.safe_load(Path(__file__).with_name("stories.yaml").read_text("utf-8"))


def fault(name: str, api: str, payment: Any) -> faults.Fault:
    """Return the fault that a story names; a failure is the one that the provider documents."""
    failures = {"unzer": GENERAL, "bento": b"{}"}
    if api == "vtex":
        ids = {"paymentId": payment.payment_id, "requestId": respect.MARK, "cancellationId": None}
        failures[api] = json.dumps(ids).encode()
    failed = failures.get(api, PROBLEM), JSON_API if api.startswith("pace") else JSON
    return {
        "passed": faults.PASS,
        "lost": faults.RESET_AFTER,
        "failed-after": faults.Answer(500, *failed, executed=True),
        "failed-before": faults.Answer(500, *failed, executed=False),
        "failed-in-200": faults.Answer(200, *failed, executed=True),
        "failed-in-400": faults.Answer(400, *failed, executed=True),
        "at-work": faults.Answer(409, *failed, executed=True),
        "forbidden": faults.Answer(403, *failed, executed=False),
        "pretended": faults.Answer(204, b"", (), executed=False),
        **{each: faults.Answer(400, body, JSON, executed=True) for each, body in UNDECIDED.items()},
    }[name]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story['api']}-{story['what']}")
def test_a_workflow_succeeds_where_it_is_known_what_became_of_the_money(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path, story: dict[str, Any]
) -> None:
    """Its steps, its result, and what the provider counted; never a second execution."""
    api = story["api"]
    payment = sandbox.create_payment(api, **story.get("settings", {}))
    given = respect.inputs(sandbox, api, payment)
    for number in range(story.get("earlier", 0)):
        cancel_at_unzer(sandbox, payment, f"earlier-{number}")
    if story.get("captured"):
        sandbox.capture(payment)
    proxy.script(*(fault(name, api, payment) for name in story.get("script", [])))
    ran, _ = respect.run(api, given, proxy, tmp_path)
    assert [f"{step} {status}" for step, status in ran.steps] == story["steps"], ran.printed
    assert ran.succeeded is story.get("known", True), ran.printed
    assert len(sandbox.executions(payment=payment)) == story["executed"]


def cancel_at_unzer(sandbox: Sandbox, payment: Any, reference: str) -> None:
    """Cancel a part of a payment through the payment."""
    answer = httpx.post(
        f"{sandbox.base_url('unzer')}/payments/{payment.payment_id}/authorize/cancels",
        auth=(UNZER_PRIVATE_KEY, ""),
        json={"amount": "1.00", "paymentReference": reference},
        trust_env=False,
    )
    answer.raise_for_status()


def test_unzers_cancel_is_found_out_later_without_another_one(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path
) -> None:
    """What was not decided yet is asked for again, by reads alone."""
    payment = sandbox.create_payment("unzer", flags="pending")
    given = respect.inputs(sandbox, "unzer", payment)
    first, _ = respect.run("unzer", given, proxy, tmp_path)
    early, _ = respect.run("unzer", given, proxy, tmp_path, workflow="findOut")
    sandbox.finish_pending(payment)
    late, _ = respect.run("unzer", given, proxy, tmp_path, workflow="findOut")
    assert [ran.succeeded for ran in (first, early, late)] == [False, False, True]
    assert late.steps == (("listCancels", 200), ("first", 200))
    assert len(sandbox.executions(payment=payment)) == 1


def test_the_runner_sees_an_answer_that_is_not_described(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path
) -> None:
    """It checks status, media type and schema by the specification, and can fail."""
    payment = sandbox.create_payment("vtex")
    given = respect.inputs(sandbox, "vtex", payment)
    body = json.dumps({"requestId": respect.MARK, "paymentId": 1, "cancellationId": "c"}).encode()
    proxy.script(*[faults.Rewrite(body=body)] * 4)
    ran, _ = respect.run("vtex", given, proxy, tmp_path)
    assert "schema check" in ran.failed_checks
    assert not ran.succeeded


@pytest.mark.parametrize("api", respect.SOURCES)
def test_no_credential_stands_in_what_the_runner_writes(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path, api: str
) -> None:
    """The inputs that are secrets are declared as such, so its reports mask them."""
    payment = sandbox.create_payment(api)
    given = respect.inputs(sandbox, api, payment)
    traffic = tmp_path / "traffic.har"
    ran, report = respect.run(api, given, proxy, tmp_path, "--har-output", str(traffic))
    written = ran.printed + json.dumps(report) + traffic.read_text(encoding="utf-8")
    secrets = [
        given[name] for name in ("token", "credentials", "appKey", "appToken") if name in given
    ]
    assert secrets
    assert [secret for secret in secrets if str(secret) in written] == []


def test_every_specification_has_its_workflow() -> None:
    """One file for each, named like it, and no other."""
    wanted = {path.stem for path in respect.WORKFLOWS.parent.glob("*.yaml")}
    found = {path.name.removesuffix(".arazzo.yaml") for path in respect.WORKFLOWS.iterdir()}
    assert found == wanted
