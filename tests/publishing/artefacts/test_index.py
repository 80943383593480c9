"""`index.json` and `SHA256SUMS`: that they say the truth about the tree."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from specs.publishing.artefacts.tree import paths
from specs.publishing.document import operations

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
            forms = [f"openapi-{form}" for form in ("yaml", "json")]
            portable = [f"openapi-portable-{form}" for form in ("yaml", "json")]
            for role in (*forms, *portable, "json-schema-bundle"):
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
