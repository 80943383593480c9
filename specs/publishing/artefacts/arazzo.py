"""The workflows, with the addresses of their sources as they are in the published tree."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import yaml

from specs.publishing.artefacts.document import DocumentError
from specs.publishing.artefacts.tree import YAML, File

if TYPE_CHECKING:
    from specs.publishing.artefacts.editions import Edition


def files(edition: Edition) -> list[File]:
    """The workflow of one version, or nothing where it had none.

    The text stays as it is, comments included, but for the addresses of the sources.

    Raises:
        DocumentError: a source is no specification of this repository.
    """
    if edition.workflow is None:
        return []
    text = edition.workflow.decode("utf-8")
    for source in yaml.safe_load(text)["sourceDescriptions"]:
        text = _moved(text, source["url"], edition)
    return [File(f"{edition.folder}/arazzo.yaml", text.encode(), YAML, "arazzo")]


def _moved(text: str, url: str, edition: Edition) -> str:
    name = PurePosixPath(url).stem
    if url != f"../{name}.yaml" or name not in edition.neighbours:
        raise DocumentError(f"{edition.api}'s workflow has a source that is not published: {url}")
    own = name == edition.api
    # Another API's newest, so that this file stays as it is when that API gets a new version.
    target = "openapi.yaml" if own else f"../../{name}/openapi.yaml"
    pattern = rf"^(\s*(?:- )?url:\s*)(['\"]?){re.escape(url)}\2(?=\s*(?:#.*)?$)"
    return re.sub(pattern, lambda found: f"{found[1]}{target}", text, flags=re.MULTILINE)
