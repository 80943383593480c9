"""The published tree, built once, and a browser that can reach nothing else.

With `--tree FOLDER` it is the one of that folder, such as a release that was built elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from specs.publishing.artefacts.catalog import PATH
from specs.publishing.publish import publish
from specs.publishing.site import sources
from tests.publishing.site import browser
from tests.support.shared_files import made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from specs.publishing.site.sources import Api

    Visit = Callable[..., Page]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for a built tree."""
    parser.addoption("--tree", type=Path, help="a built tree to check, in place of a new one")
    parser.addoption("--docs", type=Path, help="the built documentation, in place of dist/docs")


@pytest.fixture(scope="session")
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of what `python -m specs.publishing.publish` builds, or has built."""
    # The option is not there where pytest was started above this folder.
    given: Path | None = request.config.getoption("--tree", None)
    if given is not None:
        return given.resolve()
    return made_once(tmp_path_factory, "published", publish)


@pytest.fixture(scope="session")
def documentation(request: pytest.FixtureRequest) -> Path:
    """The root of what `nox -s docs` has built."""
    given: Path | None = request.config.getoption("--docs", None)
    return (given or Path(__file__).parents[3] / "dist" / "docs").resolve()


@pytest.fixture(scope="session")
def base(tree: Path) -> str:
    """The path of the tree's root at the address that it was built for, as its catalog has it."""
    catalog = json.loads((tree / PATH).read_text(encoding="utf-8"))
    path = urlsplit(catalog["linkset"][0]["anchor"]).path
    return path.removesuffix(PATH) if path.endswith(PATH) else "/"


@pytest.fixture(scope="session")
def apis(tree: Path) -> dict[str, Api]:
    """The APIs of the tree by name."""
    return {api.name: api for api in sources.apis(tree)}


@pytest.fixture(scope="session")
def references(apis: dict[str, Api]) -> dict[str, str]:
    """The path of each API's newest reference."""
    return {name: f"{name}/{api.version}/index.html" for name, api in apis.items()}


@pytest.fixture(scope="session")
def origin(tree: Path, base: str) -> Iterator[str]:
    """The address of a server that serves the tree."""
    with browser.served(tree, base) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser, started once."""
    with sync_playwright() as playwright:
        launched = browser.launch(playwright)
        yield launched
        launched.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor at a wide screen, whose system asks for less motion."""
    visitor = chromium.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext, origin: str) -> Iterator[Page]:
    """A page; its test fails if it asked for anything outside, failed, or complained."""
    opened = context.new_page()
    seen = browser.watch(opened, origin)
    yield opened
    assert not seen


@pytest.fixture
def visit(page: Page, origin: str, references: dict[str, str]) -> Visit:
    """Opens a page by its path, or an API's newest reference by the API's name."""

    def go(path: str, fragment: str = "") -> Page:
        browser.opened(page, origin + references.get(path, path) + fragment)
        return page

    return go
