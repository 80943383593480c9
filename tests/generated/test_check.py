"""`generate --check` fails if generated/ differs from the output for specs/."""

import importlib
import json
import shutil
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from .conftest import REPOSITORY, Workspace

UNZER_CALL = "countermand_clients/unzer/api/payments/cancel_payment.py"
VTEX_CALL = "countermand_clients/vtex/api/payments/cancel_payment.py"
VTEX_MODELS = "countermand_models/vtex.py"

Tree = dict[str, bytes]


@pytest.fixture
def generation(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the script whose folder is no package."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "specs/codegen"))
    return importlib.import_module("generate")


@pytest.fixture
def made(generation: ModuleType, workspace: Workspace) -> Tree:
    """Return the files of generated/ by name; that they are what is made, one test says."""
    files: Tree = generation.tree.files(workspace.generated)
    return files


@pytest.fixture
def scratch(workspace: Workspace) -> Iterator[Workspace]:
    """Lend the workspace to a test that spoils it, and restore it afterwards."""
    backup = workspace.root.with_name("backup")
    shutil.copytree(workspace.root, backup)
    yield workspace
    shutil.rmtree(workspace.root)
    backup.rename(workspace.root)


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "one character": lambda text: text.replace(b"path_segment", b"path_segmenT", 1),
    "the end cut off": lambda text: text[:-1],
    "a line more": lambda text: text + b"\n",
    "other line ends": lambda text: text.replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_hand_edit_is_named(
    generation: ModuleType, made: Tree, edit: Callable[[bytes], bytes]
) -> None:
    """One changed, lost or added character is enough, wherever it stands."""
    edited = {**made, UNZER_CALL: edit(made[UNZER_CALL])}

    (problem,) = generation.check(made, edited)

    assert problem.startswith(f"changed  {UNZER_CALL}:")


def test_a_missing_file_is_named(generation: ModuleType, made: Tree) -> None:
    """A removed file is reported."""
    less = {name: content for name, content in made.items() if name != VTEX_MODELS}

    assert generation.check(made, less) == [f"missing  {VTEX_MODELS}"]


def test_a_stray_file_is_named(generation: ModuleType, made: Tree) -> None:
    """A file that nothing generates does not hide among the generated ones."""
    more = {**made, "countermand_clients/helpers.py": b""}

    assert generation.check(made, more) == [
        "stray    countermand_clients/helpers.py (nothing generates it)"
    ]


def test_a_missing_marker_of_types_is_named(generation: ModuleType, made: Tree) -> None:
    """Empty files count: without py.typed, callers lose all types."""
    less = {name: content for name, content in made.items() if not name.endswith("py.typed")}

    assert generation.check(made, less) == [
        "missing  countermand_clients/py.typed",
        "missing  countermand_models/py.typed",
    ]


@pytest.mark.parametrize(
    ("section", "name", "text"),
    [
        ("inputs", "specs/unzer.yaml", "is not what generated/ was made from"),
        ("tools", "ruff", "is not the version that generated/ was made with"),
    ],
)
def test_a_changed_input_or_tool_is_named(
    generation: ModuleType, made: Tree, section: str, name: str, text: str
) -> None:
    """The lock reports a changed input even if the generated files are equal."""
    lock = json.loads(made["generated.lock"])
    lock[section][name] = "another"
    older = {**made, "generated.lock": json.dumps(lock).encode()}

    changed, reason = generation.check(made, older)

    assert changed.startswith("changed  generated.lock:")
    assert reason == f"{section}: {name} {text}"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"inputs": [], "tools": []}', b"\xff"])
def test_a_broken_lock_is_red_and_no_crash(
    generation: ModuleType, made: Tree, content: bytes
) -> None:
    """A lock that a merge has spoilt is reported like any other difference."""
    problems = generation.check(made, {**made, "generated.lock": content})

    assert problems[0].startswith("changed  generated.lock:")
    assert problems[1:] == ["generated.lock cannot be read"]


def test_the_lock_covers_every_input_and_every_output(made: Tree) -> None:
    """Nothing that decides the output, and nothing that is put out, escapes the lock."""
    lock = json.loads(made["generated.lock"])
    specs = {path.name for path in (REPOSITORY / "specs").glob("*.yaml")}

    assert len(specs) >= 5
    assert {f"specs/{name}" for name in specs} < lock["inputs"].keys()
    assert "specs/codegen/templates/endpoint_module.py.jinja" in lock["inputs"]
    assert lock["outputs"].keys() == made.keys() - {"generated.lock"}
    assert {"openapi-python-client", "datamodel-code-generator", "ruff"} <= lock["tools"].keys()


