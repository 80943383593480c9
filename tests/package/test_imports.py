"""The direction of imports between the package's folders."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from tests.package.sources import GENERATED, MODULES, ROOT, imported, modules_imported, roots

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOORS: Final = {
    "sandbox": 10,
    "__init__": 9,
    "reconcile": 9,
    "client": 8,
    "_runtime": 7,
    "_http": 6,
    "ledger": 6,
    "_core": 5,
    "bento": 5,
    "pace_fueling": 5,
    "pace_pay": 5,
    "unzer": 5,
    "vtex": 5,
    "batch": 4,
    "_bento": 4,
    "_pace": 4,
    "_unzer": 4,
    "events": 3,
    "provider": 3,
    "_entry_points": 2,
    "receipt": 2,
    "errors": 1,
    "policy": 1,
    "specs": 1,
}
"""A folder imports from lower layers only; modules that are not listed are layer 0."""
MAX_DEPTH: Final = 8
IMPURE: Final = {
    "asyncio", "httpcore", "httpx", "logging", "os", "random", "secrets", "select", "socket", "ssl",
    "subprocess", "threading", "time", "urllib.request",
}  # fmt: skip
PROVIDERS: Final = {
    f"countermand.{n}" for n in ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
}
PURE_LEDGER: Final = {
    f"ledger/_{name}" for name in (
        "encoding", "postgresql", "reconciliation", "rows", "schema", "sqlite", "states", "tasks",
    )
}  # fmt: skip
CORE: Final = {
    name: path for name, path in MODULES.items() if not name.startswith(("sandbox/", "specs"))
}
PURE: Final = {
    name: path
    for name, path in CORE.items()
    if name.startswith(("_core/", "provider/"))
    or name
    in {"_bento", "_pace", "_unzer", "bento", "pace_fueling", "pace_pay", "policy", "unzer", "vtex"}
    or name in PURE_LEDGER
}
EXTRAS: Final = {"openapi_core", "psycopg", "pydantic", "starlette", "uvicorn", "yaml"}


def room(name: str) -> str:
    """The room of a module: its folder, or the module itself where it lies at the top."""
    return name.partition("/")[0]


def upward(imports: Mapping[str, set[str]]) -> list[str]:
    """Imports from one room into another that is not below it."""
    floors = {name: FLOORS.get(room(name), 0) for name in imports}
    return [
        f"{name} imports {found}"
        for name, names in imports.items()
        for found in sorted(names)
        if room(name) != room(found)
        if floors[found] >= floors[name]
    ]


def is_impure(name: str) -> bool:
    """Whether a module brings a clock, randomness, threads or I/O."""
    return any(f"{name}.".startswith(f"{bad}.") for bad in IMPURE)


def loaded_by(statement: str) -> set[str]:
    """The modules that a new interpreter has after a statement."""
    program = f"{statement}; import sys; print(*sys.modules)"
    paths = ", ".join(repr(str(ROOT / folder)) for folder in ("overlay", "generated"))
    program = f"import sys; sys.path[:0] = [{paths}]; {program}"
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_no_folder_imports_upward() -> None:
    """Imports for type checkers alone count, too."""
    imports = {name: modules_imported(path, types=True) for name, path in MODULES.items()}
    assert not upward(imports)


def test_an_upward_import_is_found() -> None:
    """Also one between two rooms of the same floor."""
    imports = {"_core/cancel": {"ledger/_store"}, "ledger/_store": {"_http/transport"}}
    imports |= {"_http/transport": set(), "errors": {"provider/_fields"}, "provider/_fields": set()}
    assert upward(imports) == [
        "_core/cancel imports ledger/_store",
        "ledger/_store imports _http/transport",
        "errors imports provider/_fields",
    ]


def test_every_layer_is_a_folder() -> None:
    """A renamed room must not drop to the lowest floor unnoticed."""
    assert FLOORS.keys() <= {room(name) for name in MODULES}


def test_there_is_no_cycle_and_no_long_chain() -> None:
    """A reader follows at most eight imports from the top to the bottom."""
    imports = {name: modules_imported(path) - {name} for name, path in MODULES.items()}
    trail: list[str] = []

    @cache
    def depth(name: str) -> int:
        assert name not in trail, f"a cycle: {[*trail, name]}"
        trail.append(name)
        deepest = max((depth(found) + 1 for found in imports[name]), default=0)
        trail.pop()
        return deepest

    assert not {name: depth(name) for name in imports if depth(name) > MAX_DEPTH}


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
def test_a_pure_module_imports_no_clock_no_randomness_and_no_io(name: str) -> None:
    """Nor does a module of ours that it imports: the rules about money are tested without I/O."""
    reached, waiting = {name}, [name]
    while waiting:
        found = modules_imported(MODULES[waiting.pop()]) - reached
        reached |= found
        waiting += found
    assert not {f"{each}: {i}" for each in reached for i in imported(MODULES[each]) if is_impure(i)}


@pytest.mark.parametrize(
    ("library", "folder"),
    [
        ("h11", "_http"),
        ("httpx", "_http"),
        ("httpcore", "_http"),
        ("psycopg", "ledger"),
        ("sqlite3", "ledger"),
    ],
)
def test_one_folder_imports_the_library(library: str, folder: str) -> None:
    """When the library changes, one room changes."""
    assert {room(name) for name, path in CORE.items() if library in roots(path)} == {folder}


def test_the_core_imports_no_extra() -> None:
    """Not even late, inside a function; the ledger only that of its database."""
    for name, path in CORE.items():
        own = {"psycopg"} if room(name) == "ledger" else set[str]()
        assert roots(path) & EXTRAS <= own, path


def test_nothing_outside_the_ledger_imports_it() -> None:
    """A program without a ledger loads no database; the clients name its types alone."""
    for name, path in CORE.items():
        if room(name) != "ledger":
            assert not {n for n in modules_imported(path) if room(n) == "ledger"}, name


def test_a_client_without_a_ledger_loads_no_database_library() -> None:
    """Neither when it is made nor when it cancels; a ledger in a file loads no psycopg."""
    make = "from countermand import Client, unzer; Client(unzer.Account('s-priv-1')).close()"
    loaded = loaded_by(make)
    assert not {"psycopg", "sqlite3", "countermand.ledger"} & loaded
    file = loaded_by("from countermand import Ledger; Ledger('sqlite:///x.db')")
    assert "sqlite3" in file
    assert "psycopg" not in file
    assert "psycopg" in loaded_by("from countermand import Ledger; Ledger('postgresql://h/n')")


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
def test_a_client_loads_no_httpx(kind: str) -> None:
    """Neither httpx nor what it brings, unless there is a transport of the caller's or a proxy."""
    account = "unzer.Account('s-priv-1', 'https://unzer.example/v1')"
    make = f"from countermand import {kind}, unzer; {kind}({account}, trust_env=False)"
    heavy = {"httpx", "httpcore", "anyio", "sniffio", "idna", "urllib.request", "http.client"}
    assert not heavy & loaded_by(make)
    assert {"httpx", "httpcore"} <= loaded_by(f"{make[:-1]}, proxy='http://127.0.0.1:1')")


def test_nothing_generated_imports_the_overlay() -> None:
    """The generated clients can be used, and published, on their own."""
    files = sorted(GENERATED.rglob("*.py"))
    assert len(files) > 50
    assert not [path for path in files if "countermand" in roots(path)]


def test_the_core_imports_no_test_and_no_sandbox() -> None:
    """The test kit is not loaded in production."""
    for path in CORE.values():
        names = imported(path)
        assert not [name for name in names if name.startswith(("tests", "countermand.sandbox"))]


def test_a_blocking_client_loads_neither_asyncio_nor_what_reads_a_reply() -> None:
    """They are large, and a program that starts often pays for them each time."""
    made = loaded_by(
        "from countermand import Client, bento; "
        "Client(bento.Account('token', 'http://api.example')).close()"
    )
    assert not made & {"asyncio", "email.utils", "httpx", "html.entities"}
    models = {name for name in made if name.startswith("countermand_clients.bento.models.")}
    assert models == {
        "countermand_clients.bento.models.cancel_request",
        "countermand_clients.bento.models.transaction_state",
    }
