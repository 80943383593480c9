"""`python -m countermand.reconcile`: rounds of `Client.reconcile`, in a process of its own."""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from countermand import Reconciliation, reconcile
from countermand.errors import LedgerUnavailable

if TYPE_CHECKING:
    from pathlib import Path

ROUND = json.dumps(
    dict.fromkeys(("looked", "cancelled", "refused", "still_open", "needs_person", "skipped"), 0)
)
MODULE = """
from countermand import AsyncClient, Client, bento
from countermand.ledger import Ledger

ACCOUNT = bento.Account("token", "http://127.0.0.1:9")

def blocking():
    return Client(ACCOUNT, ledger=Ledger("sqlite:///keys.db"))

def asynchronous():
    return AsyncClient(ACCOUNT, ledger=Ledger("sqlite:///keys.db"))

def without():
    return Client(ACCOUNT)

def wrong():
    return ACCOUNT
"""


@pytest.fixture
def factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that makes clients; each test has one of its own."""
    name = f"factories_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


@pytest.fixture(autouse=True)
def _handlers() -> Any:
    """The command sets a handler of its own."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("name", ["blocking", "asynchronous"])
def test_one_round_prints_its_summary(
    factories: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one line of JSON."""
    assert reconcile.main([f"{factories}:{name}", "--limit", "5"]) == 0
    assert capsys.readouterr().out == f"{ROUND}\n"
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_it_is_a_program(
    factories: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit status and help."""
    monkeypatch.setattr(sys, "argv", ["reconcile", f"{factories}:blocking"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(reconcile.__file__), run_name="__main__")
    assert (ended.value.code, capsys.readouterr().out) == (0, f"{ROUND}\n")


def test_changes_go_to_a_callable(factories: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the caller's own."""
    asked: list[dict[str, object]] = []

    def reconciled(_client: object, **options: object) -> Reconciliation:
        asked.append(options)
        return Reconciliation()

    monkeypatch.setattr("countermand.Client.reconcile", reconciled)
    assert reconcile.main([f"{factories}:blocking", "--on-outcome", "builtins:print"]) == 0
    assert asked == [{"limit": None, "on_outcome": print}]


@pytest.mark.parametrize("name", ["blocking", "asynchronous"])
def test_without_a_ledger_it_fails(
    factories: str, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only round says why; with `--every` it goes on."""
    rounds = 0

    def reconciled(*_: object, **__: object) -> Reconciliation:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise KeyboardInterrupt
        raise LedgerUnavailable("no database")

    async def reconciled_async(*_: object, **__: object) -> Reconciliation:
        return reconciled()

    monkeypatch.setattr("countermand.Client.reconcile", reconciled)
    monkeypatch.setattr("countermand.AsyncClient.reconcile", reconciled_async)
    assert reconcile.main([f"{factories}:{name}"]) == 1
    assert "no database" in capsys.readouterr().err
    assert reconcile.main([f"{factories}:{name}", "--every", "0.001"]) == 0
    assert rounds == 3


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("{}", "is not of the form package.module:callable"),
        ("{}:nothing", "has no attribute 'nothing'"),
        ("no.such.module:client", "No module named"),
        ("{}:wrong", "has returned a Account, not a Client or an AsyncClient"),
    ],
)
def test_a_factory_that_is_none_is_named(
    factories: str, place: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what it should be."""
    with pytest.raises(SystemExit) as ended:
        reconcile.main([place.format(factories)])
    assert said in f"{ended.value}{capsys.readouterr().err}"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        *(
            ("--every", value, f"argument --every: {value!r} is not a number of seconds above 0")
            for value in ("-1", "0", "nan", "inf", "1e10", "soon")
        ),
        *(
            ("--limit", value, f"argument --limit: {value!r} is not a whole number above 0")
            for value in ("0", "-1", "1.5", "all")
        ),
    ],
)
def test_a_wrong_number_is_refused(
    factories: str, option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is looked at, as argparse refuses what it does not know."""
    with pytest.raises(SystemExit) as ended:
        reconcile.main([f"{factories}:blocking", f"{option}={value}"])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["blocking", "asynchronous"])
def test_a_signal_ends_it_between_two_rounds(factories: str, name: str, tmp_path: Path) -> None:
    """Without a traceback."""
    command = [
        sys.executable,
        "-m",
        "countermand.reconcile",
        f"{factories}:{name}",
        "--every",
        "60",
    ]
    path = os.pathsep.join([str(tmp_path), *sys.path])
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"{ROUND}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