def test_every_generated_module_names_its_origin_and_the_command(made: Tree) -> None:
    """The first line of a generated module forbids editing and names the command."""
    modules = {name: content for name, content in made.items() if name.endswith(".py")}
    openings = {name: content.split(b"\n", 1)[0].decode() for name, content in modules.items()}

    assert len(modules) > 100
    for name, opening in openings.items():
        assert opening.startswith("# Generated from specs/"), name
        assert opening.endswith("Do not edit; run: nox -s generate"), name


def test_generated_is_exactly_what_the_specs_make(workspace: Workspace) -> None:
    """Nobody forgot to regenerate, and the generation depends on nothing but its inputs.

    Another hash seed, and settings that lie around it, change no byte.
    """
    (workspace.temporary / "pyproject.toml").write_text("[tool.ruff]\nline-length = 40\n")
    # A folder for temporary files inside a checkout, where git ignores it, as nox has one.
    (workspace.temporary / ".git").mkdir()
    (workspace.temporary / ".gitignore").write_text("*\n")

    finished = workspace.run("--check", hash_seed="2")

    assert finished.returncode == 0, finished.stderr
    assert "up to date" in finished.stdout


def test_the_command_fails_and_names_every_file(scratch: Workspace) -> None:
    """All kinds of difference at once end in exit status 1, each with its file, none mended."""
    # Two specifications are enough here; of the others, everything generated is a stray now.
    for path in (scratch.root / "specs").glob("*.yaml"):
        if path.stem not in {"bento", "vtex"}:
            path.unlink()
    spec = scratch.root / "specs/bento.yaml"
    spec.write_text(spec.read_text() + "# A remark that changes no generated code.\n")
    edited = scratch.generated / VTEX_CALL
    edited.write_text(edited.read_text().replace("Accept", "accept", 1))
    (scratch.generated / VTEX_MODELS).unlink()
    (scratch.generated / "countermand_clients/bento/extra.txt").touch()
    cache = scratch.generated / "countermand_clients/__pycache__"
    cache.mkdir()
    (cache / "ignored.pyc").touch()
    (cache / "hidden.py").touch()
    linked = scratch.generated / "countermand_clients/py.typed"
    linked.unlink()
    linked.symlink_to("__init__.py")

    finished = scratch.run("--check")

    assert finished.returncode == 1
    assert f"changed  {VTEX_CALL}:" in finished.stderr
    assert f"missing  {VTEX_MODELS}" in finished.stderr
    assert "stray    countermand_clients/bento/extra.txt" in finished.stderr
    assert f"stray    {UNZER_CALL}" in finished.stderr
    assert "inputs: specs/bento.yaml is not what generated/ was made from" in finished.stderr
    assert "nox -s generate" in finished.stderr
    assert "ignored.pyc" not in finished.stderr
    assert "stray    countermand_clients/__pycache__/hidden.py" in finished.stderr
    assert "changed  countermand_clients/py.typed:" in finished.stderr
    assert not (scratch.generated / VTEX_MODELS).exists()


def test_a_refused_specification_changes_nothing(scratch: Workspace) -> None:
    """A generator that warns stops the whole rebuild; no half of it is written."""
    for spec in (scratch.root / "specs").glob("*.yaml"):
        if spec.stem != "vtex":
            spec.unlink()
    spec = scratch.root / "specs/vtex.yaml"
    spec.write_text(spec.read_text().replace("schemas/CancelPaymentRequest", "schemas/Nowhere"))
    before = {path: path.stat().st_mtime_ns for path in scratch.generated.rglob("*")}

    finished = scratch.run()

    assert finished.returncode == 1
    assert "Nothing was changed" in finished.stderr
    assert "vtex.yaml" in finished.stderr
    assert {path: path.stat().st_mtime_ns for path in scratch.generated.rglob("*")} == before


def test_replacing_leaves_exactly_the_wanted_files(
    generation: ModuleType, made: Tree, scratch: Workspace
) -> None:
    """A rebuild writes missing and changed files, removes strays, and touches no other file."""
    (scratch.generated / UNZER_CALL).write_text("edited")
    (scratch.generated / VTEX_MODELS).unlink()
    (scratch.generated / "stray.py").touch()

    touched = generation.tree.replace(scratch.generated, made)

    assert sorted(touched) == sorted([UNZER_CALL, VTEX_MODELS, "stray.py"])
    assert generation.tree.files(scratch.generated) == made


@pytest.mark.parametrize("missing", ["operationId", "x-countermand"])
def test_an_operation_without_its_facts_is_named(generation: ModuleType, missing: str) -> None:
    """The generation stops with the operation's name where the overlay would lack a fact."""
    facts = {"effect": "read", "repeat": {"effect": "none", "answer": "same"}}
    operation = {"operationId": "getIt", "x-countermand": facts, "responses": {}}
    del operation[missing]
    document = {"info": {"title": "Toy"}, "paths": {"/it": {"get": operation}}}

    with pytest.raises(generation.SpecificationError, match=f"Toy, get /it: no {missing}"):
        list(generation.tools.specification.operations(document))
