"""Request samples: they run against the sandbox, compile, and use the names of the clients."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from countermand import Declined
from countermand.sandbox import Sandbox
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from specs.publishing import node
from specs.publishing.document import lookup
from specs.publishing.site import SiteError, reference, samples, sources
from tests.publishing.site.browser import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from countermand.sandbox import Payment
    from specs.publishing.site.sources import Api, Operation

LABELS = ["curl", "Python", "TypeScript", "Go", "Java"]
ACCOUNT = re.compile(r"\b[a-z_]+\.Account\(.*\)$", re.MULTILINE)


def source(api: Api, operation: Operation, label: str) -> str:
    """One sample of an operation."""
    return next(each.source for each in samples.samples(api, operation) if each.label == label)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox of its own, as the ids in the samples are always the same; its secrets are set."""
    with Sandbox() as sandbox:
        secrets = {
            "ACCESS_TOKEN": sandbox.issue_token(),
            "PRIVATE_KEY": UNZER_PRIVATE_KEY,
            "APP_KEY": VTEX_APP_KEY,
            "APP_TOKEN": VTEX_APP_TOKEN,
        }
        for name, value in secrets.items():
            monkeypatch.setenv(name, value)
        yield sandbox


def printed_payment(sandbox: Sandbox, made: samples.Call) -> Payment:
    """The payment whose ids a sample prints; nothing else of it is in the body."""
    ids = {samples.snake(name): value for name, value in made.parameters}
    ids.pop("cancellation_id", "")
    if made.api == "vtex":
        ids["authorization_id"] = made.body["authorizationId"]
    return sandbox.create_payment(made.module, **ids)


def run_curl(sandbox: Sandbox, made: samples.Call, text: str) -> int:
    """Run a sample in a shell, and return the status of the answer."""
    assert shutil.which("curl"), "no curl; install Debian's package (apt-get install curl)"
    assert made.server in text
    command = text.replace(made.server, sandbox.base_url(made.module))
    shown = command.replace("curl ", "curl -sS -o /dev/null -w '%{http_code}' ", 1)
    done = subprocess.run(
        ["/bin/sh", "-c", shown], capture_output=True, text=True, check=True, timeout=60.0
    )
    return int(done.stdout)


def run_python(sandbox: Sandbox, made: samples.Call, text: str) -> str:
    """Run a sample with its account led to the sandbox, and return what it prints."""

    def here(account: Any) -> Any:
        return sandbox.account(account.provider.api)

    led = ACCOUNT.sub(r"here(\g<0>)", text)
    assert led != text
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(led, f"{made.api} {made.id}", "exec"), {"here": here})
    return printed.getvalue()


def in_order(api: Api) -> list[Operation]:
    """The operations of an API, cancels first: a read of a cancel needs one."""
    return sorted(api.operations, key=lambda each: not each.facts.cancels)


@pytest.mark.parametrize("name", NAMES)
def test_curl_runs(fresh: Sandbox, apis: dict[str, Api], name: str) -> None:
    """Each call is answered with success, and each cancel is executed.

    PACE Pay answers 410 for a transaction that is cancelled.
    """
    payment = None
    for operation in in_order(apis[name]):
        made = samples.call(apis[name], operation)
        if payment is None:
            payment = printed_payment(fresh, made)
        status = run_curl(fresh, made, source(apis[name], operation, "curl"))
        gone = name == "pace-pay" and not made.cancels
        assert status in ({410} if gone else {200, 201, 202, 204}), (operation.id, status)
    assert len(fresh.executions(made.module)) == len(apis[name].cancels())


@pytest.mark.parametrize("name", NAMES)
def test_python_runs(fresh: Sandbox, apis: dict[str, Api], name: str) -> None:
    """Each call with countermand's client prints an outcome or the document that was read.

    Of a transaction that is cancelled, PACE Pay has no document.
    """
    payment = None
    for operation in in_order(apis[name]):
        made = samples.call(apis[name], operation)
        if payment is None:
            payment = printed_payment(fresh, made)
        text = source(apis[name], operation, "Python")
        if name == "pace-pay" and not made.cancels:
            with pytest.raises(Declined, match="410 Gone: the transaction was cancelled"):
                run_python(fresh, made, text)
            continue
        wanted = r"(cancelled|accepted)\b" if made.cancels else r"200\b"
        assert re.match(wanted, run_python(fresh, made, text)), operation.id
    assert len(fresh.executions(made.module)) == len(apis[name].cancels())


