"""What the search knows."""

import json
import re
from pathlib import Path

import attrs
import pytest

from specs.publishing.site import search
from specs.publishing.site.sources import Api


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


WORDS = [
    ("idempotency", "fact", "VTEX"),
    ("idempotent", "call", "VTEX"),
    ("partial", "money", "PACE Pay"),
    ("partial", "call", "Unzer"),
    ("marker", "fact", "Unzer"),
    ("double", "fact", "Unzer"),
    ("timeout", "fact", "Bento"),
    ("timeout", "page", "VTEX"),
    ("login", "access", "Unzer"),
    ("login", "answer", "PACE Pay"),
    ("lost answer", "money", "VTEX"),
    ("trap", "money", "Bento"),
    ("one day", "money", "VTEX"),
    ("20 seconds", "page", "VTEX"),
    ("20 seconds", "money", "VTEX"),
    ("x-countermand", "fact", "PACE Fueling"),
    ("postman", "file", "Bento"),
    ("arazzo", "file", "Unzer"),
    ("arazzo", "workflow", "Unzer"),
    ("changelog", "version", "PACE Pay"),
    ("changelog", "page", search.SITE),
    ("download", "file", "VTEX"),
    ("version", "version", "Bento"),
    ("licence", "page", search.SITE),
    ("license", "page", search.SITE),
    ("bearer", "access", "Bento"),
    ("basic", "access", "Unzer"),
    ("x-provider-api-apptoken", "access", "VTEX"),
    ("pay:transactions:cancel", "access", "PACE Pay"),
    ("retry-after", "answer", "Bento"),
    ("refund", "call", "Bento"),
    ("revokes", "call", "PACE Pay"),
    ("sha-256", "file", search.SITE),
    ("sbx-api", "server", "Unzer"),
]


@pytest.mark.parametrize(("words", "kind", "label"), WORDS)
def test_the_products_own_words_are_found(
    apis: tuple[Api, ...], words: str, kind: str, label: str
) -> None:
    """Whoever searches for what this is about finds where it is said, and not names alone."""
    found = {
        (entry.kind, entry.api)
        for entry in search.entries(apis)
        if all(word in " ".join(attrs.astuple(entry)).lower() for word in words.split())
    }
    assert (kind, label) in found


def test_texts_are_plain_and_the_index_is_small(tree: Path, apis: tuple[Api, ...]) -> None:
    """No mark of Markdown is shown, nothing is listed twice, and a phone can load it."""
    entries = search.entries(apis)
    assert len(set(entries)) == len(entries)
    for entry in entries:
        assert not re.search(r"`|\*\*|\|--|\s\s|^\s|\s$|(?:^| )[#-]+ | [,.;:]", entry.text), entry
    assert (tree / "search.json").stat().st_size < 200_000


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
