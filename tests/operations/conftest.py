"""A home of its own for each test, configurations for the sandbox, and plans of payments."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.operations.running import Ran, run
from tests.package.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox
    from countermand.sandbox.payments import Payment

    Configure = Callable[..., Path]

NEEDED = {"pace_pay": ["transaction_id"], "unzer": ["payment_id"], "vtex": ["payment_id"]}
COLOUR = ("NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no configuration, no ledger, and lines that are not folded."""
    for name in [*os.environ]:
        if name.startswith("COUNTERMAND_") or name in COLOUR:
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("LOGNAME", "ada")
    paths = (ROOT, ROOT / "overlay", ROOT / "operations", ROOT / "generated", tmp_path)
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*map(str, paths), before]))
    return tmp_path


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a countermand.toml that the user alone can read."""

    def written(text: str) -> Path:
        file = tmp_path / "countermand.toml"
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        return file

    return written


@pytest.fixture
def configure(
    sandbox: Sandbox, write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Configure:
    """Write a configuration of the sandbox's accounts, and let the environment name it."""

    def configured(*apis: str, proxy: FaultProxy | None = None, more: str = "") -> Path:
        lines = ["[http]", "trust_env = false", more]
        for api in apis:
            account = sandbox.account(api, None if proxy is None else proxy.base_url(api))
            values: dict[str, object] = attrs.asdict(account, recurse=False)  # type: ignore[arg-type]
            texts = {name: value for name, value in values.items() if isinstance(value, str)}
            lines += [f"[accounts.{api}]", *(f'{name} = "{text}"' for name, text in texts.items())]
        file = write("\n".join(lines))
        monkeypatch.setenv("COUNTERMAND_CONFIG", str(file))
        return file

    return configured


@pytest.fixture
def planned(sandbox: Sandbox, tmp_path: Path) -> Callable[..., list[Payment]]:
    """Make payments of a provider, and plan their cancels without reading them."""

    def make(api: str, count: int, *options: object, **settings: object) -> list[Payment]:
        payments = [sandbox.create_payment(api, **settings) for _ in range(count)]
        with (tmp_path / "payments.jsonl").open("w", encoding="utf-8") as file:
            for payment in payments:
                ids = {name: payment.identifiers[name] for name in NEEDED[api]}
                row = {"provider": api, "key": payment.handle, **ids}
                file.write(json.dumps(row | ({"amount": "full"} if api == "unzer" else {})) + "\n")
        ran = run("bulk", "plan", tmp_path / "payments.jsonl", "--no-read", *options)
        assert ran.code == 0, ran.err
        return payments

    return make


@pytest.fixture
def apply(tmp_path: Path) -> Callable[..., Ran]:
    """Carry out the plan."""

    def applied(*options: object, typed: str | None = None) -> Ran:
        order = ("bulk", "apply", tmp_path / "payments.plan.jsonl", "--reason", "an incident")
        return run(*order, *options, typed=typed)

    return applied


@pytest.fixture
def report(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """The rows of the report."""

    def read() -> list[dict[str, Any]]:
        lines = (tmp_path / "payments.report.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    return read