def test_typescript_compiles(tree: Path, apis: dict[str, Api], tmp_path: Path) -> None:
    """The strict compiler knows each path, parameter and type, and would notice another one."""
    documents = {
        f"{name}@v1": {
            "root": str(tree / name / "portable/openapi.yaml"),
            "x-openapi-ts": {"output": f"./{name}.ts"},
        }
        for name in apis
    }
    (tmp_path / "redocly.yaml").write_text(json.dumps({"apis": documents}), encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(node.FOLDER / "node_modules")
    made = node.run("openapi-typescript", folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    for name, api in apis.items():
        for operation in api.operations:
            text = source(api, operation, "TypeScript")
            (tmp_path / f"{name}-{operation.id}.ts").write_text(text, encoding="utf-8")
    unzer = (tmp_path / "unzer-cancelPayment.ts").read_text(encoding="utf-8")
    (tmp_path / "wrong.ts").write_text(unzer.replace('"10.00"', "10"), encoding="utf-8")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target"]
    files = sorted(path.name for path in tmp_path.glob("*.ts"))
    checked = node.run("tsc", *options, "es2023", "--types", "node", *files, folder=tmp_path)
    errors = [line for line in checked.stdout.splitlines() if "error" in line]
    assert [line.partition("(")[0] for line in errors] == ["wrong.ts"], checked.stdout
    assert "'number' is not assignable to type 'string'" in checked.stdout


@pytest.mark.parametrize("name", NAMES)
def test_go_and_java_use_the_names_of_the_portable_edition(
    tree: Path, apis: dict[str, Api], name: str
) -> None:
    """A generator takes them from there: tag, operation, schema, members, order of parameters."""
    text = (tree / name / "portable/openapi.json").read_text(encoding="utf-8")
    portable = json.loads(text)
    for operation in apis[name].operations:
        made = samples.call(apis[name], operation)
        own = portable["paths"][operation.path][operation.method.lower()]
        assert own["tags"] == [made.tag]
        assert own["operationId"] == made.id
        [security, *_] = own["security"]
        assert list(security) == [each.scheme for each in made.access]
        go, java = (source(apis[name], operation, label) for label in ("Go", "Java"))
        service = made.tag[0].upper() + made.tag[1:]
        method = made.id[0].upper() + made.id[1:]
        assert f"client.{service}API.\n\t\t{method}(ctx, {made.path_values})." in go
        assert f"{service}Api api = new {service}Api(client);" in java
        assert f"api.{made.id}({made.java_values})" in java
        if not made.body:
            assert "requestBody" not in own
            continue
        body = own["requestBody"]
        known = lookup(portable, body["$ref"]) if "$ref" in body else body
        media = known["content"]["application/json"]
        assert media["schema"]["$ref"].endswith(f"/{made.schema}")
        schema = portable["components"]["schemas"][made.schema]
        assert sorted(made.required) == sorted(schema.get("required", []))
        assert f"openapi.New{made.schema}({made.required_values})" in go
        for member, value in made.body.items():
            kind = schema["properties"][member]
            assert (kind["type"], kind.get("format")) == (
                ("integer", "int64") if isinstance(value, int) else ("string", None)
            )
            assert f".{member}({json.dumps(value)}{'L' if isinstance(value, int) else ''})" in java


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_reference_has_samples_and_no_published_file_has(
    tree: Path, apis: dict[str, Api], name: str
) -> None:
    """Each operation in five languages; an earlier version has none."""
    api = apis[name]
    for version in api.versions:
        shown = json.loads(reference.display(version, apis))
        for operation in version.operations:
            own = shown["paths"][operation.path][operation.method.lower()]
            found = [each["label"] for each in own.get("x-codeSamples", [])]
            assert found == (LABELS if version.version == api.version else [])
    published = tree / name / api.version / "openapi.json"
    assert "x-codeSamples" not in published.read_text(encoding="utf-8")


def test_a_cancel_says_what_to_do_when_no_answer_comes(apis: dict[str, Api]) -> None:
    """In every language but Python, where the client does it; a read says nothing."""
    for api in apis.values():
        for operation in api.operations:
            for sample in samples.samples(api, operation):
                said = "If no answer comes" in sample.source
                assert said == (operation.facts.cancels and sample.label != "Python")


def test_a_parameter_without_an_example_fails_the_build(tree: Path) -> None:
    """A sample never has a value that nobody chose."""
    api = next(each for each in sources.apis(tree) if each.name == "vtex")
    broken = copy.deepcopy(api.operations[0])
    for parameter in broken.parameters:
        parameter.raw.pop("example", None)
    with pytest.raises(SiteError, match=r"^vtex, cancelPayment: no example of paymentId"):
        samples.call(api, broken)
