"""A team that writes TypeScript cancels with nothing but the published specifications."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand.sandbox import FaultProxy, faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from specs.publishing import node
from tests.publishing.consumers import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.sandbox import Payment, Sandbox

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "typescript.md").read_text(encoding="utf-8")
LOST = {
    "a closed connection": faults.CLOSE_AFTER,
    "an error page": faults.error_page(502, executed=True),
    "a page in the place of a 2xx": faults.error_page(200, executed=True),
}
"""What hides that the cancel was executed."""
DOUBTFUL: dict[str, tuple[tuple[int, object], ...]] = {
    "content": ((202, {"data": {}}), (200, {}), (200, {})),
    "another's": (
        (202, {"data": {"transactionId": "tx_another", "state": "Refunded"}}),
        (200, {"isSuccess": True, "paymentReference": "order-41"}),
        (200, {"cancellationId": "C1", "requestId": "order-41"}),
    ),
    "another's refusal": (
        (202, {"data": {"transactionId": "tx_another", "status": {"outcome": "failedRetryable"}}}),
        (200, {"isError": True, "paymentReference": "order-41"}),
        (200, {"cancellationId": None, "requestId": "order-41"}),
    ),
    "contradiction": (
        (202, {"data": {"state": "Refunded", "status": {"outcome": "failedRetryable"}}}),
        (200, {"isSuccess": True, "errors": [{"code": "API.340.000.004"}]}),
        (501, None),
    ),
    "status": (
        (200, {"data": {"state": "Refunded"}}),
        (202, {"isSuccess": True}),
        (500, {"cancellationId": None, "requestId": "order-42"}),
    ),
    "code": (
        (202, {"data": {"status": {"outcome": "perhaps"}}}),
        (200, {"isError": True, "errors": [{"code": "API.000.000.999"}]}),
        (200, {"cancellationId": "", "requestId": "order-42"}),
    ),
}
"""Answers of Bento, Unzer and VTEX that prove nothing, by what is wrong with each of them."""
OTHERS = (
    faults.busy(401),
    faults.error_page(403),
    faults.error_page(404),
    faults.busy(429, "60"),
    faults.redirect(307, "/elsewhere"),
)
"""Answers to a repeat that say nothing about what was sent before it."""
REDIRECTS = (301, 302, 303, 307, 308)
APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")

SLIPS = {
    "another method": ('.POST(\n    "/transactions', '.PUT(\n    "/transactions'),
    "a path of another API": ('"/gas-stations/{gasStationId}/', '"/{gasStationId}/'),
    "a missing path parameter": ("{ gasStationId, transactionId }", "{ transactionId }"),
    "an amount as text": ("{ refundAmount: amount }", "{ refundAmount: `${amount}` }"),
    "a misspelled request field": ("{ paymentReference: ref", "{ paymentReferense: ref"),
    "a misspelled response field": ("answer.isPending", "answer.isPendng"),
    "a forgotten idempotency key": ("body: { paymentId, requestId }", "body: { paymentId }"),
    "an answer that may be absent": ("data?.data", "data.data"),
}
"""Mistakes that somebody makes, and that the types are there to catch."""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page followed to its end, in a folder of its own."""
    folder = tmp_path_factory.mktemp("typescript")
    # What is published is these files, byte for byte; the artefacts' own tests see to that.
    for spec in (ROOT / "specs").glob("*.yaml"):
        (folder / spec.name).write_bytes(spec.read_bytes())
    for step in page.steps(PAGE):
        match step:
            case page.File():
                page.write(step, folder)
            case page.Command("npm install"):
                # The same packages, as the lock file holds them.
                (folder / "node_modules").symlink_to(node.FOLDER / "node_modules")
            case page.Command(line):
                typed(line, folder)
            case page.Edit():
                raise AssertionError(step)
    return folder


def typed(line: str, folder: Path) -> None:
    """Run a command of the page, which must succeed."""
    npx, tool, *arguments = line.split()
    assert npx == "npx"
    result = node.run(tool, *arguments, folder=folder)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def hasty(project: Path) -> Path:
    """The same program with half a second where the page has twenty."""
    folder = project / "hasty"
    shutil.copytree(project / "build", folder / "build")
    path = folder / "build" / "cancel.js"
    code = path.read_text(encoding="utf-8")
    assert code.count("20_000") == 1
    path.write_text(code.replace("20_000", "500"), encoding="utf-8")
    return folder


