"""The public names: there, sorted, explained, and the same on both clients."""

from __future__ import annotations

import ast
import importlib
import inspect
from typing import Any, Final

import pytest

import countermand
from countermand import AsyncClient, Client, provider
from tests.package.sources import MODULES, modules_imported, tree

PROVIDERS: Final = ["bento", "pace_fueling", "pace_pay", "unzer", "vtex"]
PUBLIC: Final = {
    *PROVIDERS, "attempts", "batch", "client", "errors", "events", "identity", "ledger", "policy",
    "provider", "receipt", "reconcile", "sandbox", "specs",
}  # fmt: skip
KIT: Final = (
    "_accounts",
    "_bodies",
    "_cancellations",
    "_evidence",
    "_fields",
    "_provider",
    "_responses",
    "_verdicts",
)
HOMES: Final = {
    "events": {"countermand.events", "types"},
    "provider": {
        *(f"countermand.provider.{name}" for name in KIT),
        "countermand._amounts",
        "countermand._entry_points",
        "countermand._secrets",
        "countermand_clients.operation",
        "collections.abc",
        "builtins",
        "types",
    },
}
"""Where the names of a module come from that only re-exports; the last three are its aliases'."""
ALIASES: Final = {
    "Finding",
    "Headers",
    "ReadBack",
    "Snapshot",
    "SnapshotRead",
    "TokenSource",
    "Verdict",
}
CLOSING: Final = {"close", "aclose"}
ONLY_ASYNC: Final = {"cancel_many"}
LONGEST: Final = 60


def public_members(kind: type) -> dict[str, Any]:
    """What a class offers beyond its magic methods."""
    return {name: value for name, value in vars(kind).items() if not name.startswith("_")}


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then modules, as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_every_public_name_can_be_imported() -> None:
    """What `__all__` promises, `from countermand import *` delivers."""
    namespace: dict[str, object] = {}
    exec("from countermand import *", namespace)
    assert set(countermand.__all__) <= namespace.keys()
    assert countermand.__all__ == sorted(countermand.__all__, key=order)
    assert len(set(countermand.__all__)) == len(countermand.__all__)


def test_dir_shows_every_public_name_and_the_version() -> None:
    """Completion in a shell finds the providers before they are imported."""
    assert {*countermand.__all__, "__version__"} <= set(dir(countermand))
    assert dir(countermand) == sorted(dir(countermand))


def test_the_ledger_is_found_beside_the_client_that_takes_it() -> None:
    """Imported when it is asked for, and not by a star: it needs an extra."""
    for name in ("Ledger", "Unresolved"):
        home = importlib.import_module("countermand.ledger")
        assert getattr(countermand, name) is getattr(home, name)
        assert name in dir(countermand)
        assert name not in countermand.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """`hasattr` and `from countermand import typo` work as everywhere."""
    assert not hasattr(countermand, "stripe")
    with pytest.raises(ImportError):
        exec("from countermand import stripe")


def test_no_module_is_public_by_accident() -> None:
    """What callers may import has a name without underscore; all else may change."""
    found = {name.partition("/")[0] for name in MODULES}
    assert {name for name in found if not name.startswith("_")} == PUBLIC


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_has_two_public_names(name: str) -> None:
    """The five modules have the same public names."""
    module = importlib.import_module(f"countermand.{name}")
    assert module.__all__ == ["Account", "Cancellation"]
    assert getattr(countermand, name) is module
    assert module.Cancellation.api == module.PROVIDER.api == name
    assert module.PROVIDER.cancellation is module.Cancellation


@pytest.mark.parametrize("name", sorted(PUBLIC - {"sandbox", "specs"}))
def test_a_public_module_says_what_is_public(name: str) -> None:
    """`__all__` is sorted, and whatever the package exports from it is in it."""
    module = importlib.import_module(f"countermand.{name}")
    assert module.__all__ == sorted(module.__all__, key=order)
    for public in module.__all__:
        homes = HOMES.get(name, {f"countermand.{name}", "collections.abc", "typing"})
        assert getattr(module, public).__module__ in homes, public


def test_the_face_of_the_kit_defines_nothing() -> None:
    """`countermand.provider` re-exports: each name has one definition, in a private module."""
    body = tree(MODULES["provider/__init__"]).body
    assert {type(node) for node in body} == {ast.Expr, ast.ImportFrom, ast.Assign}


def test_every_name_of_the_kit_is_explained() -> None:
    """A docstring of its own; a type alias cannot carry one."""
    for name in sorted(set(provider.__all__) - ALIASES):
        thing = type(provider.FULL) if name == "FULL" else getattr(provider, name)
        explained = vars(thing)["__doc__"] if inspect.isclass(thing) else inspect.getdoc(thing)
        assert explained, name


def test_providers_and_sandbox_use_the_public_kit_alone() -> None:
    """What a third party cannot import, our own provider modules do not need either."""
    rooms = [name for name in MODULES if name.startswith("sandbox/")]
    for name in (*PROVIDERS, "_bento", "_pace", "_unzer", *rooms):
        imports = modules_imported(MODULES[name], types=True) - {"provider/__init__"}
        assert not {found for found in imports if found.startswith("provider/")}, name


def test_every_public_name_is_explained() -> None:
    """A docstring of its own, and one on each public method and property; an alias has none."""
    for name in sorted({*countermand.__all__} - {"LinkHandler"}):
        thing = type(countermand.FULL) if name == "FULL" else getattr(countermand, name)
        assert "__doc__" in vars(thing), name
        assert inspect.getdoc(thing), name
        for member, value in public_members(thing).items() if inspect.isclass(thing) else ():
            if callable(value) or isinstance(value, (property, classmethod, staticmethod)):
                assert inspect.getdoc(value), f"{name}.{member}"


def test_every_module_and_public_definition_has_a_docstring() -> None:
    """Also in the modules that callers do not import."""
    for name, file in MODULES.items():
        module = tree(file)
        assert ast.get_docstring(module), name
        for node in module.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                private = node.name.startswith("_")
                assert private or ast.get_docstring(node), f"{name}: {node.name}"


def test_no_function_is_too_long_to_read() -> None:
    """At most 60 lines, docstring included; a client's methods may explain their arguments."""
    for name, file in MODULES.items():
        for node in ast.walk(tree(file)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or 0) - node.lineno
                assert lines < LONGEST, f"{name}: {node.name}"


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    """Same names, same behaviour, one with `await`; only closing is named as Python names it.

    `unresolved` is iterated, one with `async for`. Only tasks make many calls at once.
    """
    blocking, awaiting = public_members(Client), public_members(AsyncClient)
    assert blocking.keys() - CLOSING == awaiting.keys() - CLOSING - ONLY_ASYNC
    for name in blocking.keys() - CLOSING:
        one, other = inspect.signature(blocking[name]), inspect.signature(awaiting[name])
        assert not inspect.iscoroutinefunction(blocking[name])
        if name == "unresolved":
            assert other.return_annotation == f"Async{one.return_annotation}"
            continue
        assert one == other, name
        assert inspect.iscoroutinefunction(awaiting[name])
    assert "close" in blocking
    assert "aclose" in awaiting


def test_both_clients_are_made_alike() -> None:
    """Equal parameters, kinds and defaults, except for awaitables."""
    one, other = (dict(inspect.signature(kind).parameters) for kind in (Client, AsyncClient))
    assert list(one) == list(other)
    for name in one:
        assert one[name].kind is other[name].kind
        if name != "sleep":
            assert one[name].default == other[name].default
