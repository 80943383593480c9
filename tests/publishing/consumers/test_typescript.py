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
from tests.support.shared_files import made_once

if TYPE_CHECKING:
    from countermand.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "typescript.md").read_text(encoding="utf-8")
JSON = (("content-type", "application/json"),)
LOST = {
    "a closed connection": faults.CLOSE_AFTER,
    "an error page": faults.error_page(502, executed=True),
    "a page in the place of a 2xx": faults.error_page(200, executed=True),
}
"""What hides that the cancel was executed."""
OURS = "order-42"
"""The key of most runs."""
DOUBTFUL: dict[str, tuple[tuple[int, object], ...]] = {
    "content": ((202, {"data": {}}), (200, {}), (200, {})),
    "another's": (
        (202, {"data": {"transactionId": "tx_another", "state": "AuthVoided"}}),
        (200, {"isSuccess": True, "paymentReference": "order-41"}),
        (200, {"cancellationId": "C1", "requestId": "order-41", "paymentId": "PAYMENT"}),
    ),
    "another's refusal": (
        (202, {"data": {"orderId": "or_another", "status": {"outcome": "failedRetryable"}}}),
        (200, {"isError": True, "paymentReference": "order-41"}),
        (200, {"cancellationId": None, "requestId": OURS, "paymentId": "another"}),
    ),
    "nobody's": (
        (202, {"status": {"outcome": "succeeded"}}),
        (200, {"isResumed": True}),
        (200, {"cancellationId": "C1", "requestId": OURS}),
    ),
    "contradiction": (
        (202, {"data": {"state": "Refunded", "status": {"outcome": "failedRetryable"}}}),
        (200, {"isSuccess": True, "errors": [{"code": "API.340.000.004"}]}),
        (501, None),
    ),
    "contradiction of flags": (
        (202, {"data": {"state": "RefundFailed", "status": {"outcome": "succeeded"}}}),
        (200, {"isSuccess": "true", "isPending": True}),
        (501, {"cancellationId": None, "requestId": OURS, "paymentId": "PAYMENT"}),
    ),
    "status": (
        (200, {"data": {"state": "Refunded"}}),
        (202, {"isSuccess": True}),
        (500, {"cancellationId": None, "requestId": OURS, "paymentId": "PAYMENT"}),
    ),
    "code": (
        (202, {"data": {"status": {"outcome": "perhaps"}}}),
        (200, {"isError": True, "errors": [{"code": "API.000.000.999"}]}),
        (200, {"cancellationId": "", "requestId": OURS, "paymentId": "PAYMENT"}),
    ),
    "words of doubt": (
        (400, {"message": "Forbidden"}),
        (400, {"errors": [{"code": "API.340.000.004"}, {"code": "COR.900.100.300"}]}),
        (
            409,
            {
                "cancellationId": None,
                "code": "in-progress",
                "requestId": OURS,
                "paymentId": "PAYMENT",
            },
        ),
    ),
    "a state of doubt": (
        (503, {"message": "Unavailable", "causes": []}),
        (400, {"errors": [{"code": "API.340.000.004", "status": {"pending": True}}]}),
        (404, {"message": "no such route", "code": "not-found"}),
    ),
    "a timeout behind Unzer": (
        (408, {"status": {"outcome": "succeeded"}}),
        (200, {"isError": True, "message": {"code": "API.340.000.009"}}),
        (409, {"cancellationId": None, "requestId": OURS}),
    ),
    "another form of a contradiction": (
        (202, {"data": {"state": "Refunding", "status": {"outcome": "failedRetryable"}}}),
        (200, {"isError": True, "message": {"code": "COR.000.200.000"}}),
        (
            409,
            {
                "cancellationId": None,
                "message": "The request is being processed",
                "requestId": OURS,
                "paymentId": "PAYMENT",
            },
        ),
    ),
    "an error of another form": (
        (422, {"causes": "Forbidden"}),
        (403, {"errors": [{"code": "Forbidden"}], "isError": True}),
        (403, {"errors": [{"code": "Forbidden"}]}),
    ),
}
"""Answers of Bento, Unzer and VTEX that prove nothing, by what is wrong with each of them.

`PAYMENT` stands for the payment's id at VTEX."""
REFUSALS: dict[str, tuple[tuple[int, object], ...]] = {
    "documents": (
        (422, {"errors": [{"title": "Unprocessable"}]}),
        (403, {"errors": [{"title": "Forbidden"}]}),
        (422, {"message": "Action Cannot Be Performed", "causes": []}),
        (409, {"errors": [{"code": "API.340.100.017"}]}),
        (400, {"cancellationId": None, "requestId": OURS, "paymentId": "PAYMENT"}),
    ),
    "a failed outcome, a flag, a null": (
        (403, 'Forbidden - requires scope "pay:transactions:cancel"'),
        (403, {"errors": [{"detail": 'requires scope "fueling:transactions:delete"'}]}),
        (402, {"status": {"outcome": "failedNonRetryable"}}),
        (200, {"isError": True}),
        (200, {"cancellationId": None, "requestId": OURS, "paymentId": "PAYMENT"}),
    ),
}
"""The providers' own refusals, one for each API."""
GATEWAYS = {
    "a late answer": faults.error_page(408, executed=True),
    "a closed request": faults.error_page(499, executed=True),
    "another place": faults.redirect(303, "/elsewhere", executed=True),
    "nothing new": faults.busy(304, executed=True),
    "a bad request": faults.error_page(400, executed=True),
    "a forbidden page": faults.error_page(403, executed=True),
    "a missing page": faults.error_page(404, executed=True),
    "a conflict": faults.error_page(409, executed=True),
    "a page that is gone": faults.error_page(410, executed=True),
    "a proxy's login": faults.error_page(407, executed=True),
    "JSON of its own": faults.Answer(403, b'{"message": "Forbidden"}', JSON, executed=True),
    "errors of its own": faults.Answer(404, b'{"errors": "no route"}', JSON, executed=True),
    "null": faults.Answer(404, b"null", JSON, executed=True),
    "nothing": faults.busy(403, executed=True),
}
"""Answers of a gateway that has handed the request over, which was executed."""
NOT_PROCESSED = (
    (401, 405, 411, 413, 414),
    (415, 417, 425, 426, 429),
    (431, 401, 429, 425, 405),
)
"""Statuses by which HTTP says so, one for each API; after a 421 fetch sends once more by itself."""
OTHERS = (
    faults.busy(401),
    faults.error_page(403),
    faults.error_page(404),
    faults.busy(429, "60"),
    faults.redirect(307, "/elsewhere"),
)
"""Answers to a repeat that say nothing about what was sent before it."""
REDIRECTS = {301: "unknown", 302: "unknown", 303: "unknown", 307: "misdirected", 308: "misdirected"}
"""What each redirect proves: only two statuses say that the same request has to go elsewhere."""
APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")

