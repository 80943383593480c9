"""The licence data, judged by the tools of SPDX and of REUSE."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from specs.publishing import node
from specs.publishing.artefacts import foreign, licences
from specs.publishing.artefacts.checksums import paths
from specs.publishing.artefacts.editions import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.artefacts.editions import Api

BUNDLE = node.FOLDER / "node_modules/redoc/bundles/redoc.standalone.js"


@pytest.fixture(scope="module")
def whole(tree: Path, apis: tuple[Api, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the renderer in it, as the site adds it."""
    made = tmp_path_factory.mktemp("whole") / "tree"
    shutil.copytree(tree, made)
    (made / "assets").mkdir()
    shutil.copy(BUNDLE, made / "assets")
    shutil.copy(BUNDLE.with_suffix(".js.LICENSE.txt"), made / "assets")
    licences.add(made, apis)
    return made


def read(tree: Path) -> Any:
    """The SPDX document of a tree."""
    return json.loads((tree / licences.NAME).read_text(encoding="utf-8"))


def complaints(path: Path) -> list[str]:
    """What SPDX's own validator says."""
    messages = validate_full_spdx_document(parse_file(str(path)))
    return [message.validation_message for message in messages]


def test_spdx_has_no_complaint(whole: Path) -> None:
    """Required fields, identifiers, licence expressions, relationships."""
    assert complaints(whole / licences.NAME) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"documentNamespace": "not an address"},
        {"spdxVersion": "SPDX-2.2.9"},
        {"dataLicense": "MIT"},
        {"relationships": []},
    ],
)
def test_spdx_would_see_damage(whole: Path, tmp_path: Path, damage: dict[str, Any]) -> None:
    """The judge can fail."""
    (tmp_path / "broken.spdx.json").write_text(json.dumps(read(whole) | damage), "utf-8")
    assert complaints(tmp_path / "broken.spdx.json")


def test_every_file_is_in_one_package_with_its_checksums(whole: Path) -> None:
    """But for the document itself and the list of checksums."""
    document = read(whole)
    names = [entry["fileName"].removeprefix("./") for entry in document["files"]]
    assert names == paths(whole, without=[licences.NAME, "SHA256SUMS"])
    for entry in document["files"]:
        sums = {each["algorithm"]: each["checksumValue"] for each in entry["checksums"]}
        content = (whole / entry["fileName"]).read_bytes()
        assert sums["SHA256"] == hashlib.sha256(content).hexdigest()
        assert sums["SHA1"] == hashlib.sha1(content, usedforsecurity=False).hexdigest()
    packages = {each["SPDXID"] for each in document["packages"]}
    contained = [
        each["relatedSpdxElement"]
        for each in document["relationships"]
        if each["relationshipType"] == "CONTAINS" and each["relatedSpdxElement"] not in packages
    ]
    assert sorted(contained) == sorted(entry["SPDXID"] for entry in document["files"])


def test_each_version_of_a_specification_is_a_package(whole: Path, api: Api) -> None:
    """Under the licence that the document itself names."""
    name = f"countermand-spec-{api.name}"
    packages = [each for each in read(whole)["packages"] if each["name"] == name]
    assert [each["versionInfo"] for each in packages] == [each.version for each in api.editions]
    for package, edition in zip(packages, api.editions, strict=True):
        identifier = edition.document.root["info"]["license"]["identifier"]
        assert package["licenseConcluded"] == identifier == licences.LICENCE


def reuse(folder: Path) -> subprocess.CompletedProcess[str]:
    """Have REUSE look at a tree."""
    command = [sys.executable, "-m", "reuse", "--root", str(folder), "lint"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_reuse_has_no_complaint(whole: Path) -> None:
    """Every file has a holder and a licence, and every licence its text."""
    done = reuse(whole)
    assert done.returncode == 0, done.stdout + done.stderr


def test_reuse_would_miss_a_licence(whole: Path, tmp_path: Path) -> None:
    """The judge can fail."""
    copied = tmp_path / "tree"
    shutil.copytree(whole, copied)
    (copied / "LICENSES/BSD-3-Clause.txt").unlink()
    done = reuse(copied)
    assert done.returncode == 1
    assert "BSD-3-Clause" in done.stdout


def test_our_own_licence_is_that_of_the_repository(tree: Path) -> None:
    """Word for word."""
    assert (tree / "LICENSES/MIT.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_what_the_renderer_is_made_of_is_told_with_its_licences(whole: Path) -> None:
    """Makers of a bundle leave most notices out; those licences want them kept."""
    (redoc,) = foreign.find(whole)
    assert len(redoc.parts) > 50
    assert redoc.licence == "BSD-3-Clause AND ISC AND MIT AND (MPL-2.0 OR Apache-2.0)"
    notices = (whole / "notices/redoc.txt").read_text(encoding="utf-8")
    for part in redoc.parts:
        assert f"{part.name}: {part.licence}\n" in notices
        assert part.notice in notices
    without = {part.name for part in redoc.parts if not part.notice}
    assert without <= {*foreign.KNOWN, "@redocly/openapi-core"}
    owner = {each["fileName"]: each["licenseConcluded"] for each in read(whole)["files"]}
    assert owner["./assets/redoc.standalone.js"] == redoc.licence
    assert owner["./index.json"] == "MIT"


def test_a_part_of_an_unknown_licence_stops_the_build(tmp_path: Path) -> None:
    """A licence is read by a person before it is published."""
    bundles = tmp_path / "modules/redoc/bundles"
    bundles.mkdir(parents=True)
    sources = {"sources": ["webpack://x/./node_modules/mystery/index.js"]}
    (bundles / f"{foreign.BUNDLE}.map").write_text(json.dumps(sources), "utf-8")
    (tmp_path / "modules/redoc/package.json").write_text('{"version": "1", "license": "MIT"}')
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / foreign.BUNDLE).touch()
    with pytest.raises(foreign.LicenceError, match="licence of mystery is not known"):
        foreign.find(tmp_path / "tree", tmp_path / "modules")
    strange = foreign.Part("mystery", "WTFPL", "")
    found = foreign.Foreign("redoc", "1", (foreign.BUNDLE,), (strange,))
    with pytest.raises(foreign.LicenceError, match="no text of WTFPL"):
        list(foreign.texts((found,)))


def test_the_moment_is_that_of_the_newest_change(
    apis: tuple[Api, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the one that a reproducible build is told; never the clock's."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert licences.created(apis) == max(api.newest.date for api in apis) + "T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert licences.created(apis) == "1970-01-01T00:00:00Z"
