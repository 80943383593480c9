"""`index.json` and `SHA256SUMS`: that they say the truth about the tree."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from specs.publishing.artefacts.tree import paths
from specs.publishing.document import operations
from specs.publishing.snapshots import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.artefacts.versions import Api

NOT_LISTED = {
    "index.json",
    "SHA256SUMS",
    "licences.spdx.json",
    "REUSE.toml",
}
"""What is made from the index, or after it."""


@pytest.fixture(scope="module")
def schema(tree: Path) -> Draft202012Validator:
    """The published schema of the index."""
    value = json.loads((tree / "index.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(value)
    return Draft202012Validator(value, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_it_keeps_its_own_schema(schema: Draft202012Validator, index: Any) -> None:
    """The schema is published beside it."""
    schema.validate(index)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (("files", 0, "sha256"), "short"),
        (("files", 0, "path"), "../outside"),
        (("files", 0, "role"), "other"),
        (("apis",), []),
        (("apis", 0, "latest"), "newest"),
        (("apis", 0, "versions", 0, "date"), "20 November"),
        (("apis", 0, "versions", 0, "operations", 0, "method"), "get"),
        (("format",), "2.0.0"),
    ],
)
def test_its_schema_would_see_a_fault(
    schema: Draft202012Validator, index: Any, where: tuple[Any, ...], what: Any
) -> None:
    """A schema that takes everything would prove nothing."""
    broken = copy.deepcopy(index)
    node = broken
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = what
    with pytest.raises(ValidationError):
        schema.validate(broken)


def test_it_lists_every_file_as_it_is(tree: Path, index: Any) -> None:
    """Path, size and checksum; and there is no file that it does not know."""
    for entry in index["files"]:
        content = (tree / entry["path"]).read_bytes()
        assert entry["size"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    listed = [entry["path"] for entry in index["files"]]
    assert listed == sorted(set(listed))
    assert set(paths(tree)) == set(listed) | NOT_LISTED


def test_the_role_of_a_file_is_clear_within_its_version(index: Any) -> None:
    """A version has exactly one OpenAPI document in each form."""
    for api in index["apis"]:
        for version in api["versions"]:
            mine = [
                entry["role"]
                for entry in index["files"]
                if (entry.get("api"), entry.get("version")) == (api["name"], version["version"])
            ]
            for role in ("openapi-yaml", "openapi-json", "json-schema-bundle"):
                assert mine.count(role) == 1
            # A version from before the workflows has none.
            assert mine.count("arazzo") <= 1
            assert version["version"] != api["latest"] or "arazzo" in mine


def test_it_repeats_what_the_specification_says(index: Any, api: Api) -> None:
    """Operations, servers, versions, and the facts about repeating."""
    (entry,) = [each for each in index["apis"] if each["name"] == api.name]
    document = api.newest.document
    assert entry["latest"] == entry["versions"][0]["version"] == api.newest.number
    assert entry["versions"][0]["servers"] == document.root["servers"]
    facts = {o["operationId"]: o["x-countermand"] for o in entry["versions"][0]["operations"]}
    assert facts == {o.id: o.node.get("x-countermand") for o in operations(document)}


def test_the_facts_keep_the_schema_of_the_extension(tree: Path, index: Any) -> None:
    """As published, which is as in the repository."""
    published = (tree / "x-countermand.schema.json").read_bytes()
    assert published == (ROOT / "specs/x-countermand.schema.json").read_bytes()
    validator = Draft202012Validator(json.loads(published))
    operations = [o for a in index["apis"] for v in a["versions"] for o in v["operations"]]
    assert len(operations) >= 11
    for operation in operations:
        validator.validate(operation["x-countermand"])


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a tree with the tool that its readers have."""
    return subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_sha256sum_checks_every_file(tree: Path) -> None:
    """Each file of the tree has its line, but for the list itself."""
    assert check(tree).returncode == 0
    lines = (tree / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        path for path in paths(tree) if path != "SHA256SUMS"
    ]


def test_sha256sum_sees_one_changed_byte(tree: Path, tmp_path: Path) -> None:
    """In any file."""
    copied = tmp_path / "tree"
    shutil.copytree(tree, copied)
    victim = copied / "unzer/openapi.yaml"
    victim.write_bytes(victim.read_bytes().replace(b"s-pay-1", b"s-pay-2", 1))
    done = check(copied)
    assert done.returncode == 1
    assert "unzer/openapi.yaml: FAILED" in done.stdout
