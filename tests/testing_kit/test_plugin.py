"""The pytest plugin, in a test suite of its own, with the plugins that teams use beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from tests.package.sources import ROOT
from tests.package.test_imports import loaded_by

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox

SUITE = """
import asyncio
import pytest
from countermand import FULL, AsyncClient, Client, OutcomeUnknown, Policy, unzer
from countermand.sandbox import faults, testing

ONCE = Policy(attempts=1, budget=None)

def order(sandbox, proxy):
    payment = sandbox.create_payment("unzer")
    account = sandbox.account("unzer", proxy.base_url("unzer"))
    return payment, account, unzer.Cancellation(payment.payment_id, amount=FULL)

@pytest.mark.parametrize("number", range(2))
def test_blocking(countermand_sandbox, countermand_faults, number):
    payment, account, cancellation = order(countermand_sandbox, countermand_faults)
    countermand_faults.script(faults.RESET_AFTER)
    with Client(account, policy=ONCE) as client:
        assert client.cancel(cancellation).evidence == "read back"
    assert len(countermand_sandbox.executions(payment=payment)) == 1

@pytest.mark.asyncio
async def test_with_pytest_asyncio(countermand_sandbox, countermand_faults):
    await awaited(countermand_sandbox, countermand_faults)

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
async def test_with_anyio(countermand_sandbox, countermand_faults):
    await awaited(countermand_sandbox, countermand_faults)

async def awaited(sandbox, proxy):
    payment, account, cancellation = order(sandbox, proxy)
    async with AsyncClient(account, policy=ONCE) as client:
        assert (await client.cancel(cancellation)).outcome == "cancelled"
    assert len(sandbox.executions(payment=payment)) == 1

@pytest.mark.parametrize("case", testing.cases("vtex")[:2], ids=str)
def test_cases(case, countermand_sandbox):
    def cancel(account, cancellation, key):
        with Client(account) as client:
            return client.cancel(cancellation, key=key).outcome == "cancelled"
    case.play(countermand_sandbox, cancel)
"""

WITHOUT = [f"-pno:{name}" for name in ("schemathesis", "hypothesispytest", "cacheprovider")]
"""Plugins that take a while to load, and are not what is tested."""


def run(folder: Path, *arguments: str) -> str:
    """Run pytest in a folder, with the plugins that are installed."""
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    paths = [str(ROOT / name) for name in ("overlay", "operations", "generated")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *WITHOUT, "-q", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_fixtures_are_found_and_work_beside_other_plugins(tmp_path: Path) -> None:
    """Nothing is configured: the entry point leads to them, in each process of pytest-xdist."""
    assert "6 passed" in run(tmp_path, "-n", "2")


def test_the_plugin_loads_nothing_of_the_package() -> None:
    """It is loaded in every run of pytest, whether or not a test cancels anything."""
    path = f"import sys; sys.path.insert(0, {str(ROOT / 'operations')!r}); "
    loaded = loaded_by(f"{path}import countermand_ops.pytest_plugin")
    assert not {name.partition(".")[0] for name in loaded} & {"countermand", "starlette"}


def test_the_proxy_stands_before_the_sandbox(
    countermand_sandbox: Sandbox, countermand_faults: FaultProxy
) -> None:
    """What goes through the one arrives at the other."""
    seen = len(countermand_sandbox.requests("vtex"))
    httpx.get(f"{countermand_faults.base_url('vtex')}/nowhere", trust_env=False)
    assert len(countermand_sandbox.requests("vtex")) == seen + 1
    assert len(countermand_faults.requests) == 1
