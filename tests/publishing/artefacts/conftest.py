"""The published tree without its pages, built once for the folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing.artefacts import build
from specs.publishing.artefacts.versions import Api, gather
from specs.publishing.snapshots import ROOT
from tests.support.shared_files import made_once

if TYPE_CHECKING:
    from pathlib import Path

APIS = tuple(sorted(path.stem for path in (ROOT / "specs").glob("*.yaml")))


@pytest.fixture(scope="session")
def apis() -> tuple[Api, ...]:
    """Every specification with its versions."""
    return gather()


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory, apis: tuple[Api, ...]) -> Path:
    """The root of a sealed tree."""

    def make(out: Path) -> None:
        build.build(out, apis)
        build.seal(out, apis)

    return made_once(tmp_path_factory, "artefacts", make)


@pytest.fixture(scope="session")
def index(tree: Path) -> Any:
    """The tree's index.json, read."""
    return json.loads((tree / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest, apis: tuple[Api, ...]) -> Api:
    """Each specification in turn."""
    return next(each for each in apis if each.name == request.param)


@pytest.fixture
def folder(tree: Path, api: Api) -> Path:
    """Where the newest version of the specification in turn is published."""
    return tree / api.newest.folder
