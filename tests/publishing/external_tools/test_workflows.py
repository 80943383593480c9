"""Every workflow of specs/workflows, executed at the sandbox by a runner that is not ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs
import httpx
import pytest

from countermand.sandbox import faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY
from tests.publishing.external_tools import respect

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox

JSON_API: Final = (("content-type", "application/vnd.api+json"),)
JSON: Final = (("content-type", "application/json"),)
PROBLEM: Final = b'{"errors": [{"status": "500", "title": "Failed"}]}'
GENERAL: Final = b'{"errors": [{"code": "API.000.000.999"}]}'


def failure(api: str, *, executed: bool) -> faults.Answer:
    """Return the documented failure of a provider's server, before or after it cancelled."""
    if api.startswith("pace"):
        return faults.Answer(500, PROBLEM, JSON_API, executed=executed)
    return faults.Answer(500, GENERAL if api == "unzer" else b"{}", JSON, executed=executed)


@attrs.frozen(kw_only=True)
class Story:
    """What happens to a payment, and what the workflow has to say about it."""

    api: str
    what: str
    steps: tuple[tuple[str, int], ...]
    known: bool = True
    executed: int
    settings: dict[str, Any] = attrs.field(factory=dict[str, Any])
    captured: bool = False
    earlier: int = 0
    """How many cancels there were before, under other references."""
    fault: faults.Fault = faults.PASS


def asked(cancel: int, read: int) -> tuple[tuple[str, int], ...]:
    """Return the two steps at PACE."""
    return ("cancel", cancel), ("readBack", read)


def told(cancel: int, own: int) -> tuple[tuple[str, int], ...]:
    """Return the two steps at Unzer, where the answer told the cancel's id."""
    return ("cancel", cancel), ("readCancel", own)


def looked_up(cancel: int, *reads: int) -> tuple[tuple[str, int], ...]:
    """Return the steps at Unzer where the answer was lost."""
    walk = zip(("first", "second", "third"), reads, strict=False)
    return ("cancel", cancel), ("listCancels", 200), *walk


def at_pace(api: str) -> list[Story]:
    """Return what is told of PACE Pay and of PACE Fueling alike."""
    after, before = failure(api, executed=True), failure(api, executed=False)
    kept = {"read_when_cancelled": 404}
    lost = faults.RESET_AFTER
    repeated = 204 if api == "pace_pay" else 404
    return [
        Story(api=api, what="cancelled", steps=asked(204, 410), executed=1),
        Story(api=api, what="no-410", steps=asked(204, 404), executed=1, settings=kept),
        Story(api=api, what="answer-500", steps=asked(500, 410), executed=1, fault=after),
        Story(api=api, what="failed", steps=asked(500, 404), known=False, executed=0, fault=before),
        Story(
            api=api,
            what="answer-lost",
            steps=(("cancel", 0), *asked(repeated, 410)),
            executed=1,
            fault=lost,
        ),
    ]


def unzer(what: str, steps: tuple[tuple[str, int], ...], **more: Any) -> Story:
    """Return a story of Unzer."""
    return Story(api="unzer", what=what, steps=steps, **more)


def at_unzer() -> list[Story]:
    """Return what is told of Unzer."""
    after, before = failure("unzer", executed=True), failure("unzer", executed=False)
    hidden = faults.Answer(200, GENERAL, JSON, executed=True)
    refused, in_200 = (("cancel", 400),), (("cancel", 200),)
    listed = {"flags": "pending"}
    return [
        unzer("cancelled", told(200, 200), executed=1),
        unzer("cancelled-again", told(200, 200), earlier=1, executed=2),
        unzer("created", told(201, 200), executed=1, settings={"success_status": 201}),
        unzer("refused", refused, executed=0, captured=True),
        unzer(
            "refused-in-200", in_200, executed=0, captured=True, settings={"errors_in_200": True}
        ),
        unzer("pending", told(200, 200), known=False, executed=0, settings=listed),
        unzer("answer-500", looked_up(500, 200), executed=1, fault=after),
        unzer("again-500", looked_up(500, 200, 200), earlier=1, executed=2, fault=after),
        unzer("general-error", looked_up(200, 200), executed=1, fault=hidden),
        unzer("failed", looked_up(500), known=False, executed=0, fault=before),
        unzer(
            "failed-again",
            looked_up(500, 200, 404),
            earlier=1,
            known=False,
            executed=1,
            fault=before,
        ),
        unzer(
            "behind-the-third",
            looked_up(500, 200, 200, 200),
            earlier=3,
            known=False,
            executed=4,
            fault=after,
        ),
    ]