SLIPS = {
    "another method": ('.POST(\n    "/transactions', '.PUT(\n    "/transactions'),
    "a path of another API": ('"/gas-stations/{gasStationId}/', '"/{gasStationId}/'),
    "a missing path parameter": ("{ gasStationId, transactionId }", "{ transactionId }"),
    "an amount as text": ("{ refundAmount: amount }", "{ refundAmount: `${amount}` }"),
    "a misspelled request field": ("{ paymentReference: ref", "{ paymentReferense: ref"),
    "a misspelled response field": ("answer.isPending", "answer.isPendng"),
    "a forgotten idempotency key": ("body: { paymentId, requestId }", "body: { paymentId }"),
    "an answer that may be absent": ("= data?.data;", "= data.data;"),
}
"""Mistakes that the types are there to catch."""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page followed to its end, in a folder of its own."""
    return made_once(tmp_path_factory, "typescript", follow)


def follow(folder: Path) -> None:
    """Do what the page says."""
    folder.mkdir()
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

    def answer(self, status: int, body: object) -> faults.Answer:
        """An answer in JSON, or in words, in which `PAYMENT` is the payment's id at VTEX."""
        if isinstance(body, str):
            return faults.Answer(status, body.encode(), (("content-type", "text/plain"),))
        text = json.dumps(body).replace("PAYMENT", self.payments["vtex"].payment_id)
        return faults.Answer(status, text.encode(), JSON)

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
        key: str = OURS,
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
def hasty(project: Path, program: Program, tmp_path: Path) -> Program:
    """The same program with three seconds where the page has twenty."""
    # The first request of all takes longest, more so on a busy machine; it is not what is tested.
    program.run()
    program.pay()
    folder = tmp_path / "hasty"
    shutil.copytree(project, folder, symlinks=True)
    path = folder / "build" / "cancel.js"
    code = path.read_text(encoding="utf-8")
    assert code.count("20_000") == 1
    path.write_text(code.replace("20_000", "3_000"), encoding="utf-8")
    program.folder = folder
    return program


