"""Every link of every page leads somewhere."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

from specs.publishing.site.sources import Api


class Anchors(HTMLParser):
    """Collects a page's links, its resources and its ids."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        del tag
        values = {name: value or "" for name, value in attrs}
        self.links += [values[name] for name in ("href", "src", "action") if name in values]
        self.ids += [values["id"]] if "id" in values else []


@pytest.fixture(scope="module")
def read(tree: Path, apis: tuple[Api, ...]) -> dict[str, Anchors]:
    """Every page by its path; a reference has the ids that Redoc gives to operations."""
    pages = {}
    for path in tree.rglob("*.html"):
        anchors = Anchors()
        anchors.feed(path.read_text(encoding="utf-8"))
        pages[path.relative_to(tree).as_posix()] = anchors
    for api in apis:
        for edition in api.editions:
            ids = [f"operation/{operation.id}" for operation in edition.operations]
            pages[f"{api.name}/{edition.version}/index.html"].ids.extend(ids)
    return pages


@pytest.fixture(scope="module")
def root(base: str) -> str:
    """An address for the tree's root, below the path that it was built for."""
    return f"http://site.invalid{base}"


def broken(tree: Path, read: dict[str, Anchors], root: str, path: str) -> list[str]:
    """The links of a page that lead nowhere."""
    wrong = []
    for link in read[path].links:
        address, fragment = urldefrag(urljoin(root + path, link))
        if urlsplit(address).netloc != urlsplit(root).netloc:
            continue
        target = unquote(urlsplit(address.removeprefix(root)).path) or "index.html"
        known = read[target].ids if target in read else []
        if not (tree / target).is_file() or (fragment and fragment not in known):
            wrong.append(link)
    return wrong


def test_every_link_leads_to_a_file_and_to_a_place_in_it(
    tree: Path, read: dict[str, Anchors], root: str
) -> None:
    """Internal links resolve, fragments included."""
    assert {path: found for path in read if (found := broken(tree, read, root, path))} == {}


def test_a_broken_link_would_be_noticed(tree: Path, read: dict[str, Anchors], root: str) -> None:
    """The check finds a missing file and a missing place."""
    spoilt, page = Anchors(), "bento/x.html"
    spoilt.links = ["nowhere.html", "index.html#nowhere", "../unzer/index.html#calls"]
    assert broken(tree, {**read, page: spoilt}, root, page) == spoilt.links[:2]


def test_no_id_is_used_twice(read: dict[str, Anchors]) -> None:
    """A fragment leads to one place."""
    twice = {
        path: sorted({each for each in anchors.ids if anchors.ids.count(each) > 1})
        for path, anchors in read.items()
        if len(set(anchors.ids)) != len(anchors.ids)
    }
    assert twice == {}


def test_the_only_links_that_lead_out_are_those_of_the_specifications(
    read: dict[str, Anchors], apis: tuple[Api, ...]
) -> None:
    """A reader leaves for a provider's own page and for nothing else."""
    allowed = {api.document["externalDocs"]["url"] for api in apis}
    outside = {link for anchors in read.values() for link in anchors.links if urlsplit(link).scheme}
    assert outside <= allowed


def test_every_page_can_be_reached_from_the_landing_page(
    read: dict[str, Anchors], root: str
) -> None:
    """Nothing is published that nobody finds; 404.html is shown by servers."""
    reached, waiting = set(), ["index.html"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in read:
            continue
        reached.add(path)
        for link in read[path].links:
            address = urldefrag(urljoin(root + path, link)).url
            if address.startswith(root):
                waiting.append(urlsplit(address.removeprefix(root)).path)
    assert set(read) - reached == {"404.html"}
