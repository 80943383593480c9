"""The whole build, pages included, as `python -m specs.publishing.publish` makes it."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from countermand import specs
from specs.publishing import PublishingError, publish
from specs.publishing.artefacts.tree import checksums, paths
from specs.publishing.snapshots import ROOT
from tests.support.shared_files import made_once

if TYPE_CHECKING:
    from pathlib import Path

NEWEST: Final = specs.load("unzer")["info"]["version"]


def build(out: Path, seed: str, *arguments: str) -> None:
    """Build in a process of its own, with its own order of sets and its own time zone."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"}
    command = [sys.executable, "-m", "specs.publishing.publish", "--out", str(out), *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def digests(out: Path) -> dict[str, str]:
    """The checksum of every file of a tree."""
    return {path: hashlib.sha256((out / path).read_bytes()).hexdigest() for path in paths(out)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree from the command line."""
    return made_once(tmp_path_factory, "built", lambda out: build(out, "1"))


def test_two_builds_are_the_same_byte_for_byte(built: Path, tmp_path: Path) -> None:
    """In another folder, with another hash seed, in another time zone."""
    build(tmp_path / "again", "5")
    assert digests(tmp_path / "again") == digests(built)


def test_the_tree_is_complete_and_checked(built: Path) -> None:
    """Files for machines, pages for people, and a checksum for each."""
    found = set(paths(built))
    assert {"index.html", "index.json", ".well-known/api-catalog", "licences.spdx.json"} <= found
    newest = f"unzer/{NEWEST}"
    assert {"unzer/index.html", f"{newest}/index.html", f"{newest}/openapi.yaml"} <= found
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=built, check=False)
    assert done.returncode == 0
    lines = (built / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert {line.partition("  ")[2] for line in lines} == found - {"SHA256SUMS"}


def test_a_base_address_makes_the_catalog_absolute(built: Path, tmp_path: Path) -> None:
    """And tells the page for missing addresses where the root is. Nothing old is left beside it."""
    out = tmp_path / "specs"
    out.mkdir()
    for name in ("index.json", "old.html"):
        (out / name).touch()
    (out / "SHA256SUMS").write_bytes(checksums(out))
    build(out, "2", "--base-url", "https://specs.example/deep")
    assert [path.name for path in tmp_path.iterdir()] == ["specs"]
    assert paths(out) == paths(built)
    catalog = (out / ".well-known/api-catalog").read_text(encoding="utf-8")
    assert f'"https://specs.example/deep/unzer/{NEWEST}/openapi.yaml"' in catalog
    assert "../" not in catalog
    assert 'href="/deep/' in (out / "404.html").read_text(encoding="utf-8")
    without = digests(built)
    changed = {path for path, digest in digests(out).items() if digest != without[path]}
    assert changed == {
        ".well-known/api-catalog",
        "404.html",
        "SHA256SUMS",
        "index.json",
        "licences.spdx.json",
    }


def test_nothing_tells_where_it_was_made(built: Path) -> None:
    """No path and no name of the machine in any file."""
    marks = [str(ROOT), str(built), "/node_modules/", "file://"]
    marks += [name for name in (socket.gethostname(),) if len(name) > 5]
    for path in paths(built):
        # The renderer's own text may hold such words.
        if not path.startswith("assets/redoc"):
            content = (built / path).read_bytes()
            assert not [mark for mark in marks if mark.encode() in content], path


def test_every_third_party_file_has_its_licence(built: Path) -> None:
    """A file that npm installed must be listed as a third party's."""
    modules = ROOT / "specs/publishing/node_modules"
    names = {path.rpartition("/")[2] for path in paths(built) if path.endswith((".js", ".css"))}
    installed = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for name in names
        for path in modules.rglob(name)
        if path.is_file()
    }
    ours = {path for path in paths(built) if not path.startswith("assets/redoc.standalone.js")}
    sums = digests(built)
    assert not [path for path in ours if sums[path] in installed]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    """A mistyped path must not cost anybody their files."""
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(PublishingError, match="something else"):
        publish.publish(tmp_path)
    with pytest.raises(PublishingError):
        publish.publish(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "all of it"


def test_a_file_beside_an_earlier_build_is_left_alone(built: Path, tmp_path: Path) -> None:
    """Checksums alone do not make a folder ours, nor does an earlier build all that is in it."""
    out = tmp_path / "specs"
    shutil.copytree(built, out)
    (out / "thesis.txt").write_text("all of it")
    with pytest.raises(PublishingError):
        publish.publish(out)
    assert (out / "thesis.txt").read_text() == "all of it"
    (out / "index.json").unlink()
    (out / "thesis.txt").unlink()
    with pytest.raises(PublishingError):
        publish.publish(out)


def test_an_error_that_the_user_can_correct_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, and an exit status that stops a build."""

    def broken(*_: object) -> None:
        raise PublishingError("specs/toy.yaml has no title")

    monkeypatch.setattr(publish, "gather", broken)
    assert publish.main(["--out", str(tmp_path / "specs")]) == 1
    assert "specs/toy.yaml has no title" in capsys.readouterr().err


def test_a_build_that_fails_leaves_the_earlier_one(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tree is complete at any time, or as it was."""
    out = tmp_path / "specs"
    shutil.copytree(built, out)
    before = digests(out)

    def broken(*_: object) -> None:
        raise PublishingError("broken")

    monkeypatch.setattr("specs.publishing.site.build.build", broken)
    with pytest.raises(PublishingError):
        publish.publish(out)
    assert digests(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["specs"]


def test_a_base_address_gets_its_slash() -> None:
    """And what is no absolute address of a folder is refused."""
    assert publish.base_url("https://specs.example/a") == "https://specs.example/a/"
    for wrong in ("specs.example", "/a/", "https://specs.example/?a", "ftp://specs.example/"):
        with pytest.raises(argparse.ArgumentTypeError):
            publish.base_url(wrong)
