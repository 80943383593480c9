"""The licence data, checked by the tools of SPDX and of REUSE."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from specs.publishing import PublishingError
from specs.publishing.artefacts import licences
from specs.publishing.artefacts.tree import paths
from specs.publishing.artefacts.versions import Api
from specs.publishing.snapshots import ROOT

BUNDLE = licences.MODULES / "redoc/bundles/redoc.standalone.js"


@pytest.fixture(scope="module")
def whole(tree: Path, apis: tuple[Api, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the renderer in it, as the site adds it."""
    made = tmp_path_factory.mktemp("whole") / "tree"
    shutil.copytree(tree, made)
    (made / "assets").mkdir()
    shutil.copy(BUNDLE, made / "assets")
    shutil.copy(BUNDLE.with_suffix(".js.LICENSE.txt"), made / "assets")
    (made / "SHA256SUMS").unlink()
    licences.add(made, apis)
    return made


def read(tree: Path) -> Any:
    """The SPDX document of a tree."""
    return json.loads((tree / licences.NAME).read_text(encoding="utf-8"))


def test_spdx_takes_the_document(whole: Path, tmp_path: Path) -> None:
    """Required fields, identifiers, licence expressions, relationships."""
    document = read(whole)
    # The validator takes time for each file.
    kept = [each["SPDXID"] for each in document["files"][::20]]
    document["files"] = document["files"][::20]
    document["relationships"] = [
        each for each in document["relationships"] if each["relatedSpdxElement"] in kept
    ]
    (tmp_path / "some.spdx.json").write_text(json.dumps(document), "utf-8")
    assert validate_full_spdx_document(parse_file(str(tmp_path / "some.spdx.json"))) == []


def test_every_file_is_listed_with_its_checksum(whole: Path) -> None:
    """But for the licences, their assignment, the document itself and the list of checksums."""
    document = read(whole)
    found = {each["fileName"]: each for each in document["files"]}
    special = ("LICENSES/", "REUSE.toml", licences.NAME, "SHA256SUMS")
    assert set(found) == {f"./{path}" for path in paths(whole) if not path.startswith(special)}
    for name, each in found.items():
        content = (whole / name).read_bytes()
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        assert each["checksums"] == [{"algorithm": "SHA1", "checksumValue": digest}]
        assert each["copyrightText"]
    described = [each["relatedSpdxElement"] for each in document["relationships"]]
    assert sorted(described) == sorted(each["SPDXID"] for each in found.values())


def test_each_specification_has_the_licence_that_it_names(whole: Path, api: Api) -> None:
    """In every version."""
    found = {each["fileName"]: each["licenseConcluded"] for each in read(whole)["files"]}
    for version in api.versions:
        identifier = version.document.root["info"]["license"]["identifier"]
        assert found[f"./{version.folder}/openapi.yaml"] == identifier == licences.LICENCE


def test_reuse_has_no_complaint(whole: Path) -> None:
    """Every file has a holder and a licence, every licence its text, and ours is the project's."""
    command = [sys.executable, "-m", "reuse", "--root", str(whole), "lint"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (whole / "LICENSES/MIT.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_packages_of_the_renderer_come_with_their_licences(whole: Path) -> None:
    """A bundle leaves most notices out; those licences want them kept."""
    found = licences.packages()
    assert len(found) > 50
    expression = licences.expression(found)
    assert expression == "BSD-3-Clause AND ISC AND MIT AND (MPL-2.0 OR Apache-2.0)"
    notices = (whole / licences.NOTICES).read_text(encoding="utf-8")
    for package in found:
        assert f"{package.name}: {package.licence}\n" in notices
        assert package.notice in notices
    without = {package.name for package in found if not package.notice}
    assert without <= {*licences.DATA["known"], "@redocly/openapi-core"}
    files = {each["fileName"]: each for each in read(whole)["files"]}
    bundle = files["./assets/redoc.standalone.js"]
    parts = ["Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0"]
    assert sorted(bundle["licenseInfoInFiles"]) == parts
    assert len(bundle["copyrightText"].splitlines()) > 20
    assert files["./index.json"]["licenseConcluded"] == "MIT"


def test_an_unknown_licence_stops_the_build(tmp_path: Path) -> None:
    """A person reads a licence before it is published."""
    bundles = tmp_path / "redoc/bundles"
    bundles.mkdir(parents=True)
    sources = {"sources": ["webpack://x/./node_modules/mystery/index.js"]}
    (bundles / f"{licences.BUNDLE}.map").write_text(json.dumps(sources), "utf-8")
    with pytest.raises(PublishingError, match="licence of mystery is not known"):
        licences.packages(tmp_path)
    with pytest.raises(PublishingError, match="no text of WTFPL"):
        list(licences.texts("MIT AND WTFPL"))
