"""Which versions are published, and from where, in repositories made for the purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from specs.publishing import PublishingError
from specs.publishing.artefacts import build
from specs.publishing.artefacts.versions import gather
from specs.publishing.publish import publish
from tests.publishing.repositories import Repository

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


def save(made: Repository, version: str, summary: str, *versions: str) -> None:
    """Write the toy's files; the changelog names the versions."""
    made.file("toy.yaml", SPEC.format(version=version, summary=summary))
    made.log("".join(f"## [{each}] - 2026-11-2{each[0]}\n\n- Text.\n\n" for each in versions))
    made.workflow(WORKFLOW)


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    """A repository with two versions of a specification, and a third in the working copy."""
    made = Repository(tmp_path / "repository")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    for version, summary in (("1.0.0", "first"), ("1.0.0", "fixed"), ("2.0.0", "second")):
        save(made, version, summary, version)
        made.commit()
    save(made, "3.0.0", "third", "3.0.0", "2.0.0", "1.0.0")
    return made


def test_earlier_versions_come_from_history(made: Repository) -> None:
    """Each in its last state, the newest from the working copy and first."""
    (toy,) = gather(made.root)
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
    made: Repository, tmp_path: Path
) -> None:
    """An address once published keeps its content."""
    out = tmp_path / "tree"
    apis = gather(made.root)
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


def test_a_version_without_history_is_left_out_and_named(made: Repository, tmp_path: Path) -> None:
    """A shallow clone, as build servers make them; a release, which must be whole, refuses it."""
    made.commit()
    clone = tmp_path / "shallow"
    made.git("clone", "--quiet", "--depth=1", made.root.as_uri(), str(clone))
    (api,) = gather(clone)
    assert [version.number for version in api.versions] == ["3.0.0"]
    assert api.missing == ("2.0.0", "1.0.0")
    with pytest.raises(
        PublishingError, match=r"toy 2\.0\.0, toy 1\.0\.0; .* git fetch --unshallow"
    ):
        publish(tmp_path / "out", root=clone, complete=True)
    assert not (tmp_path / "out").exists()


def test_history_is_not_needed_for_one_version(tmp_path: Path) -> None:
    """A copy of the files without git will do."""
    save(Repository(tmp_path), "1.0.0", "only", "1.0.0")
    assert [version.number for version in gather(tmp_path)[0].versions] == ["1.0.0"]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("specs/changelogs/toy.md", "changelogs/toy.md is missing"),
        ("specs/workflows/toy.arazzo.yaml", "workflows/toy.arazzo.yaml is missing"),
    ],
)
def test_a_missing_companion_is_an_error(made: Repository, missing: str, message: str) -> None:
    """Each specification comes with a changelog and a workflow."""
    (made.root / missing).unlink()
    with pytest.raises(PublishingError, match=message):
        gather(made.root)


@pytest.mark.parametrize("heading", ["", "## 2.0.0 - 2026-11-20", "## 3.0.0", "## Unreleased"])
def test_a_version_without_an_entry_and_a_day_is_an_error(made: Repository, heading: str) -> None:
    """The changelog is what tells a reader about the version that is published."""
    made.log(f"# Changelog\n\n{heading}\n")
    with pytest.raises(PublishingError, match=r"no section `## 3\.0\.0 - <date>`"):
        gather(made.root)
