"""Who may do what with the published files: an SPDX 2.3 document, LICENSES/ and REUSE.toml.

Everything is under this repository's licence but what the pages need from others, which is found by
`foreign.py`. Each version of a specification is a package of its own, as it is what others take.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from specs.publishing.artefacts import foreign as others
from specs.publishing.artefacts.checksums import NAME as CHECKSUMS
from specs.publishing.artefacts.checksums import paths
from specs.publishing.artefacts.tree import TEXT, File, json_file, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from specs.publishing.artefacts.editions import Api
    from specs.publishing.artefacts.foreign import Foreign

NAME: Final = "licences.spdx.json"
LICENCE: Final = "MIT"
HOLDER: Final = "the countermand authors"
COPYRIGHT: Final = f"Copyright (c) 2026 {HOLDER}"
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:countermand:specs:spdx")
NOT_SAID: Final = "NOASSERTION"


@attrs.frozen
class Package:
    """What others take as one thing, in the words of SPDX."""

    name: str
    version: str
    files: tuple[str, ...] = attrs.field(repr=False)
    licence: str = LICENCE
    copyright: str = COPYRIGHT
    summary: str = ""

    @property
    def id(self) -> str:
        """Its identifier within the document."""
        return f"SPDXRef-Package-{_fit(self.name)}-{_fit(self.version)}"


def _fit(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-")


def add(out: Path, apis: tuple[Api, ...]) -> None:
    """Write the licence data of everything that is in a tree.

    Args:
        out: The root of the tree, complete but for the licence data and the checksums.
        apis: What is published there.

    Raises:
        LicenceError: the licence of something from others is not known.
    """
    foreign = others.find(out)
    write(out, _texts(foreign))
    files = paths(out, without=[NAME, CHECKSUMS])
    packages = _packages(files, apis, foreign)
    write(out, [json_file(NAME, _document(out, apis, packages), "licences")])


def _texts(foreign: tuple[Foreign, ...]) -> Iterator[File]:
    """Yield LICENSES/, the notices of others, and REUSE.toml, which assigns licences to paths."""
    for name, words in others.texts(foreign):
        yield File(f"LICENSES/{name}.txt", words, TEXT, "licence")
    annotations = [_annotation("**", LICENCE, [COPYRIGHT])]
    for each in foreign:
        notices = f"notices/{each.name}.txt"
        yield File(notices, each.notices, TEXT, "licence")
        claims = each.copyright.splitlines()
        annotations += [_annotation(path, each.licence, claims) for path in (*each.files, notices)]
    text = "\n".join(["version = 1\n", *annotations])
    yield File("REUSE.toml", text.encode(), "application/toml", "licence")


def _annotation(path: str, licence: str, claims: list[str]) -> str:
    # A JSON text of plain characters is a TOML text too.
    holders = ",\n".join(f"    {json.dumps(claim, ensure_ascii=False)}" for claim in claims)
    return (
        f'[[annotations]]\npath = "{path}"\nprecedence = "override"\n'
        f"SPDX-FileCopyrightText = [\n{holders},\n]\n"
        f'SPDX-License-Identifier = "{licence}"\n'
    )


def _document(out: Path, apis: tuple[Api, ...], packages: list[Package]) -> dict[str, Any]:
    """Describe every file of a tree but the document itself and the checksums."""
    owner = {path: package for package in packages for path in package.files}
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "countermand-specs",
        "documentNamespace": f"urn:uuid:{uuid.uuid5(NAMESPACE, _verification(out, owner))}",
        "creationInfo": {"created": created(apis), "creators": ["Tool: countermand-publishing"]},
        "packages": [_package(out, package) for package in packages],
        "files": [_file(out, path, owner[path]) for path in sorted(owner)],
        "relationships": list(_relationships(packages)),
    }


def created(apis: Iterable[Api]) -> str:
    """The moment to state: SOURCE_DATE_EPOCH, or else the newest day in the changelogs.

    A moment that does not depend on the clock, so that the same input gives the same bytes.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return max(edition.date for api in apis for edition in api.editions) + "T00:00:00Z"


def _packages(
    files: list[str], apis: tuple[Api, ...], foreign: tuple[Foreign, ...]
) -> list[Package]:
    taken: set[str] = set()
    packages: list[Package] = []
    for each in foreign:
        whole = (*each.files, f"notices/{each.name}.txt")
        packages.append(Package(each.name, each.version, whole, each.licence, each.copyright))
        taken.update(whole)
    for edition in (edition for api in apis for edition in api.editions):
        title = str(edition.document.root["info"]["title"])
        own = tuple(f for f in files if f.startswith(f"{edition.folder}/") and f not in taken)
        name = f"countermand-spec-{edition.api}"
        packages.append(Package(name, edition.version, own, summary=title))
        taken.update(own)
    rest = tuple(path for path in files if path not in taken)
    newest = max(edition.date for api in apis for edition in api.editions)
    packages.insert(0, Package("countermand-specs", newest, rest, summary="Catalog and pages"))
    return packages


def _verification(out: Path, files: Iterable[str]) -> str:
    """SPDX's package verification code: the SHA-1 of the files' sorted SHA-1s."""
    sums = sorted(_sha1(out / path) for path in files)
    return hashlib.sha1("".join(sums).encode(), usedforsecurity=False).hexdigest()


def _sha1(path: Path) -> str:
    # SPDX 2.3 demands this algorithm; SHA256SUMS is what a reader should check by.
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()


def _package(out: Path, package: Package) -> dict[str, Any]:
    described = {
        "SPDXID": package.id,
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": NOT_SAID,
        "filesAnalyzed": bool(package.files),
        "licenseConcluded": package.licence,
        "licenseDeclared": package.licence,
        "copyrightText": package.copyright,
    }
    if package.summary:
        described["summary"] = package.summary
    if package.files:
        code = _verification(out, package.files)
        described["packageVerificationCode"] = {"packageVerificationCodeValue": code}
        described["licenseInfoFromFiles"] = _parts(package.licence)
    return described


def _parts(expression: str) -> list[str]:
    words = re.findall(r"[A-Za-z0-9.+-]+", expression)
    return sorted({word for word in words if word not in {"AND", "OR", "WITH"}})


def _file(out: Path, path: str, package: Package) -> dict[str, Any]:
    content = (out / path).read_bytes()
    return {
        "SPDXID": _file_id(path),
        "fileName": f"./{path}",
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": _sha1(out / path)},
            {"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()},
        ],
        "licenseConcluded": package.licence,
        "licenseInfoInFiles": _parts(package.licence),
        "copyrightText": package.copyright,
    }


def _file_id(path: str) -> str:
    # Two paths that differ in a sign which an identifier cannot hold stay apart by the digest.
    digest = hashlib.sha256(path.encode()).hexdigest()[:12]
    return f"SPDXRef-File-{_fit(path)}-{digest}"


def _relationships(packages: list[Package]) -> Iterator[dict[str, str]]:
    root = packages[0]
    yield _relation("SPDXRef-DOCUMENT", "DESCRIBES", root.id)
    for package in packages[1:]:
        yield _relation(root.id, "CONTAINS", package.id)
    for package in packages:
        for path in package.files:
            yield _relation(package.id, "CONTAINS", _file_id(path))


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