def every(value: Any, **others: Any) -> dict[str, Any]:
    """A value for each API, but for others."""
    return dict.fromkeys(APIS, value) | others


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


@pytest.mark.parametrize(("status", "verdict"), REDIRECTS.items())
def test_the_program_follows_no_redirect(
    program: Program, sandbox: Sandbox, status: int, verdict: str
) -> None:
    """Another host gets neither the cancel nor the keys, and its answer is not the API's."""
    with FaultProxy(sandbox.url) as trap:
        script = [faults.redirect(status, f"{trap.url}/taken")] * len(APIS)
        assert program.run(*script, requests=len(APIS)) == every(verdict)
        assert trap.requests == ()
    assert program.executions() == every(0)


def test_a_success_at_vtex_names_both_ids(program: Program) -> None:
    """The verdict is in the body, whatever the status; but only in one about our request."""
    body = {"paymentId": "PAYMENT", "cancellationId": "C1"}
    for requested, verdict in (({}, "misdirected"), ({"requestId": OURS}, "cancelled")):
        program.pay()
        answer = program.answer(307, body | requested)
        answer = evolve(answer, headers=(("location", "/elsewhere"), *answer.headers))
        assert program.run(*[faults.PASS] * 4, answer)["vtex"] == verdict
        assert program.executions()["vtex"] == 0


@pytest.mark.parametrize("gateway", GATEWAYS.values(), ids=GATEWAYS)
def test_an_answer_of_a_gateway_is_unknown(program: Program, gateway: faults.Answer) -> None:
    """It comes after the execution, so whoever believes it cancels a second time."""
    assert program.run(*[gateway] * len(APIS), requests=len(APIS)) == every("unknown")
    assert program.executions() == every(1)


@pytest.mark.parametrize("statuses", NOT_PROCESSED)
def test_a_status_of_http_says_that_nothing_was_processed(
    program: Program, statuses: tuple[int, ...]
) -> None:
    """Whoever answers with it: RFC 9110, RFC 6585 and RFC 8470."""
    pages = [faults.error_page(status) for status in statuses]
    assert program.run(*pages, requests=len(APIS)) == every("not cancelled")
    assert program.executions() == every(0)


@pytest.mark.parametrize("answers", REFUSALS.values(), ids=REFUSALS)
def test_the_providers_own_refusal_is_believed(
    program: Program, answers: tuple[tuple[int, object], ...]
) -> None:
    """It has what no gateway's answer has. A refusal at PACE Fueling may take a look more."""
    pay, fueling, *others = [program.answer(*each) for each in answers]
    look = [faults.PASS] if b"scope" not in fueling.body else []
    assert program.run(pay, fueling, *look, *others) == every("not cancelled")
    assert program.executions() == every(0)


def test_a_refusal_may_be_the_answer_to_a_gateways_repeat(program: Program) -> None:
    """What PACE Pay shows of the transaction then decides."""
    body = {"errors": [{"title": "Resource not found"}]}
    late = evolve(program.answer(404, body), executed=True)
    assert program.run(faults.PASS, late)["pace_fueling"] == "cancelled"
    assert program.executions()["pace_fueling"] == 1


