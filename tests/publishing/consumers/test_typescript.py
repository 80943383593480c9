"""A team that writes TypeScript cancels with nothing but the published specifications."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from attrs import evolve

from countermand.sandbox import FaultProxy, faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from specs.publishing import node
from tests.support import page

if TYPE_CHECKING:
    from countermand.sandbox import Sandbox

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
"""Mistakes that the types are there to catch."""


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


class Program:
    """The compiled program, at payments of its own, one for each provider."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.payments: dict[str, Any] = {}

    def pay(self, **settings: Any) -> None:
        """Make new payments, with settings by API."""
        self.payments = {
            api: self.sandbox.create_payment(api, **settings.get(api, {})) for api in APIS
        }

    def capture(self) -> None:
        """Capture every payment."""
        for payment in self.payments.values():
            self.sandbox.capture(payment)

    def executions(self) -> dict[str, int]:
        """How often each payment was really cancelled."""
        return {
            api: len(self.sandbox.executions(payment=each)) for api, each in self.payments.items()
        }

    def run(
        self,
        *script: faults.Fault,
        attempt: str = "first",
        key: str = "order-42",
        requests: int | None = None,
    ) -> dict[str, str]:
        """Run to the verdicts, through a fault proxy with a script, and with so many requests."""
        with FaultProxy(self.sandbox.url) as proxy:
            proxy.script(*script)
            done = self.process(key, attempt, url=proxy.url)
            assert requests in {None, len(proxy.requests)}
        assert done.returncode == 0, done.stderr
        verdicts: dict[str, str] = json.loads(done.stdout)
        assert tuple(verdicts) == APIS
        return verdicts

    def process(self, *last: str, url: str = "") -> subprocess.CompletedProcess[str]:
        """Run to any end."""
        ids = (
            self.payments["pace_pay"].transaction_id,
            self.payments["pace_fueling"].gas_station_id,
            self.payments["pace_fueling"].transaction_id,
            self.payments["bento"].order_id,
            self.payments["bento"].transaction_id,
            self.payments["unzer"].payment_id,
            self.payments["vtex"].payment_id,
        )
        keys = (self.sandbox.issue_token(), UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN)
        return subprocess.run(
            ["node", "build/main.js", url or self.sandbox.url, *keys, *ids, *last],
            cwd=self.folder,
            env=node.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def program(project: Path, sandbox: Sandbox) -> Program:
    """The page's program."""
    made = Program(project, sandbox)
    made.pay()
    return made


@pytest.fixture
def hasty(project: Path, program: Program) -> Program:
    """The same program with half a second where the page has twenty."""
    folder = project / "hasty"
    shutil.copytree(project / "build", folder / "build", dirs_exist_ok=True)
    path = folder / "build" / "cancel.js"
    code = path.read_text(encoding="utf-8")
    assert code.count("20_000") == 1
    path.write_text(code.replace("20_000", "500"), encoding="utf-8")
    program.folder = folder
    return program


def every(value: Any, **others: Any) -> dict[str, Any]:
    """A value for each API, but for others."""
    return dict.fromkeys(APIS, value) | others


def json_answer(status: int, body: object) -> faults.Answer:
    """An answer in JSON."""
    return faults.Answer(status, json.dumps(body).encode(), (("content-type", "application/json"),))


def test_the_page_installs_what_is_tested_here() -> None:
    """The versions that the page names are those of the project's own package file."""
    files = {step.path: step for step in page.steps(PAGE) if isinstance(step, page.File)}
    named = json.loads(files["package.json"].text)
    tested = json.loads((node.FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    asked = named["dependencies"] | named["devDependencies"]
    assert asked == {name: tested[name] for name in asked}


def test_the_program_cancels_once_at_every_provider(program: Program) -> None:
    """Types from the five files, compiled strictly, move the money once."""
    assert program.run() == every("cancelled")
    assert program.executions() == every(1)


def test_the_program_reports_a_refusal(program: Program) -> None:
    """A captured payment is not cancelled; Bento refunds it, and the refund is pending."""
    program.pay(unzer={"errors_in_200": True})
    program.capture()
    assert program.run() == every("not cancelled", bento="accepted")
    assert program.executions() == every(0, bento=1)


def test_a_refusal_in_a_2xx_is_one(program: Program) -> None:
    """A status of 200 or 202 is no success by itself, at three of the five."""
    settings = {"bento": {"decline": "in-202"}, "unzer": {"flags": "error"}}
    program.pay(vtex={"manual_status": 200}, **settings)
    refused = dict.fromkeys(("bento", "unzer", "vtex"), "not cancelled")
    assert program.run() == every("cancelled", **refused)


def test_a_lost_answer_is_unknown(program: Program) -> None:
    """Every answer is lost after the cancel was executed: unknown, and never sent again."""
    verdicts = program.run(*[faults.CLOSE_AFTER] * len(APIS), requests=len(APIS))
    assert verdicts == every("unknown")
    assert program.executions() == every(1)


def test_the_program_follows_no_redirect(program: Program, sandbox: Sandbox) -> None:
    """Another host gets neither the cancel nor the keys, and its answer is not the API's."""
    with FaultProxy(sandbox.url) as trap:
        script = [faults.redirect(status, f"{trap.url}/taken") for status in REDIRECTS]
        assert program.run(*script, requests=len(APIS)) == every("misdirected")
        assert trap.requests == ()
    assert program.executions() == every(0)


def test_a_redirect_with_the_body_of_a_success_is_none(program: Program) -> None:
    """VTEX's verdict is in the body, whatever the status; but a redirect is not the provider's."""
    body = {"paymentId": program.payments["vtex"].payment_id, "cancellationId": "C1"}
    answer = json_answer(307, body)
    answer = evolve(answer, headers=(("location", "/elsewhere"), *answer.headers))
    assert program.run(*[faults.PASS] * 4, answer)["vtex"] == "misdirected"
    assert program.executions()["vtex"] == 0


def test_a_silent_or_dripping_provider_is_unknown(hasty: Program) -> None:
    """The program stops to wait when the time is over."""
    slow = faults.Drip(part="body", interval=0.2)
    assert hasty.run(*[faults.SILENCE_AFTER] * 4, slow) == every("unknown")
    assert hasty.executions() == every(1)


@pytest.mark.parametrize("answers", DOUBTFUL.values(), ids=DOUBTFUL)
def test_an_undocumented_answer_is_unknown(
    program: Program, answers: tuple[tuple[int, object], ...]
) -> None:
    """It proves neither "cancelled" nor "not cancelled"."""
    script = (faults.error_page(200), faults.error_page(200), *(json_answer(*a) for a in answers))
    assert program.run(*script) == every("unknown")


def test_a_refund_that_failed_is_no_cancel(program: Program) -> None:
    """The state says so, whatever the outcome."""
    body = {"data": {"state": "RefundFailed", "status": {"outcome": "succeeded"}}}
    verdicts = program.run(faults.PASS, faults.PASS, json_answer(202, body))
    assert verdicts["bento"] == "not cancelled"


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_second_run_after_a_lost_answer_is_correct(program: Program, lost: faults.Fault) -> None:
    """It executes nothing again, and denies no execution."""
    program.pay(bento={"captured": True})
    assert program.run(*[lost] * len(APIS)) == every("unknown")
    for _ in range(2):
        verdicts = program.run(attempt="again")
        assert verdicts == every("cancelled", pace_fueling="unknown", bento="unknown")
    assert program.executions() == every(1)
    for api in ("unzer", "vtex"):
        (execution,) = program.sandbox.executions(payment=program.payments[api])
        assert execution.key == "order-42"


def test_a_late_request_is_executed_once(hasty: Program) -> None:
    """A second run before the first has arrived sends only what then does no harm."""
    hasty.pay(bento={"captured": True})
    unknown = {"bento": "unknown", "unzer": "unknown"}
    with FaultProxy(hasty.sandbox.url) as proxy:
        proxy.script(*[faults.Late()] * len(APIS))
        done = hasty.process("order-42", "first", url=proxy.url)
        assert json.loads(done.stdout) == every("unknown")
        assert hasty.run(attempt="again") == every("cancelled", **unknown)
        assert hasty.executions() == every(1, **dict.fromkeys(unknown, 0))
        assert proxy.deliver_late() == len(APIS)
    assert hasty.run(attempt="again")["unzer"] == "cancelled"
    assert hasty.executions() == every(1)


def test_a_refused_repeat_is_no_proof_about_the_first(program: Program) -> None:
    """An expired token, a page, too many requests: the first may have been executed still."""
    program.pay(bento={"captured": True})
    program.run(*[faults.CLOSE_AFTER] * len(APIS))
    for other in OTHERS:
        assert program.run(*[other] * len(APIS), attempt="again") == every("unknown"), other
    assert program.executions() == every(1)


@pytest.mark.parametrize(
    ("settings", "refused"), [({}, ["pace_pay"]), ({"manual_status": 501}, ["pace_pay", "vtex"])]
)
def test_a_refusal_of_both_requests_is_believed(
    program: Program, settings: dict[str, Any], refused: list[str]
) -> None:
    """PACE Pay's own document about the transaction, and VTEX's that it cannot cancel."""
    program.pay(vtex=settings)
    program.capture()
    assert program.run(*[faults.CLOSE_AFTER] * len(APIS)) == every("unknown")
    verdicts = program.run(attempt="again")
    assert verdicts == every("unknown", **dict.fromkeys(refused, "not cancelled"))
    assert program.executions() == every(0, bento=1)


def test_only_our_own_reference_is_a_proof(program: Program, sandbox: Sandbox) -> None:
    """Another cancel at Unzer is not ours, and a read goes to the host that was given."""
    with FaultProxy(sandbox.url) as trap:
        program.pay(unzer={"url_origin": trap.url})
        program.run(key="order-41")
        assert program.run(attempt="again")["unzer"] == "unknown"
        payment = program.payments["unzer"]
        path = f"payments/{payment.payment_id}/authorize/{payment.authorization_id}/cancels"
        body = {"amount": "1.00", "paymentReference": "order-42"}
        url = f"{sandbox.base_url('unzer')}/{path}"
        assert httpx.post(url, json=body, auth=(UNZER_PRIVATE_KEY, "")).status_code == 200
        assert program.run(attempt="again")["unzer"] == "cancelled"
        assert trap.requests == ()
    assert program.executions()["unzer"] == 2


@pytest.mark.parametrize("last", [["order-42"], ["order-42", "agian"], ["first"], ["", "first"]])
def test_the_program_does_not_guess_whether_it_is_the_first_run(
    program: Program, last: list[str]
) -> None:
    """A slip there would send again, so the program ends before it sends."""
    assert program.process(*last).returncode != 0
    assert program.executions() == every(0)


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
