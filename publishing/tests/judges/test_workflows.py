"""Every workflow of specs/workflows, executed at the sandbox by a runner that is not ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest

from countermand.sandbox import faults
from publishing.tests.judges import respect

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
    fault: faults.Fault = faults.PASS


def asked(cancel: int, read: int) -> tuple[tuple[str, int], ...]:
    """Return the two steps at PACE."""
    return ("cancel", cancel), ("readBack", read)


def looked_up(cancel: int, own: int) -> tuple[tuple[str, int], ...]:
    """Return the three steps at Unzer."""
    return ("cancel", cancel), ("readPayment", 200), ("readCancel", own)


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
    Story(api="unzer", what="cancelled", steps=looked_up(200, 200), executed=1),
    Story(api="unzer", what="refused", steps=looked_up(400, 200), executed=0, captured=True),
    Story(
        api="unzer",
        what="refused-in-200",
        steps=looked_up(200, 200),
        executed=0,
        captured=True,
        settings={"errors_in_200": True},
    ),
    Story(
        api="unzer",
        what="pending",
        steps=looked_up(200, 200),
        known=False,
        executed=0,
        settings={"flags": "pending"},
    ),
    Story(
        api="unzer",
        what="answer-500",
        steps=looked_up(500, 200),
        executed=1,
        fault=failure("unzer", executed=True),
    ),
    Story(
        api="unzer",
        what="failed",
        steps=(("cancel", 500), ("readPayment", 200)),
        known=False,
        executed=0,
        fault=failure("unzer", executed=False),
    ),
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
    if story.captured:
        sandbox.capture(payment)
    proxy.script(story.fault)
    given = respect.inputs(sandbox, story.api, payment)
    ran, _ = respect.run(story.api, given, proxy, tmp_path)
    assert ran.steps == story.steps, ran.printed
    assert ran.succeeded is story.known, ran.printed
    assert len(sandbox.executions(payment=payment)) == story.executed


def test_unzers_lost_answer_is_looked_up_and_not_sent_again(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path
) -> None:
    """The runner counts the lost answer as a failure for good; the reads are made all the same."""
    payment = sandbox.create_payment("unzer")
    proxy.script(faults.RESET_AFTER)
    ran, _ = respect.run("unzer", respect.inputs(sandbox, "unzer", payment), proxy, tmp_path)
    assert ran.steps == (("cancel", 0), ("readPayment", 200), ("readCancel", 200))
    assert len(ran.failed_checks) == 1
    assert len(sandbox.executions(payment=payment)) == 1


def test_anothers_cancel_is_not_taken_for_ones_own(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path
) -> None:
    """The id that was expected can belong to somebody else's cancel; the reference tells."""
    payment = sandbox.create_payment("unzer")
    given = respect.inputs(sandbox, "unzer", payment)
    respect.run("unzer", {**given, "reference": "theirs"}, proxy, tmp_path)
    proxy.script(failure("unzer", executed=False))
    ran, _ = respect.run("unzer", given, proxy, tmp_path)
    assert ran.steps == looked_up(500, 200)
    assert not ran.succeeded
    assert ran.failed_checks == ("success criteria check",)


def test_the_runner_sees_an_answer_that_is_not_described(
    sandbox: Sandbox, proxy: FaultProxy, tmp_path: Path
) -> None:
    """It checks status, media type and schema by the specification, and can go red."""
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
