"""Access to the published OpenAPI documents, in a wheel and in a working copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

from countermand._extras import extra

PACKAGED: Final = Path(__file__).parent / "_specs"
"""Folder of the documents in the wheel."""

WORKING_COPY: Final = Path(__file__).parents[2] / "specs"
"""Folder of the documents for an editable install."""


def path(api: str) -> Path:
    """Return the path of the OpenAPI document of one API.

    `api` is the file's name without its suffix, with hyphens or underscores: `pace-pay`,
    `pace_pay`. Raises `LookupError` if there is no such document.
    """
    name = api.replace("_", "-")
    for folder in (PACKAGED, WORKING_COPY):
        found = folder / f"{name}.yaml"
        if name.replace("-", "").isalnum() and found.is_file():
            return found
    raise LookupError(f"no OpenAPI document for {api!r} in {PACKAGED} or {WORKING_COPY}")


def load(api: str) -> dict[str, Any]:
    """Return the OpenAPI document of one API as plain values.

    Needs PyYAML, which `countermand[sandbox]` installs. Raises `LookupError` if there is no such
    document, and `ModuleNotFoundError` without PyYAML.
    """
    with extra("sandbox", "countermand.specs.load"):
        import yaml  # noqa: PLC0415  # only readers of the documents need it

    text = path(api).read_text(encoding="utf-8")
    # libyaml, where PyYAML was built with it, is ten times as fast.
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return cast("dict[str, Any]", yaml.load(text, Loader=safe))  # noqa: S506