@pytest.mark.parametrize("attempt", ["first", "again"])
def test_a_missing_scope_says_nothing_of_the_transaction(program: Program, attempt: str) -> None:
    """PACE refuses the caller, so an earlier request may have been executed."""
    words = program.answer(
        403, {"errors": [{"detail": 'requires scope "pay:transactions:cancel"'}]}
    )
    verdict = {"first": "not cancelled", "again": "unknown"}[attempt]
    assert program.run(words, attempt=attempt)["pace_pay"] == verdict


def test_a_retired_api_is_no_proof(program: Program) -> None:
    """410 means cancelled only in PACE's own words, or without any."""
    verdicts = {}
    for body in (b"<html>", b"null", b'{"message": "Gone"}', b""):
        gone = faults.Answer(410, body, JSON)
        verdicts[body] = program.run(faults.PASS, gone, attempt="again")["pace_fueling"]
    assert verdicts.pop(b"") == "cancelled"
    assert set(verdicts.values()) == {"unknown"}


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
    pages = (faults.error_page(200), faults.error_page(200))
    script = (*pages, *(program.answer(*each) for each in answers))
    assert program.run(*script) == every("unknown")


def test_a_state_at_bento_may_be_older_than_the_cancel(program: Program) -> None:
    """`Refunded` may be an earlier refund; nothing but a cancel voids."""
    for state, verdict in (("Refunded", "accepted"), ("AuthVoided", "cancelled")):
        answer = program.answer(202, {"data": {"state": state}})
        assert program.run(faults.PASS, faults.PASS, answer)["bento"] == verdict


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_second_run_after_a_lost_answer_is_correct(program: Program, lost: faults.Fault) -> None:
    """It executes nothing again, and denies no execution."""
    program.pay(bento={"captured": True})
    assert program.run(*[lost] * len(APIS)) == every("unknown")
    for _ in range(2):
        verdicts = program.run(attempt="again")
        assert verdicts == every("cancelled", bento="unknown")
    assert program.executions() == every(1)
    for api in ("unzer", "vtex"):
        (execution,) = program.sandbox.executions(payment=program.payments[api])
        assert execution.key == "order-42"


def test_a_late_request_is_executed_once(hasty: Program) -> None:
    """A second run before the first has arrived sends only what then does no harm."""
    hasty.pay(bento={"captured": True})
    unknown = dict.fromkeys(("pace_fueling", "bento", "unzer"), "unknown")
    with FaultProxy(hasty.sandbox.url) as proxy:
        proxy.script(*[faults.Late()] * len(APIS))
        done = hasty.process("order-42", "first", url=proxy.url)
        assert json.loads(done.stdout) == every("unknown")
        assert hasty.run(attempt="again") == every("cancelled", **unknown)
        assert hasty.executions() == every(1, **dict.fromkeys(unknown, 0))
        assert proxy.deliver_late() == len(APIS)
    assert hasty.run(attempt="again") == every("cancelled", bento="unknown")
    assert hasty.executions() == every(1)


def test_a_refused_repeat_is_no_proof_about_the_first(program: Program) -> None:
    """An expired token, a page, too many requests: the first may have been executed still."""
    program.pay(bento={"captured": True})
    program.run(*[faults.CLOSE_AFTER] * len(APIS))
    for other in OTHERS:
        assert program.run(*[other] * len(APIS), attempt="again") == every("unknown"), other
    assert program.executions() == every(1)


@pytest.mark.parametrize(("settings", "others"), [({}, []), ({"manual_status": 501}, ["vtex"])])
def test_a_refusal_of_both_requests_is_believed(
    program: Program, settings: dict[str, Any], others: list[str]
) -> None:
    """PACE Pay's own documents about the transaction, and VTEX's that it cannot cancel."""
    program.pay(vtex=settings)
    program.capture()
    assert program.run(*[faults.CLOSE_AFTER] * len(APIS)) == every("unknown")
    verdicts = program.run(attempt="again")
    assert verdicts == every(
        "unknown", **dict.fromkeys(["pace_pay", "pace_fueling", *others], "not cancelled")
    )
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
