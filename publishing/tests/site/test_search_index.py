"""What the search knows."""

import json
from pathlib import Path

import pytest

from publishing.site import search
from publishing.site.sources import Api


def test_every_call_field_and_parameter_can_be_found(apis: tuple[Api, ...]) -> None:
    """Nothing that has a name in a specification is missing."""
    found = {(entry.kind, entry.api, entry.title) for entry in search.entries(apis)}
    for api in apis:
        wanted = {("call", operation.id) for operation in api.operations}
        for operation in api.operations:
            wanted |= {("answer", status) for status in operation.node["responses"]}
        for name, schema in api.document["components"]["schemas"].items():
            wanted |= {("schema", name)}
            wanted |= {("field", f"{name}.{field}") for field in schema.get("properties", {})}
            wanted |= {("code", value) for value in schema.get("enum", [])}
        missing = {(kind, title) for kind, title in wanted if (kind, api.label, title) not in found}
        assert missing == set()


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("API.340.100.014", "Already cancelled."),
        ("missing-linked-identity", "A value of Problem.code."),
        ("AuthVoided", "Voided."),
        ("cancel-manually", "Says that the provider does not support the cancel."),
    ],
)
def test_codes_are_found_with_their_meaning(apis: tuple[Api, ...], title: str, text: str) -> None:
    """Whoever pastes a code from a log learns what it means, as far as the text says so."""
    assert text in {each.text for each in search.entries(apis) if each.title == title}


def test_the_paths_of_calls_are_in_the_index(apis: tuple[Api, ...]) -> None:
    """A path can be searched for as it stands in the specification."""
    texts = [each.text for each in search.entries(apis) if each.kind == "call"]
    for api in apis:
        for operation in api.operations:
            assert any(f"{operation.method} {operation.path}." in text for text in texts)


def test_the_file_and_the_page_hold_the_same(tree: Path, apis: tuple[Api, ...]) -> None:
    """search.json is what the page lists, for other programs."""
    entries = search.entries(apis)
    listed = json.loads((tree / "search.json").read_text(encoding="utf-8"))
    assert [each["title"] for each in listed] == [each.title for each in entries]
    page = (tree / "search.html").read_text(encoding="utf-8")
    assert page.count('<span class="name">') == len(entries)
