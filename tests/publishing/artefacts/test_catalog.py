"""`/.well-known/api-catalog`, by RFC 9727 and RFC 9264."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from specs.publishing.artefacts import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specs.publishing.artefacts.versions import Api

ATTRIBUTES = {"href", "type", "title"}
RELATIONS = {"item", "license", "service-desc", "service-doc", "service-meta"}
"""All of them registered at IANA."""
PAGES = re.compile(r"^[a-z-]+/(|index\.html|[0-9.]+/index\.html)$")
"""What the site adds to the tree."""


def made(apis: tuple[Api, ...], base: str | None) -> Any:
    """The catalog of a tree at an address."""
    return json.loads(catalog.file(apis, base).content)


def links(value: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield every link as anchor, relation and target."""
    for context in value["linkset"]:
        for relation, targets in context.items():
            if relation != "anchor":
                for target in targets:
                    yield context["anchor"], relation, target


def test_it_is_a_link_set(apis: tuple[Api, ...]) -> None:
    """One member `linkset`; each context an anchor, and targets by relation (RFC 9264, 4.2)."""
    value = made(apis, None)
    assert list(value) == ["linkset"]
    for _anchor, relation, target in links(value):
        assert relation in RELATIONS
        assert target["href"]
        assert set(target) <= ATTRIBUTES
        assert all(isinstance(text, str) for text in target.values())


def test_it_lists_every_api_and_describes_each(apis: tuple[Api, ...]) -> None:
    """`item` from the catalog, then a context of its own with the three relations of RFC 8631."""
    value = made(apis, "https://specs.example/")
    first, *rest = value["linkset"]
    assert first["anchor"] == "https://specs.example/.well-known/api-catalog"
    assert [item["href"] for item in first["item"]] == [context["anchor"] for context in rest]
    assert len({context["anchor"] for context in rest}) == len(apis)
    for context in rest:
        assert {"service-desc", "service-doc", "service-meta"} <= set(context)


def test_an_api_without_a_public_address_is_anchored_in_the_tree(apis: tuple[Api, ...]) -> None:
    """An address of a placeholder would lead nowhere."""
    anchors = {context["anchor"] for context in made(apis, None)["linkset"]}
    assert {"../bento/", "../vtex/", "https://api.unzer.com/v1"} <= anchors
    assert not any(".example" in anchor or "{" in anchor for anchor in anchors)


def test_every_link_into_the_tree_leads_to_something_of_its_type(
    tree: Path, index: Any, apis: tuple[Api, ...]
) -> None:
    """Resolved against the catalog's own address; OpenAPI's own types are used for documents."""
    types = {entry["path"]: entry["mediaType"] for entry in index["files"]}
    seen = 0
    here = f"https://anywhere.example/deep/{catalog.PATH}"
    for _anchor, relation, target in links(made(apis, None)):
        address = urlsplit(urljoin(here, target["href"]))
        if address.netloc == "anywhere.example":
            path = unquote(address.path).removeprefix("/deep/")
            assert (tree / path).is_file() or PAGES.match(path), path
            wanted = types.get(path, target.get("type"))
            if relation == "service-desc":
                ending = "+json" if path.endswith(".json") else ""
                wanted = f"application/vnd.oai.openapi{ending}"
            assert target.get("type") == wanted
            seen += 1
    assert seen >= 5 * len(apis)


def test_with_a_base_every_link_is_absolute_and_the_same(apis: tuple[Api, ...]) -> None:
    """The two forms mean the same once the relative one is resolved."""
    base = "https://specs.example/a/"
    here = f"{base}{catalog.PATH}"
    absolute, relative = list(links(made(apis, base))), list(links(made(apis, None)))
    for (anchor, relation, target), (other, same, aim) in zip(absolute, relative, strict=True):
        assert urlsplit(anchor).scheme == urlsplit(target["href"]).scheme == "https"
        assert (anchor, relation) == (urljoin(here, other), same)
        assert target["href"] == urljoin(here, aim["href"])
