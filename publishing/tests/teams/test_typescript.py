"""A team that writes TypeScript cancels with nothing but the published specifications."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from countermand.sandbox import FaultProxy, faults
from countermand.sandbox.identity import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from publishing import node
from publishing.tests.teams import page

if TYPE_CHECKING:
    from countermand.sandbox import Payment, Sandbox

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "typescript.md").read_text(encoding="utf-8")
REDIRECTS = (301, 302, 303, 307, 308)
APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")

SLIPS = {
    "another method": ('.POST(\n    "/transactions', '.PUT(\n    "/transactions'),
    "a path of another API": ('"/gas-stations/{gasStationId}/', '"/{gasStationId}/'),
    "a missing path parameter": ("{ gasStationId, transactionId }", "{ transactionId }"),
    "an amount as text": ("{ refundAmount: amount }", "{ refundAmount: `${amount}` }"),
    "a misspelled request field": ("{ paymentReference: ref", "{ paymentReferense: ref"),
    "a misspelled response field": ("data.isPending", "data.isPendng"),
    "a forgotten idempotency key": ("body: { paymentId, requestId }", "body: { paymentId }"),
    "an answer that may be absent": ("data?.cancellationId", "data.cancellationId"),
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


def run(project: Path, url: str, sandbox: Sandbox, payments: dict[str, Any]) -> dict[str, str]:
    """Run the compiled program, and return its verdicts."""
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
    done = subprocess.run(
        ["node", "build/main.js", url, *keys, *ids],
        cwd=project,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    verdicts: dict[str, str] = json.loads(done.stdout)
    assert tuple(verdicts) == APIS
    return verdicts


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
