"""The search: what its index holds, and what a reader finds with the keyboard alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from playwright.sync_api import Page, expect

from specs.publishing.site import search

if TYPE_CHECKING:
    from specs.publishing.site.search import Entry
    from specs.publishing.site.sources import Api
    from tests.publishing.site.conftest import Visit

SEARCHES = yaml.safe_load(Path(__file__).with_name("searches.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def entries(apis: dict[str, Api]) -> tuple[Entry, ...]:
    """The index."""
    return search.entries(tuple(apis.values()))


def test_every_name_of_a_specification_is_in_the_index(
    entries: tuple[Entry, ...], apis: dict[str, Api]
) -> None:
    """Calls with method and path, answers, schemas, fields, codes."""
    found = {(entry.kind, entry.api, entry.title) for entry in entries}
    texts = [entry.text for entry in entries if entry.kind == "call"]
    for api in apis.values():
        wanted = {("call", operation.id) for operation in api.operations}
        for operation in api.operations:
            assert any(f"{operation.method} {operation.path}." in text for text in texts)
            wanted |= {("answer", status) for status in operation.responses}
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
def test_codes_are_found_with_their_meaning(
    entries: tuple[Entry, ...], title: str, text: str
) -> None:
    """A code from a log has its meaning, as far as the specification states it."""
    assert text in {each.text for each in entries if each.title == title}


def test_the_index_is_plain_and_small_and_the_same_on_the_page(
    tree: Path, entries: tuple[Entry, ...]
) -> None:
    """No mark of Markdown is shown, nothing is listed twice, and a phone can load it."""
    assert len(set(entries)) == len(entries)
    for entry in entries:
        assert not re.search(r"`|\*\*|\|--|\s\s|^\s|\s$|(?:^| )[#-]+ | [,.;:]", entry.text), entry
    file = tree / "search.json"
    assert file.stat().st_size < 200_000
    listed = json.loads(file.read_text(encoding="utf-8"))
    assert [each["title"] for each in listed] == [each.title for each in entries]
    page = (tree / "search.html").read_text(encoding="utf-8")
    assert page.count('<span class="name">') == len(entries)


def type_into(visit: Visit, text: str) -> Page:
    """Open the search page and write into it."""
    page = visit("search.html")
    page.locator("#q").focus()
    page.keyboard.type(text)
    return page


def test_the_best_result_comes_first(visit: Visit) -> None:
    """Calls, paths, fields and codes of all APIs; no result for a text that is nowhere."""
    page = type_into(visit, "")
    for text, first, api in SEARCHES["best"]:
        page.locator("#q").fill(text)
        found = page.locator("#results li")
        if first:
            expect(found.first.locator(".name")).to_have_text(first)
            expect(found.first.locator(".where")).to_have_text(api)
        else:
            expect(found).to_have_count(0)


def test_the_products_own_words_are_found(visit: Visit) -> None:
    """A reader gets to see the entry about each, whatever else is found."""
    page = type_into(visit, "")
    missing = []
    for words, kind, label in SEARCHES["words"]:
        page.locator("#q").fill(words)
        shown = page.locator("#results li").evaluate_all(
            "items => items.map(item => ['.kind', '.where']"
            ".map(part => item.querySelector(part).textContent))"
        )
        if [kind, label] not in shown:
            missing.append((words, kind, label))
    assert missing == []


@pytest.mark.parametrize("word", ["cancel", "transaction", "payment"])
def test_names_come_before_descriptions(visit: Visit, word: str) -> None:
    """A long description that holds the word does not push the names down."""
    page = type_into(visit, word)
    named = [word in name.lower() for name in page.locator("#results .name").all_inner_texts()]
    assert any(named)
    assert named == sorted(named, reverse=True)


def test_a_slash_leads_to_the_search_from_every_page(visit: Visit) -> None:
    """/ and a word and Enter show the results, and Enter again opens the first."""
    page = visit("unzer/index.html")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("refundAmount")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=refundAmount")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/bento/fields.html#field-CancelRequest.refundAmount")
    expect(page.locator(":target")).to_be_in_viewport()
    # In a text, a slash is a slash.
    page = type_into(visit, "/orders/")
    expect(page.locator("#q")).to_have_value("/orders/")
    expect(page.locator("#results .name").first).to_have_text("cancelTransaction")


def test_arrows_walk_through_the_results_and_back(visit: Visit) -> None:
    """Down enters the list, up leaves it, Enter opens what has the focus."""
    page = type_into(visit, "refund")
    links = page.locator("#results a")
    for key, focused in (
        ("ArrowDown", links.nth(0)),
        ("ArrowDown", links.nth(1)),
        ("ArrowUp", links.nth(0)),
        ("ArrowUp", page.locator("#q")),
        ("ArrowDown", links.nth(0)),
    ):
        page.keyboard.press(key)
        expect(focused).to_be_focused()
    target = links.nth(0).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{target}")


def test_the_number_of_results_is_announced(visit: Visit) -> None:
    """A screen reader hears how many, and what to do when there is none."""
    page = type_into(visit, "X-PROVIDER-API-AppToken")
    status = page.get_by_role("status")
    expect(status).to_have_text("1 found.")
    page.locator("#q").fill("nothing of this kind")
    expect(status).to_contain_text("Nothing found.")
    expect(page.locator("#results")).to_be_hidden()
    page.locator("#q").fill("")
    expect(status).to_have_text("")
    expect(page.locator("#everything")).to_be_visible()


def test_a_search_has_an_address(visit: Visit) -> None:
    """It survives a reload and can be sent to somebody, and brings no markup into the page."""
    page = type_into(visit, "cancelPayment")
    page.wait_for_url("**/search.html?q=cancelPayment")
    page.reload()
    expect(page.locator("#q")).to_have_value("cancelPayment")
    expect(page.locator("#results .name").first).to_have_text("cancelPayment")
    page = visit("search.html?q=%3Cimg%20src%3Dx%3E")
    expect(page.locator("main img")).to_have_count(0)
    expect(page.locator("#q")).to_have_value("<img src=x>")
