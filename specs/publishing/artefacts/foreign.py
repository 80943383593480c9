"""What in the published tree comes from others, and under which licences.

The one such thing is Redoc's bundle, which its makers put together from several dozen packages. Its
source map says from which; their licences come with the packages where npm has installed them.
Copies of those licences are published beside the bundle, as most of them demand.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from specs.publishing import node
from specs.publishing.artefacts.checksums import paths

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES: Final = node.FOLDER / "node_modules"
BUNDLE: Final = "redoc.standalone.js"
PACKAGE: Final = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)")
LICENCE_FILES: Final = re.compile(r"(licen[cs]e|copying)", re.IGNORECASE)

KNOWN: Final = {
    # Their package.json names no licence, or names it vaguely; the licence file is clear.
    "decko": "MIT",
    "stickyfill": "MIT",
    "url-template": "BSD-3-Clause",
    # Only their makers' build needs them, so npm does not install them; as the registry has it.
    "@emotion/stylis": "MIT",
    "@emotion/unitless": "MIT",
    "@redocly/workerize-loader": "MIT",
    "css-loader": "MIT",
    "hoist-non-react-statics": "BSD-3-Clause",
    "lodash.noop": "MIT",
    "shallowequal": "MIT",
    "style-loader": "MIT",
    "unfetch": "MIT",
}

TEXTS: Final = {
    "Apache-2.0": "dompurify/LICENSE",
    "BSD-3-Clause": "swagger2openapi/LICENSE",
    "ISC": "minimatch/LICENSE",
    "MPL-2.0": "dompurify/LICENSE-MPL",
}
"""Where npm has put a text of each licence."""


class LicenceError(LookupError):
    """The licence of something to be published is not known."""


@attrs.frozen
class Part:
    """A package within a bundle; its notice is the text of its licence, empty if not at hand."""

    name: str
    licence: str
    notice: str = attrs.field(repr=False)


@attrs.frozen
class Foreign:
    """A package of somebody else's, with those of its files that are in the tree."""

    name: str
    version: str
    files: tuple[str, ...]
    parts: tuple[Part, ...] = attrs.field(repr=False)

    @property
    def licence(self) -> str:
        """The SPDX expression for all of it."""
        found = sorted({part.licence for part in self.parts})
        return " AND ".join(f"({each})" if " OR " in each else each for each in found)

    @property
    def copyright(self) -> str:
        """The lines of its parts that claim a copyright, each once."""
        lines = (line.strip(" *\t") for part in self.parts for line in part.notice.splitlines())
        claims = {line for line in lines if re.match(r"copyright \(?[c©\d]", line, re.IGNORECASE)}
        return "\n".join(sorted(claims))

    @property
    def notices(self) -> bytes:
        """The licences of all parts, for people."""
        blocks = [f"{self.name} {self.version} is made of these packages.\n"]
        for part in self.parts:
            heading = f"{part.name}: {part.licence}"
            text = f"{heading}\n{'=' * len(heading)}\n\n{part.notice}"
            blocks.append(f"{text.strip()}\n")
        return "\n\n".join(blocks).encode()


def find(out: Path, modules: Path = MODULES) -> tuple[Foreign, ...]:
    """Find what in a tree comes from others.

    Raises:
        LicenceError: a bundle holds a package whose licence is not known.
    """
    files = tuple(path for path in paths(out) if Path(path).name.startswith(BUNDLE))
    if not files:
        return ()
    source_map = json.loads((modules / f"redoc/bundles/{BUNDLE}.map").read_text(encoding="utf-8"))
    # A package within a package stands last in the path.
    found = {name for each in source_map["sources"] for name in PACKAGE.findall(each)[-1:]}
    parts = tuple(_part(modules, name) for name in sorted({"redoc", *found}))
    return (Foreign("redoc", _about(modules, "redoc")["version"], files, parts),)


def _about(modules: Path, name: str) -> dict[str, Any]:
    file = modules / name / "package.json"
    if not file.is_file():
        return {}
    about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return about


def _part(modules: Path, name: str) -> Part:
    licence = KNOWN.get(name) or _about(modules, name).get("license")
    if not isinstance(licence, str):
        raise LicenceError(f"the licence of {name} is not known; read it, and add it to KNOWN")
    return Part(name, licence.strip("()"), "\n\n".join(_notices(modules / name)))


def _notices(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if LICENCE_FILES.match(file.name) and file.is_file():
                yield file.read_text(encoding="utf-8").replace("\r\n", "\n").strip()


def texts(foreign: tuple[Foreign, ...], modules: Path = MODULES) -> Iterator[tuple[str, bytes]]:
    """Yield each licence that the foreign parts are under, by its SPDX name, with its text.

    MIT is left out, as it is our own.

    Raises:
        LicenceError: no text of a licence is known.
    """
    words = " ".join(each.licence for each in foreign)
    for name in sorted(set(re.findall(r"[A-Za-z0-9.-]+", words)) - {"AND", "OR", "MIT"}):
        if name not in TEXTS:
            raise LicenceError(f"no text of {name} is known; add a package that has it to TEXTS")
        yield name, (modules / TEXTS[name]).read_bytes()
