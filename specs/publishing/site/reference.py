"""Prepares what Redoc shows: the specification with `x-countermand` in words, and Redoc itself.

Redoc and not Scalar: its bundle is a third of the size, and with its search off and its logo taken
out it asks for nothing but itself, under a Content-Security-Policy that names hashes and permits no
inline code. What it lacks, a dark theme, is a table of colours (assets/reference.js).
"""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from specs.publishing import node
from specs.publishing.site import SiteError, evidence_text, facts_text, markdown, samples
from specs.publishing.site.sources import Api, Operation, Version

BUNDLE: Final = Path(node.FOLDER) / "node_modules/redoc/bundles/redoc.standalone.js"
LICENCES: Final = BUNDLE.with_suffix(".js.LICENSE.txt")
LOGO: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
NOTHING: Final = b"data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
STYLES: Final = (
    # The empty element that styled-components fills by script.
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    # The one style sheet that Redoc's bundle holds as text, for its scroll bars.
    "sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc=",
)
"""The inline styles that Redoc adds, by their hashes for the Content-Security-Policy."""


def bundle() -> bytes:
    """Redoc's script, with its one outside address replaced by an empty image."""
    if not BUNDLE.is_file():
        raise SiteError("Redoc is not installed; run: npm ci --prefix specs/publishing")
    content = BUNDLE.read_bytes()
    if content.count(LOGO) != 1 or b"cdn." in content.replace(LOGO, b""):
        raise SiteError("Redoc's bundle names other outside addresses than the one known")
    # Its map of sources stays behind, so the page must not send a browser's tools looking for it.
    lines = content.replace(LOGO, NOTHING).splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"//# sourceMappingURL"))


def display(version: Version, named: Mapping[str, Api]) -> str:
    """The specification as the page shows it, as JSON that is safe inside a script element.

    The newest version has request samples, which are in none of the published files.
    """
    newest = named[version.name]
    document = copy.deepcopy(dict(version.document))
    # What cancels comes first: it is what a reader is here for.
    first = {operation.path for operation in version.operations if operation.facts.cancels}
    document["paths"] = dict(
        sorted(document["paths"].items(), key=lambda item: item[0] not in first)
    )
    # One tag around everything would only hide the operations in the menu.
    document.pop("tags", None)
    for operation in version.operations:
        shown: dict[str, Any] = document["paths"][operation.path][operation.method.lower()]
        shown.pop("tags", None)
        shown["description"] = f"{_box(operation, named)}\n\n{shown.get('description', '')}"
        if version.version == newest.version:
            shown["x-codeSamples"] = [
                attrs.asdict(each) for each in samples.samples(newest, operation)
            ]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _box(operation: Operation, named: Mapping[str, Version]) -> str:
    def link(read: facts_text.Read) -> str:
        page = f"../../{read.api}/{named[read.api].version}/index.html" if read.api else ""
        other = f" of {read.api}" if read.api else ""
        return f"[`{read.operation}`]({page}#operation/{read.operation}){other}"

    first, *rest = map(markdown.inline, facts_text.sentences(operation.facts, link))
    said = " ".join([f"<strong>{first}</strong>", *rest])
    known = operation.facts.evidence
    proofs = [
        f"<p><strong>{title}:</strong> {markdown.inline(text)}</p>"
        for title, text in (evidence_text.proofs(known) if known else ())
    ]
    how = f"<details><summary>How to read the answer</summary>{''.join(proofs)}</details>"
    box = f"<p>{said}</p>{how if proofs else ''}"
    return f'<div class="fact fact-{tone(operation.facts)}">{box}</div>'


def tone(facts: facts_text.Facts) -> str:
    """The colour of the box: `read`, or the effect of a repeat."""
    return facts.repeat if facts.cancels else "read"