def run(
    project: Path,
    url: str,
    sandbox: Sandbox,
    payments: dict[str, Any],
    attempt: str = "first",
    key: str = "order-42",
) -> dict[str, str]:
    """Run the compiled program, and return its verdicts."""
    done = process(project, url, sandbox, payments, key, attempt)
    assert done.returncode == 0, done.stderr
    verdicts: dict[str, str] = json.loads(done.stdout)
    assert tuple(verdicts) == APIS
    return verdicts


def process(
    project: Path, url: str, sandbox: Sandbox, payments: dict[str, Any], *last: str
) -> subprocess.CompletedProcess[str]:
    """Run the compiled program to its end, whatever that is."""
    ids = (
        payments["pace_pay"].transaction_id,
        payments["pace_fueling"].gas_station_id,
        payments["pace_fueling"].transaction_id,
        payments["bento"].order_id,
        payments["bento"].transaction_id,
        payments["unzer"].payment_id,
        payments["vtex"].payment_id,
    )
    keys = (sandbox.issue_token(), UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN)
    return subprocess.run(
        ["node", "build/main.js", url, *keys, *ids, *last],
        cwd=project,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def made(sandbox: Sandbox, **settings: Any) -> dict[str, Payment]:
    """A payment at each provider."""
    return {api: sandbox.create_payment(api, **settings.get(api, {})) for api in APIS}


def executions(sandbox: Sandbox, payments: dict[str, Payment]) -> dict[str, int]:
    """How often each was really cancelled."""
    return {api: len(sandbox.executions(payment=each)) for api, each in payments.items()}


def test_the_page_installs_what_is_tested_here() -> None:
    """The versions that the page names are those of the project's own package file."""
    files = {step.path: step for step in page.steps(PAGE) if isinstance(step, page.File)}
    named = json.loads(files["package.json"].text)
    tested = json.loads((node.FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    asked = named["dependencies"] | named["devDependencies"]
    assert asked == {name: tested[name] for name in asked}


def test_the_program_cancels_once_at_every_provider(project: Path, sandbox: Sandbox) -> None:
    """Types from the five files, compiled strictly, move the money once."""
    payments = made(sandbox)
    assert run(project, sandbox.url, sandbox, payments) == dict.fromkeys(APIS, "cancelled")
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 1)


def test_the_program_knows_a_refusal(project: Path, sandbox: Sandbox) -> None:
    """What is captured is not cancelled; Bento refunds it, and is at work on that."""
    payments = made(sandbox, unzer={"errors_in_200": True})
    for payment in payments.values():
        sandbox.capture(payment)
    verdicts = run(project, sandbox.url, sandbox, payments)
    assert verdicts == dict.fromkeys(APIS, "not cancelled") | {"bento": "accepted"}
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 0) | {"bento": 1}


def test_the_program_takes_a_refusal_in_a_2xx_for_one(project: Path, sandbox: Sandbox) -> None:
    """A status of 200 or 202 is no success by itself, at three of the five."""
    settings = {"bento": {"decline": "in-202"}, "unzer": {"flags": "error"}}
    payments = made(sandbox, vtex={"manual_status": 200}, **settings)
    verdicts = run(project, sandbox.url, sandbox, payments)
    assert {api for api in APIS if verdicts[api] == "not cancelled"} == {"bento", "unzer", "vtex"}


def test_the_program_says_so_when_it_cannot_know(project: Path, sandbox: Sandbox) -> None:
    """Every answer is lost after the cancel was executed: unknown, and never sent again."""
    payments = made(sandbox)
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.CLOSE_AFTER] * len(APIS))
        verdicts = run(project, proxy.url, sandbox, payments)
        assert len(proxy.requests) == len(APIS)
    assert verdicts == dict.fromkeys(APIS, "unknown")
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 1)


