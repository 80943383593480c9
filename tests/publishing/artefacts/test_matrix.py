"""What was measured with code generators, as it is committed, and the page's words about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing.site import SiteError, generators
from specs.publishing.site.generators import MATRIX
from tests.publishing.artefacts.conftest import APIS

if TYPE_CHECKING:
    from pathlib import Path

ROWS: Any = json.loads(MATRIX.read_text(encoding="utf-8"))["tools"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_no_step_of_a_portable_edition_fails(row: Any) -> None:
    """With each tool and every API; what cannot be tried says why, and is no failure."""
    assert sorted(row["portable"]) == sorted(row["exact"]) == list(APIS)
    for api, steps in row["portable"].items():
        for step, said in steps.items():
            assert said == "yes" or said.startswith(("not here: ", "by hand: ")), (api, step)


def test_the_exact_editions_break_what_the_portable_ones_do_not() -> None:
    """Else nobody would need them."""
    broken = {
        row["name"]
        for row in ROWS
        for steps in row["exact"].values()
        if any(said.startswith("no: ") for said in steps.values())
    }
    assert {"typescript-fetch", "go", "rust", "openapi-python-client"} <= broken


def test_every_tool_has_its_lines() -> None:
    """About ten, and a word on the exact edition."""
    for each in generators.generators():
        assert 2 <= len(each.steps.splitlines()) <= 10
        assert each.helps
        assert each.portable
        assert each.exact


def test_what_is_measured_is_said_once_with_its_apis(tmp_path: Path) -> None:
    """What fails, what is left to do by hand, and what was not tried."""
    steps = {"generates": "yes", "reads": "no: lost `a`", "accept": "by hand: asks for */*"}
    cells = {"bento": steps, "unzer": {"generates": "yes", "compiles": "not here: no Go"}}
    row = {"name": "go", "tool": "g", "version": "1", "note": ""}
    measured = {"tools": [{**row, "portable": cells, "exact": {"bento": {"generates": "yes"}}}]}
    matrix, guide = tmp_path / "m.json", tmp_path / "g.yaml"
    matrix.write_text(json.dumps(measured), encoding="utf-8")
    guide.write_text("go: {steps: go, helps: none}", encoding="utf-8")
    (found,) = generators.generators(matrix, guide)
    assert found.exact == ("**Passes:** generates.",)
    assert found.portable == (
        "**Fails:** reads (Bento): `lost 'a'`",
        "**By hand:** set the header `Accept` (Bento); the client `asks for */*`.",
        "**Not tried:** compiles (Unzer): no Go.",
    )
    guide.write_text("rust: {steps: go, helps: none}", encoding="utf-8")
    with pytest.raises(SiteError, match="says nothing about go"):
        generators.generators(matrix, guide)
