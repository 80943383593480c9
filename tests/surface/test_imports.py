"""Who imports what: the layers of the package hold."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from tests.surface.sources import GENERATED, MODULES, ROOT, imported, roots

PURE: Final = [
    "_moves", "_procedure", "_conclusions", "_judging", "_verdicts", "_body", "_amounts", "_ids",
    "_keys", "_cancellations", "_pace", "pace_pay", "pace_fueling", "bento", "unzer", "vtex",
    "policy", "_retry_after", "_exchange", "_steps", "_intent", "_reading", "_unzer_reading",
    "_ledger_codec",
]  # fmt: skip
IMPURE: Final = {
    "asyncio", "httpcore", "httpx", "logging", "os", "random", "secrets", "select", "socket", "ssl",
    "subprocess", "threading", "time", "urllib.request",
}  # fmt: skip
PROVIDERS: Final = {
    f"countermand.{n}" for n in ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
}
CORE: Final = {
    name: path for name, path in MODULES.items() if not name.startswith(("sandbox/", "specs"))
}
LEDGER: Final = {
    "ledger", "_ledger_claims", "_ledger_connections", "_ledger_database", "_ledger_engines",
    "_ledger_leases", "_ledger_patience", "_ledger_schema", "_ledger_settling", "_ledger_watch",
    "_ledger_ways",
}  # fmt: skip
EXTRAS: Final = {"openapi_core", "pydantic", "sqlalchemy", "starlette", "uvicorn", "yaml"}


def loaded_by(statement: str) -> set[str]:
    """The modules that a new interpreter has after a statement."""
    program = f"{statement}; import sys; print(*sys.modules)"
    paths = ", ".join(repr(str(ROOT / folder)) for folder in ("overlay", "generated"))
    program = f"import sys; sys.path[:0] = [{paths}]; {program}"
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_importing_countermand_imports_no_provider_and_no_extra() -> None:
    """Fast to import, and complete without the extras."""
    loaded = loaded_by("import countermand")
    assert not loaded & PROVIDERS
    assert not {name.partition(".")[0] for name in loaded} & EXTRAS
    assert not {name for name in loaded if name.startswith("countermand.sandbox")}
    assert "countermand_models" not in loaded


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_provider_imports_no_other_provider(name: str) -> None:
    """A sixth provider is one module; nothing else changes."""
    loaded = loaded_by(f"import {name}")
    assert loaded & PROVIDERS == {name}
    assert not {module.partition(".")[0] for module in loaded} & EXTRAS


@pytest.mark.parametrize("name", PURE)
def test_a_pure_module_imports_no_clock_no_chance_and_no_io(name: str) -> None:
    """What decides about money can be read and tested without a world around it."""
    names = imported(MODULES[name])
    assert not {found for found in names for bad in IMPURE if f"{found}.".startswith(f"{bad}.")}


@pytest.mark.parametrize("name", PURE)
def test_a_pure_module_imports_pure_modules_only(name: str) -> None:
    """Purity that ends at the first import would be none."""
    own = {found.removeprefix("countermand.") for found in imported(MODULES[name])} & set(MODULES)
    also_pure = {"errors", "receipt", "attempts", "_providers", "_accounts", "identity"}
    assert own <= {*PURE, *also_pure}
    for found in own & also_pure:
        assert not {
            i for i in imported(MODULES[found]) for bad in IMPURE if f"{i}.".startswith(f"{bad}.")
        }


@pytest.mark.parametrize(("library", "module"), [("httpx", "_http"), ("httpcore", "_sockets")])
def test_one_module_imports_the_http_library(library: str, module: str) -> None:
    """The day httpx changes, one file changes."""
    assert [name for name, path in CORE.items() if library in roots(path)] == [module]


def test_the_core_imports_no_extra() -> None:
    """Not even late, inside a function; the ledger, which is an extra itself, only its own."""
    for name, path in CORE.items():
        assert roots(path) & EXTRAS <= ({"sqlalchemy"} if name in LEDGER else set()), path


@pytest.mark.parametrize("name", sorted(set(CORE) - LEDGER))
def test_nothing_outside_the_ledger_imports_it(name: str) -> None:
    """Who uses no ledger needs no SQLAlchemy."""
    assert not imported(MODULES[name]) & {f"countermand.{module}" for module in LEDGER}


def test_a_client_without_a_ledger_loads_no_database_library() -> None:
    """Neither when it is made nor when it cancels; with a ledger it does."""
    make = "from countermand import Client, unzer; Client(unzer.Account('s-priv-1')).close()"
    assert "sqlalchemy" not in loaded_by(make)
    assert "countermand.ledger" not in loaded_by(make)
    assert "sqlalchemy" in loaded_by("import countermand.ledger")


def test_nothing_generated_imports_the_overlay() -> None:
    """The generated clients can be used, and published, on their own."""
    files = sorted(GENERATED.rglob("*.py"))
    assert len(files) > 50
    assert not [path for path in files if "countermand" in roots(path)]


def test_the_core_imports_no_test_and_no_sandbox() -> None:
    """What is there for trying out is not there in production."""
    for path in CORE.values():
        names = imported(path)
        assert not [name for name in names if name.startswith(("tests", "countermand.sandbox"))]