STORIES: Final = (
    *at_pace("pace_pay"),
    *at_pace("pace_fueling"),
    Story(api="pace_pay", what="refused", steps=asked(403, 200), executed=0, captured=True),
    Story(api="pace_fueling", what="refused", steps=asked(403, 200), executed=0, captured=True),
    Story(
        api="pace_fueling",
        what="refused-unattended",
        steps=asked(404, 200),
        executed=0,
        captured=True,
        settings={"kind": "unattended"},
    ),
    Story(api="bento", what="voided", steps=(("cancel", 202),), executed=1),
    Story(api="bento", what="refunded", steps=(("cancel", 202),), executed=1, captured=True),
    Story(
        api="bento",
        what="refused",
        steps=(("cancel", 422),),
        executed=0,
        settings={"decline": "in-4xx"},
    ),
    Story(
        api="bento",
        what="answer-500",
        steps=(("cancel", 500),),
        known=False,
        executed=1,
        fault=failure("bento", executed=True),
    ),
    Story(
        api="bento",
        what="answer-lost",
        steps=(("cancel", 0),),
        known=False,
        executed=1,
        fault=faults.RESET_AFTER,
    ),
    *at_unzer(),
    Story(api="vtex", what="cancelled", steps=(("cancel", 200),), executed=1),
    Story(api="vtex", what="refused", steps=(("cancel", 200),), executed=0, captured=True),
    Story(
        api="vtex",
        what="manual",
        steps=(("cancel", 501),),
        executed=0,
        settings={"manual_status": 501},
    ),
    Story(
        api="vtex",
        what="answer-lost",
        steps=(("cancel", 0), ("cancel", 200)),
        executed=1,
        fault=faults.RESET_AFTER,
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.api}-{story.what}")
def test_a_workflow_succeeds_where_it_is_known_what_became_of_the_money(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path, story: Story
) -> None:
    """Its steps, its result, and what the provider counted; never a second execution."""
    payment = sandbox.create_payment(story.api, **story.settings)
    given = respect.inputs(sandbox, story.api, payment)
    for number in range(story.earlier):
        cancel_at_unzer(sandbox, payment, f"earlier-{number}")
    if story.captured:
        sandbox.capture(payment)
    proxy.script(story.fault)
    ran, _ = respect.run(story.api, given, proxy, tmp_path)
    assert ran.steps == story.steps, ran.printed
    assert ran.succeeded is story.known, ran.printed
    assert len(sandbox.executions(payment=payment)) == story.executed


def cancel_at_unzer(sandbox: Sandbox, payment: Any, reference: str) -> None:
    """Cancel a part of a payment through the payment."""
    answer = httpx.post(
        f"{sandbox.base_url('unzer')}/payments/{payment.payment_id}/authorize/cancels",
        auth=(UNZER_PRIVATE_KEY, ""),
        json={"amount": "1.00", "paymentReference": reference},
        trust_env=False,
    )
    answer.raise_for_status()


@pytest.mark.parametrize("earlier", [0, 1])
def test_unzers_lost_answer_is_looked_up_and_not_sent_again(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path, earlier: int
) -> None:
    """The runner counts the lost answer as a failure for good; the reads are made all the same."""
    payment = sandbox.create_payment("unzer")
    for number in range(earlier):
        cancel_at_unzer(sandbox, payment, f"earlier-{number}")
    proxy.script(faults.RESET_AFTER)
    ran, _ = respect.run("unzer", respect.inputs(sandbox, "unzer", payment), proxy, tmp_path)
    assert ran.steps == looked_up(0, *[200] * (earlier + 1))
    assert len(ran.failed_checks) == 1
    assert len(sandbox.executions(payment=payment)) == earlier + 1


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
    assert late.steps == looked_up(0, 200)[1:]
    assert len(sandbox.executions(payment=payment)) == 1


@pytest.mark.parametrize("api", ["pace_pay", "pace_fueling"])
def test_paces_204_is_proof_whatever_the_read_says(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path, api: str
) -> None:
    """A token that may cancel and not read leaves nothing unknown."""
    payment = sandbox.create_payment(api)
    given = respect.inputs(sandbox, api, payment)
    refusal = faults.Answer(403, PROBLEM, JSON_API, executed=False)
    proxy.script(faults.PASS, refusal)
    ran, _ = respect.run(api, given, proxy, tmp_path)
    assert ran.steps == asked(204, 403)
    assert ran.succeeded, ran.printed


@pytest.mark.parametrize("api", ["pace_pay", "pace_fueling"])
def test_a_captured_transaction_contradicts_paces_204(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path, api: str
) -> None:
    """Then nothing is known."""
    payment = sandbox.create_payment(api)
    given = respect.inputs(sandbox, api, payment)
    sandbox.capture(payment)
    proxy.script(faults.Answer(204, b"", (), executed=False))
    ran, _ = respect.run(api, given, proxy, tmp_path)
    assert ran.steps == asked(204, 200)
    assert not ran.succeeded


def test_a_failure_of_vtexs_provider_is_no_verdict(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path
) -> None:
    """Its server says that it failed, not that it did nothing; the same request id asks again."""
    payment = sandbox.create_payment("vtex")
    given = respect.inputs(sandbox, "vtex", payment)
    failed = {"paymentId": payment.payment_id, "requestId": respect.MARK, "cancellationId": None}
    proxy.script(faults.Answer(500, json.dumps(failed).encode(), JSON, executed=True))
    ran, _ = respect.run("vtex", given, proxy, tmp_path)
    assert ran.steps == (("cancel", 500), ("cancel", 200))
    assert ran.succeeded, ran.printed
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
