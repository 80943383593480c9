"""Where the published OpenAPI documents are, in a wheel and in a working copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

PACKAGED: Final = Path(__file__).parent / "_specs"
"""Where the wheel carries the documents."""

WORKING_COPY: Final = Path(__file__).parents[2] / "specs"
"""Where an editable install finds them."""


def path(api: str) -> Path:
    """Return the file that holds the OpenAPI document of one API.

    `api` is the file's name without its ending, with hyphens or underscores: `pace-pay`,
    `pace_pay`. Raises `LookupError` where there is no such document.
    """
    name = api.replace("_", "-")
    for folder in (PACKAGED, WORKING_COPY):
        found = folder / f"{name}.yaml"
        if name.replace("-", "").isalnum() and found.is_file():
            return found
    raise LookupError(f"no OpenAPI document for {api!r} in {PACKAGED} or {WORKING_COPY}")


def load(api: str) -> dict[str, Any]:
    """Return the OpenAPI document of one API as plain values.

    Needs PyYAML, which comes with `countermand[sandbox]`. Raises `LookupError` as `path` does.
    """
    import yaml  # noqa: PLC0415  # an extra: only readers of the documents need it

    return cast("dict[str, Any]", yaml.safe_load(path(api).read_text(encoding="utf-8")))
