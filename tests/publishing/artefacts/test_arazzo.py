"""The workflows in the published tree."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import attrs
import pytest
import yaml

from specs.publishing import PublishingError, node
from specs.publishing.artefacts import arazzo
from specs.publishing.document import operations, read
from specs.publishing.snapshots import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.artefacts.versions import Api


def test_its_sources_are_published_files(folder: Path) -> None:
    """Found from where the workflow is."""
    workflow = yaml.safe_load((folder / "arazzo.yaml").read_text(encoding="utf-8"))
    for source in workflow["sourceDescriptions"]:
        assert operations(read((folder / source["url"]).read_bytes()))
        assert source["name"] in (folder / source["url"]).resolve().as_posix()


def test_only_the_addresses_differ_from_the_repository(folder: Path, api: Api) -> None:
    """Comments and order stay."""
    before = (ROOT / f"specs/workflows/{api.name}.arazzo.yaml").read_text("utf-8").splitlines()
    after = (folder / "arazzo.yaml").read_text("utf-8").splitlines()
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert changed
    assert all(line[2:].strip().startswith("url: ") for line in changed)


def test_a_linter_that_follows_the_sources_has_no_complaint(folder: Path) -> None:
    """It resolves every operation that a step names."""
    done = node.run("redocly", "lint", "arazzo.yaml", "--extends", "recommended", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_source_that_is_not_published_is_refused(api: Api) -> None:
    """The copy would lead nowhere."""
    workflow = b"sourceDescriptions: [{name: a, url: ../elsewhere.yaml}]"
    with pytest.raises(PublishingError, match=r"not published: \.\./elsewhere\.yaml"):
        arazzo.files(attrs.evolve(api.newest, workflow=workflow))
