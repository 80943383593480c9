"""Some pages of dist/docs in a browser, and every link of all of them.

Nothing is loaded from another host, the search finds, both colours can be read, and the two sites
lead to each other.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from specs.publishing.artefacts.catalog import PATH
from tests.publishing.site import browser
from tests.publishing.site.browser import DESKTOP, OVERFLOW, PHONE, violations, violations_of_colour
from tests.publishing.site.test_build import PageParser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

OPENED = ("index.html", "outcomes.html", "reference/testing.html")


@pytest.fixture(scope="session")
def address(documentation: Path) -> Iterator[str]:
    """The address of a server that serves the documentation."""
    with browser.served(documentation) as found:
        yield found


@pytest.fixture
def reader(context: BrowserContext, address: str) -> Iterator[Page]:
    """A page; its test fails if it asked for anything outside, failed, or complained."""
    opened = context.new_page()
    seen = browser.watch(opened, address)
    yield opened
    assert not seen


@pytest.mark.parametrize("path", OPENED)
def test_a_page_can_be_read_in_both_colours_and_on_a_phone(
    reader: Page, address: str, path: str
) -> None:
    """No violation of WCAG 2.2 at level AA; and nothing scrolls sideways."""
    reader.goto(address + path)
    for size in (DESKTOP, PHONE):
        reader.set_viewport_size(size)
        reader.emulate_media(color_scheme="light")
        assert violations(reader) == [], size
        assert reader.evaluate(OVERFLOW) <= 0
    reader.emulate_media(color_scheme="dark")
    assert violations_of_colour(reader) == []


def test_the_search_finds_a_word_of_the_glossary(reader: Page, address: str) -> None:
    """From the keyboard alone."""
    reader.goto(f"{address}index.html")
    # Before both are there, keys have other meanings: n is the next page.
    expect(reader.get_by_role("button", name="Ctrl+K")).to_be_visible()
    reader.keyboard.press("Control+k")
    expect(reader.locator("dialog[open] input")).to_be_focused()
    reader.keyboard.type("tombstone")
    # The index is read when the search is opened for the first time.
    expect(reader.get_by_role("option", name="Many calls")).to_be_visible(timeout=30_000)


def test_no_link_of_the_documentation_is_dead(documentation: Path) -> None:
    """Those of the API reference as well, which the build does not check."""
    pages = {
        path.relative_to(documentation).as_posix(): PageParser(path.read_text(encoding="utf-8"))
        for path in documentation.rglob("*.html")
    }
    assert len(pages) > 40
    wrong: set[tuple[str, str]] = set()
    for path, page in pages.items():
        for link in page.links:
            there = urlsplit(urljoin(f"http://docs.invalid/docs/{path}", link))
            if there.netloc != "docs.invalid" or not there.path.startswith("/docs/"):
                continue
            target = unquote(there.path.removeprefix("/docs/")) or "index.html"
            known = pages[target].ids if target in pages else []
            is_there = (documentation / target).is_file()
            if not is_there or (there.fragment and unquote(there.fragment) not in known):
                wrong.add((path, link))
    assert wrong == set()


def test_each_page_has_its_markdown_and_llms_txt_lists_it(documentation: Path) -> None:
    """With its title, and without what only the eye needs."""
    listed = (documentation / "llms.txt").read_text(encoding="utf-8")
    pages = {path for path in documentation.rglob("*.html") if path.name != "404.html"}
    for page in pages:
        twin = page.with_suffix(".md")
        assert twin.read_text(encoding="utf-8").startswith("# "), twin
        assert f"/{twin.relative_to(documentation).as_posix()}>)" in listed, twin


def test_the_two_sites_lead_to_each_other(documentation: Path, tree: Path) -> None:
    """In dist/ by their places, in a release by the address that the tree's catalog has."""
    catalog = json.loads((tree / PATH).read_text(encoding="utf-8"))
    published = catalog["linkset"][0]["anchor"].removesuffix(PATH)
    ways = {
        documentation / "start.html": r'<a href="([^"]+)">The specifications</a>',
        documentation / "providers" / "unzer.html": r'<a href="([^"]+)">The specifications</a>',
        tree / "index.html": r'<a rel="help" href="([^"]+)">The Python package</a>',
        tree / "unzer" / "index.html": r'<a rel="help" href="([^"]+)">The Python package</a>',
    }
    trees = {documentation: ("docs", published), tree: ("specs", f"{published}docs/")}
    for page, pattern in ways.items():
        (link,) = re.findall(pattern, page.read_text(encoding="utf-8"))
        (home,) = (each for each in trees if page.is_relative_to(each))
        place, address = trees[home]
        if urlsplit(link).scheme:
            assert link == address
            continue
        here = f"http://site.invalid/{place}/{page.relative_to(home).as_posix()}"
        (other,) = {name for name, _ in trees.values()} - {place}
        assert urljoin(here, link) == f"http://site.invalid/{other}/index.html"
