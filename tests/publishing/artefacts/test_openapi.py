"""The specifications themselves, in YAML and in JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specs.publishing import PublishingError, node
from specs.publishing.artefacts.tree import File, by_path
from specs.publishing.document import read
from specs.publishing.snapshots import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.artefacts.versions import Api


def test_the_yaml_is_the_file_of_the_repository(folder: Path, api: Api) -> None:
    """Byte for byte: comments and order are part of it."""
    source = (ROOT / f"specs/{api.name}.yaml").read_bytes()
    assert (folder / "openapi.yaml").read_bytes() == source


def test_another_yaml_reader_sees_what_the_json_says(folder: Path, tmp_path: Path) -> None:
    """Redocly reads YAML 1.2 and PyYAML 1.1; a document must mean the same in both."""
    bundled = tmp_path / "bundled.json"
    done = node.run("redocly", "bundle", str(folder / "openapi.yaml"), "--output", str(bundled))
    assert done.returncode == 0, done.stderr
    ours = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    assert json.loads(bundled.read_text(encoding="utf-8")) == ours


@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
def test_the_short_address_has_the_newest_version(folder: Path, name: str) -> None:
    """What stands beside the folders of the versions is a copy of the newest."""
    assert (folder.parent / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        b"responses: {200: {}}",
        b"example: 2024-05-14",
        b"limit: .inf",
        b"a: [",
        b"- just\n- a list\n",
    ],
)
def test_yaml_that_json_cannot_say_is_refused(text: bytes) -> None:
    """A key that is a number, a date, infinity, no YAML, no mapping."""
    with pytest.raises(PublishingError):
        read(text)


def test_a_reference_out_of_the_file_is_refused() -> None:
    """The published file would be incomplete."""
    for reference in ("other.yaml#/a", "#/components/schemas/Missing"):
        document = read(f"a: {{$ref: '{reference}'}}".encode())
        with pytest.raises(PublishingError, match=reference):
            document.child("a")


@pytest.mark.parametrize("path", ["../a", "/a", "a b", "a/../b", "a//b", "", "ä"])
def test_a_path_that_needs_escaping_is_refused(path: str) -> None:
    """Also one that would leave the tree."""
    with pytest.raises(PublishingError):
        File(path, b"", "text/plain", "licence")


def test_two_files_of_one_path_are_refused() -> None:
    """Upper and lower case do not tell paths apart everywhere."""
    with pytest.raises(PublishingError):
        by_path([File(path, b"", "text/plain", "licence") for path in ("a/B", "a/b")])
