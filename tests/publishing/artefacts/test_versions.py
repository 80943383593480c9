"""Which versions are published, and from where, in repositories made for the purpose."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from specs.publishing import PublishingError
from specs.publishing.artefacts import build
from specs.publishing.artefacts.versions import gather
from specs.publishing.publish import publish

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
openapi: 3.1.0
info:
  title: Toy
  version: {version}
  summary: A toy.
  license: {{name: MIT, identifier: MIT}}
servers: [{{url: 'https://toy.example'}}]
tags: [{{name: a}}]
paths:
  /a:
    get:
      operationId: look
      tags: [a]
      summary: {summary}
      security: []
      x-countermand: {{effect: read, repeat: {{effect: none, answer: same}}, read-back: []}}
      responses:
        "200":
          description: Seen.
          content:
            application/json:
              schema: {{$ref: "#/components/schemas/A"}}
              examples: {{one: {{value: {{a: {summary}}}}}}}
components:
  schemas:
    A: {{type: object, properties: {{a: {{type: string}}}}}}
"""
WORKFLOW = "sourceDescriptions:\n  - name: toy\n    url: ../toy.yaml\n"


def git(root: Path, *arguments: str) -> None:
    """Run git."""
    identity = ("-c", "user.name=n", "-c", "user.email=n@mail.example")
    subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True, capture_output=True)


def save(root: Path, version: str, summary: str, *versions: str) -> None:
    """Write the toy's files; the changelog names the versions."""
    (root / "specs/changelogs").mkdir(parents=True, exist_ok=True)
    (root / "specs/workflows").mkdir(exist_ok=True)
    sections = "".join(
        f"## [{each}] - 2026-11-{20 + int(each[0])}\n\n- Text.\n\n" for each in versions
    )
    (root / "specs/toy.yaml").write_text(SPEC.format(version=version, summary=summary), "utf-8")
    (root / "specs/changelogs/toy.md").write_text(f"# Changelog\n\n{sections}", "utf-8")
    (root / "specs/workflows/toy.arazzo.yaml").write_text(WORKFLOW, "utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two versions of a specification, and a third in the working copy."""
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "--quiet", "--initial-branch=main")
    steps = [("1.0.0", "first"), ("1.0.0", "fixed"), ("2.0.0", "second")]
    for version, summary in steps:
        save(made, version, summary, version)
        git(made, "add", ".")
        git(made, "commit", "--quiet", "--message", summary)
    save(made, "3.0.0", "third", "3.0.0", "2.0.0", "1.0.0")
    return made


def test_earlier_versions_come_from_history(root: Path) -> None:
    """Each in its last state, the newest from the working copy and first."""
    (toy,) = gather(root)
    found = [
        (
            version.number,
            version.date,
            yaml.safe_load(version.text)["paths"]["/a"]["get"]["summary"],
        )
        for version in toy.versions
    ]
    assert found == [
        ("3.0.0", "2026-11-23", "third"),
        ("2.0.0", "2026-11-22", "second"),
        ("1.0.0", "2026-11-21", "fixed"),
    ]
    assert toy.newest.number == "3.0.0"


def test_every_version_gets_a_folder_and_the_short_address_the_newest(
    root: Path, tmp_path: Path
) -> None:
    """An address once published keeps its content."""
    out = tmp_path / "tree"
    apis = gather(root)
    build.build(out, apis)
    build.seal(out, apis)
    for version, summary in (("3.0.0", "third"), ("2.0.0", "second"), ("1.0.0", "fixed")):
        for name in ("openapi.yaml", "openapi.json", "schemas/bundle.json"):
            assert (out / f"toy/{version}/{name}").is_file()
        example = (out / f"toy/{version}/examples/look/200.one.json").read_text("utf-8")
        assert summary in example
        arazzo = yaml.safe_load((out / f"toy/{version}/arazzo.yaml").read_bytes())
        assert arazzo["sourceDescriptions"][0]["url"] == "openapi.yaml"
    assert "third" in (out / "toy/openapi.yaml").read_text("utf-8")


def test_a_version_without_history_is_left_out_and_named(root: Path, tmp_path: Path) -> None:
    """A shallow clone, as build servers make them; a release, which must be whole, refuses it."""
    git(root, "commit", "--all", "--quiet", "--message", "third")
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", root.as_uri(), str(clone)], check=True)
    (api,) = gather(clone)
    assert [version.number for version in api.versions] == ["3.0.0"]
    assert api.missing == ("2.0.0", "1.0.0")
    with pytest.raises(
        PublishingError, match=r"toy 2\.0\.0, toy 1\.0\.0; .* git fetch --unshallow"
    ):
        publish(tmp_path / "out", root=clone, complete=True)
    assert not (tmp_path / "out").exists()


def test_history_is_not_needed_for_one_version(root: Path, tmp_path: Path) -> None:
    """A copy of the files without git will do."""
    copy = tmp_path / "copy"
    save(copy, "1.0.0", "only", "1.0.0")
    assert [version.number for version in gather(copy)[0].versions] == ["1.0.0"]
    assert root != copy


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("specs/changelogs/toy.md", "changelogs/toy.md is missing"),
        ("specs/workflows/toy.arazzo.yaml", "workflows/toy.arazzo.yaml is missing"),
    ],
)
def test_a_missing_companion_is_an_error(root: Path, missing: str, message: str) -> None:
    """Each specification comes with a changelog and a workflow."""
    (root / missing).unlink()
    with pytest.raises(PublishingError, match=message):
        gather(root)


@pytest.mark.parametrize("heading", ["", "## 2.0.0 - 2026-11-20", "## 3.0.0", "## Unreleased"])
def test_a_version_without_an_entry_and_a_day_is_an_error(root: Path, heading: str) -> None:
    """The changelog is what tells a reader about the version that is published."""
    (root / "specs/changelogs/toy.md").write_text(f"# Changelog\n\n{heading}\n", "utf-8")
    with pytest.raises(PublishingError, match=r"no section `## 3\.0\.0 - <date>`"):
        gather(root)