def test_the_program_follows_no_redirect(project: Path, sandbox: Sandbox) -> None:
    """Another place gets neither the cancel nor the keys, and its word is not the API's."""
    payments = made(sandbox)
    with FaultProxy(sandbox.url) as proxy, FaultProxy(sandbox.url) as trap:
        proxy.script(*[faults.redirect(status, f"{trap.url}/taken") for status in REDIRECTS])
        verdicts = run(project, proxy.url, sandbox, payments)
        assert len(proxy.requests) == len(APIS)
        assert trap.requests == ()
    assert verdicts == dict.fromkeys(APIS, "misdirected")
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 0)


def test_a_redirect_that_calls_itself_a_success_is_none(project: Path, sandbox: Sandbox) -> None:
    """VTEX's verdict is in the body, whatever the status; but a redirect is not the provider's."""
    payments = made(sandbox)
    body = json.dumps(
        {"paymentId": payments["vtex"].identifiers["payment_id"], "cancellationId": "C1"}
    )
    fields = (("location", "/elsewhere"), ("content-type", "application/json"))
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.PASS] * 4, faults.Answer(307, body.encode(), fields))
        assert run(project, proxy.url, sandbox, payments)["vtex"] == "misdirected"
    assert executions(sandbox, payments)["vtex"] == 0


def test_the_program_waits_for_no_answer_for_ever(hasty: Path, sandbox: Sandbox) -> None:
    """A silent provider and a dripping one end in "unknown" when the time is over."""
    payments = made(sandbox)
    slow = faults.Drip(part="body", interval=0.2)
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.SILENCE_AFTER] * 4, slow)
        assert run(hasty, proxy.url, sandbox, payments) == dict.fromkeys(APIS, "unknown")
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 1)


@pytest.mark.parametrize("answers", DOUBTFUL.values(), ids=DOUBTFUL)
def test_the_program_doubts_what_is_not_as_documented(
    project: Path, sandbox: Sandbox, answers: tuple[tuple[int, object], ...]
) -> None:
    """Neither "cancelled" nor "not cancelled" is to be had from such an answer."""
    payments = made(sandbox)
    fields = (("content-type", "application/json"),)
    said = [faults.Answer(status, json.dumps(body).encode(), fields) for status, body in answers]
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.error_page(200)] * 2, *said)
        verdicts = run(project, proxy.url, sandbox, payments)
    assert verdicts == dict.fromkeys(APIS, "unknown")


def test_a_refund_that_failed_is_none(project: Path, sandbox: Sandbox) -> None:
    """The state says so, whatever the outcome."""
    body = b'{"data": {"state": "RefundFailed", "status": {"outcome": "succeeded"}}}'
    answer = faults.Answer(202, body, (("content-type", "application/json"),))
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(faults.PASS, faults.PASS, answer)
        assert run(project, proxy.url, sandbox, made(sandbox))["bento"] == "not cancelled"


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_second_run_tells_no_untruth(project: Path, sandbox: Sandbox, lost: faults.Fault) -> None:
    """Where the first was executed, the second executes nothing and denies nothing."""
    payments = made(sandbox, bento={"captured": True})
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[lost] * len(APIS))
        verdicts = run(project, proxy.url, sandbox, payments)
    assert verdicts == dict.fromkeys(APIS, "unknown")
    for _ in range(2):
        assert run(project, sandbox.url, sandbox, payments, "again") == {
            "pace_pay": "cancelled",
            "pace_fueling": "unknown",
            "bento": "unknown",
            "unzer": "cancelled",
            "vtex": "cancelled",
        }
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 1)
    for api in ("unzer", "vtex"):
        (execution,) = sandbox.executions(payment=payments[api])
        assert execution.key == "order-42"


def test_what_arrives_late_is_executed_once(hasty: Path, sandbox: Sandbox) -> None:
    """A second run before the first has arrived sends only what then does no harm."""
    payments = made(sandbox, bento={"captured": True})
    unclear = {"bento": "unknown", "unzer": "unknown"}
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.Late()] * len(APIS))
        assert run(hasty, proxy.url, sandbox, payments) == dict.fromkeys(APIS, "unknown")
        verdicts = run(hasty, sandbox.url, sandbox, payments, "again")
        assert verdicts == dict.fromkeys(APIS, "cancelled") | unclear
        assert executions(sandbox, payments) == dict.fromkeys(APIS, 1) | dict.fromkeys(unclear, 0)
        assert proxy.deliver_late() == len(APIS)
    assert run(hasty, sandbox.url, sandbox, payments, "again")["unzer"] == "cancelled"
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 1)


