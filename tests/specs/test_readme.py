"""What specs/README.md tables about the specifications is complete."""

import json
import re

import pytest

from tests.specs.reading import FOLDER, Spec, load_all

README = (FOLDER / "README.md").read_text(encoding="utf-8")

# How many disagreements of the sources are known, by provider.
KNOWN = {"P": 11, "B": 10, "U": 13, "V": 9}


def rows(letter: str) -> list[list[str]]:
    """The rows of one provider's table, as cells."""
    lines = re.findall(rf"^\| {letter}[0-9].*$", README, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("spec", load_all(), ids=lambda spec: spec.name)
def test_every_file_has_a_row(spec: Spec) -> None:
    """A reader finds every file in the first table."""
    assert f"| `{spec.name}.yaml` |" in README


@pytest.mark.parametrize("letter", KNOWN)
def test_no_disagreement_is_left_out(letter: str) -> None:
    """Each has its number, and says all of: sources, choice, reason, other reading."""
    table = rows(letter)
    assert {int(re.findall("[0-9]+", row[0])[0]) for row in table} == set(
        range(1, KNOWN[letter] + 1)
    )
    assert len({row[0] for row in table}) == len(table)
    assert all(len(row) == 5 and all(row) for row in table)


def test_every_fact_of_the_vocabulary_is_explained() -> None:
    """Each member of the schema has a row, each of its values too."""
    facts = json.loads((FOLDER / "x-countermand.schema.json").read_text(encoding="utf-8"))
    properties = facts["properties"]
    repeat = properties["repeat"]["properties"]
    for name in ("effect", "key", "marker", "read-back"):
        assert f"| `{name}` |" in README
    for group in ("repeat", "evidence", "money"):
        for name in properties[group]["properties"]:
            assert f"| `{group}.{name}` |" in README
    for name in facts["$defs"]["sign"]["properties"]:
        assert f"| `{name}` |" in README
    money = properties["money"]["properties"]
    for node in (properties["effect"], repeat["effect"], money["unit"], money["absent"]):
        for value in node["enum"]:
            assert f"| `{value}` |" in README
