"""The licences of the published files: LICENSES/, REUSE.toml, and an SPDX document by `reuse`.

Every file is under this repository's licence but Redoc's bundle, which the pages need. The source
map of the bundle names the packages in it. Most of their licences demand that a copy comes with
the bundle, so the licence files that npm has installed are published beside it.
"""

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import tomlkit
import yaml

from specs.publishing import PublishingError, node
from specs.publishing.artefacts.tree import TEXT, File, json_file, paths, write
from specs.publishing.artefacts.versions import Api

FILE: Final = re.compile(
    r"FileName: (?P<name>.*)\nSPDXID: (?P<id>.*)\nFileChecksum: SHA1: (?P<sum>.*)\n"
    r"LicenseConcluded: (?P<licence>.*)\n(?P<parts>(?:LicenseInfoInFile: .*\n)+)"
    r"FileCopyrightText: <text>(?P<copyright>(?:.|\n)*?)</text>"
)
"""The entry of a file in the output of `reuse`."""
NAME: Final = "licences.spdx.json"
LICENCE: Final = "MIT"
COPYRIGHT: Final = "Copyright (c) 2026 the countermand authors"
NOTICES: Final = "notices/redoc.txt"
MODULES: Final = node.FOLDER / "node_modules"
BUNDLE: Final = "redoc.standalone.js"
PACKAGE: Final = re.compile(r".*?node_modules/((?:.*/node_modules/)?((?:@[^/]+/)?[^/]+))")
"""The folder of a package and its name, in a path of the source map."""
LICENCE_FILES: Final = re.compile(r"(licen[cs]e|copying)", re.IGNORECASE)
CLAIM: Final = re.compile(r"copyright \(?[c©\d]", re.IGNORECASE)
DATA: Final = yaml.safe_load(Path(__file__).with_name("third_party.yaml").read_text("utf-8"))


@attrs.frozen
class Package:
    """A package in the bundle; its notice is the text of its licence, empty if not at hand."""

    name: str
    licence: str
    notice: str = attrs.field(repr=False)


def packages(modules: Path = MODULES) -> tuple[Package, ...]:
    """The packages that the bundle is made of, by name."""
    source_map = json.loads((modules / f"redoc/bundles/{BUNDLE}.map").read_text(encoding="utf-8"))
    matches = (PACKAGE.match(source) for source in source_map["sources"])
    found = {"redoc": "redoc", **{match[2]: match[1] for match in matches if match}}
    return tuple(_package(modules, found[name], name) for name in sorted(found))


def _package(modules: Path, path: str, name: str) -> Package:
    # Where npm has put one copy of a package for several others, it stands at the top.
    files = (modules / folder / "package.json" for folder in (path, name))
    file = next((file for file in files if file.is_file()), modules / "package.json")
    about: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    licence = DATA["known"].get(name) or about.get("license")
    if not isinstance(licence, str):
        raise PublishingError(f"the licence of {name} is not known; add it to third_party.yaml")
    notices = [
        each.read_text(encoding="utf-8").replace("\r\n", "\n").strip()
        for each in sorted(file.parent.glob("*"))
        if LICENCE_FILES.match(each.name) and each.is_file()
    ]
    return Package(name, licence.strip("()"), "\n\n".join(notices))


def expression(found: tuple[Package, ...]) -> str:
    """The SPDX expression for all packages together."""
    licences = sorted({package.licence for package in found})
    return " AND ".join(f"({each})" if " OR " in each else each for each in licences)


def claims(found: tuple[Package, ...]) -> list[str]:
    """The lines of their notices that claim a copyright, each once."""
    lines = (line.strip(" *\t") for package in found for line in package.notice.splitlines())
    return sorted({line for line in lines if CLAIM.match(line)})


def notices(found: tuple[Package, ...]) -> bytes:
    """The licences of all packages, for people."""
    blocks = [f"The bundle {BUNDLE} is made of these packages."]
    for package in found:
        heading = f"{package.name}: {package.licence}"
        blocks.append(f"{heading}\n{'=' * len(heading)}\n\n{package.notice}".strip())
    return "\n\n\n".join(blocks).encode() + b"\n"


def texts(licences: str, modules: Path = MODULES) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the text of each licence in an expression, but of MIT, which is ours."""
    for name in sorted(set(re.findall(r"[A-Za-z0-9.-]+", licences)) - {"AND", "OR", "MIT"}):
        if name not in DATA["texts"]:
            raise PublishingError(f"no text of {name} is known; add one to third_party.yaml")
        yield name, (modules / DATA["texts"][name]).read_bytes()


def add(out: Path, apis: tuple[Api, ...]) -> None:
    """Write the licence data of a tree that lacks only it and the checksums."""
    write(out, _files([path for path in paths(out) if BUNDLE in path]))
    files = [_file(each) for each in FILE.finditer(_reuse(out))]
    newest = max(version.date for api in apis for version in api.versions)
    described = [("SPDXRef-DOCUMENT", "DESCRIBES", each["SPDXID"]) for each in files]
    names = ("spdxElementId", "relationshipType", "relatedSpdxElement")
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "countermand-specs",
        # Neither the clock nor chance: the same input has to give the same bytes.
        "documentNamespace": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, str(files))}",
        "creationInfo": {"created": f"{newest}T00:00:00Z", "creators": ["Tool: reuse"]},
        "files": files,
        "relationships": [dict(zip(names, each, strict=True)) for each in described],
    }
    write(out, [json_file(NAME, document, "licences")])


def _files(bundle: list[str]) -> Iterator[File]:
    """Yield REUSE.toml, which assigns licences to paths, and the texts of third parties."""
    annotations = [_annotation("**", LICENCE, [COPYRIGHT])]
    if bundle:
        found = packages()
        licences = expression(found)
        for name, text in texts(licences):
            yield File(f"LICENSES/{name}.txt", text, TEXT, "licence")
        yield File(NOTICES, notices(found), TEXT, "licence")
        holders = claims(found)
        annotations += [_annotation(path, licences, holders) for path in (*bundle, NOTICES)]
    content = tomlkit.dumps({"version": 1, "annotations": annotations}).encode()
    yield File("REUSE.toml", content, "application/toml", "licence")


def _annotation(path: str, licence: str, claims: list[str]) -> dict[str, object]:
    return {
        "path": path,
        "precedence": "override",
        "SPDX-FileCopyrightText": claims,
        "SPDX-License-Identifier": licence,
    }


def _file(found: re.Match[str]) -> dict[str, Any]:
    return {
        "SPDXID": found["id"],
        "fileName": found["name"],
        "checksums": [{"algorithm": "SHA1", "checksumValue": found["sum"]}],
        "licenseConcluded": found["licence"],
        "licenseInfoInFiles": found["parts"].replace("LicenseInfoInFile: ", "").split(),
        "copyrightText": found["copyright"],
    }


def _reuse(out: Path) -> str:
    """The SPDX document of a tree by `reuse`, as tags and values."""
    command = [sys.executable, "-m", "reuse", "--root", str(out), "spdx"]
    done = subprocess.run(
        [*command, "--add-license-concluded", "--creator-organization", "countermand"],
        # Whether git ignores the folder of the tree does not matter.
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(out.resolve().parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PublishingError(f"reuse failed: {done.stderr}")
    return done.stdout