def test_what_refuses_a_repeat_does_not_speak_of_the_first(project: Path, sandbox: Sandbox) -> None:
    """A token that ran out, a page, too many requests: the first may have been executed still."""
    payments = made(sandbox, bento={"captured": True})
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.CLOSE_AFTER] * len(APIS))
        run(project, proxy.url, sandbox, payments)
        for other in OTHERS:
            proxy.script(*[other] * len(APIS))
            verdicts = run(project, proxy.url, sandbox, payments, "again")
            assert verdicts == dict.fromkeys(APIS, "unknown"), other
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 1)


@pytest.mark.parametrize(
    ("settings", "refused"), [({}, {"pace_pay"}), ({"manual_status": 501}, {"pace_pay", "vtex"})]
)
def test_a_second_run_believes_a_refusal_that_speaks_of_both(
    project: Path, sandbox: Sandbox, settings: dict[str, Any], refused: set[str]
) -> None:
    """PACE Pay's own document about the transaction, and VTEX's word that it cannot cancel."""
    payments = made(sandbox, vtex=settings)
    for payment in payments.values():
        sandbox.capture(payment)
    with FaultProxy(sandbox.url) as proxy:
        proxy.script(*[faults.CLOSE_AFTER] * len(APIS))
        assert run(project, proxy.url, sandbox, payments) == dict.fromkeys(APIS, "unknown")
    verdicts = run(project, sandbox.url, sandbox, payments, "again")
    assert verdicts == dict.fromkeys(APIS, "unknown") | dict.fromkeys(refused, "not cancelled")
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 0) | {"bento": 1}


def test_only_our_own_reference_is_a_proof(project: Path, sandbox: Sandbox) -> None:
    """Somebody else's cancel at Unzer is not ours, and a read goes to the host that was given."""
    with FaultProxy(sandbox.url) as trap:
        payments = made(sandbox, unzer={"url_origin": trap.url})
        run(project, sandbox.url, sandbox, payments, key="order-41")
        again = [run(project, sandbox.url, sandbox, payments, "again")["unzer"]]
        through_the_authorization(sandbox, payments["unzer"].identifiers, "order-42")
        again.append(run(project, sandbox.url, sandbox, payments, "again")["unzer"])
        assert trap.requests == ()
    assert again == ["unknown", "cancelled"]
    assert executions(sandbox, payments)["unzer"] == 2


def through_the_authorization(sandbox: Sandbox, ids: Mapping[str, str], reference: str) -> None:
    """Cancel a part at Unzer by its other address."""
    path = f"payments/{ids['payment_id']}/authorize/{ids['authorization_id']}/cancels"
    answer = httpx.post(
        f"{sandbox.base_url('unzer')}/{path}",
        json={"amount": "1.00", "paymentReference": reference},
        auth=(UNZER_PRIVATE_KEY, ""),
    )
    assert answer.status_code == 200


def test_whether_it_is_the_first_run_is_nothing_to_guess(project: Path, sandbox: Sandbox) -> None:
    """A slip there would send again, so the program ends before it sends."""
    payments = made(sandbox)
    for last in (("order-42",), ("order-42", "agian"), ("first",), ("", "first")):
        assert process(project, sandbox.url, sandbox, payments, *last).returncode != 0
    assert executions(sandbox, payments) == dict.fromkeys(APIS, 0)


def test_the_compiler_finds_what_the_specifications_do_not_allow(project: Path) -> None:
    """Types that let everything through would compile as well; these do not."""
    right = (project / "src" / "cancel.ts").read_text(encoding="utf-8")
    wrong = {}
    for number, (slip, (old, new)) in enumerate(SLIPS.items()):
        assert right.count(old) >= 1, slip
        path = project / "src" / f"slip{number}.ts"
        path.write_text(right.replace(old, new, 1), encoding="utf-8")
        wrong[slip] = path
    result = node.run("tsc", "--noEmit", folder=project)
    for path in wrong.values():
        path.unlink()
    missed = [slip for slip, path in wrong.items() if f"src/{path.name}(" not in result.stdout]
    assert not missed, result.stdout
    assert "src/cancel.ts(" not in result.stdout
