"""The published tree, built once, and a browser that can reach nothing else.

With `--tree FOLDER` it is the one of that folder, such as a release that was built elsewhere.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from specs.publishing.artefacts.catalog import PATH
from specs.publishing.publish import publish
from specs.publishing.site import browser, sources
from specs.publishing.site.sources import Api


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a folder be named."""
    parser.addoption("--tree", type=Path, help="a built tree to judge, in place of a new one")


@pytest.fixture(scope="session")
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of what `python -m specs.publishing.publish` builds, or has built."""
    # The option is not there where pytest was started above this folder.
    given: Path | None = request.config.getoption("--tree", None)
    if given is not None:
        return given.resolve()
    out = tmp_path_factory.mktemp("published") / "specs"
    publish(out)
    return out


@pytest.fixture(scope="session")
def base(tree: Path) -> str:
    """The path of the tree's root at the address that it was built for, as its catalog has it."""
    catalog = json.loads((tree / PATH).read_text(encoding="utf-8"))
    path = urlsplit(catalog["linkset"][0]["anchor"]).path
    return path.removesuffix(PATH) if path.endswith(PATH) else "/"


@pytest.fixture(scope="session")
def apis(tree: Path) -> tuple[Api, ...]:
    """The APIs of the tree."""
    return sources.apis(tree)


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
    """A visitor on a desk, whose system asks for less motion."""
    visitor = chromium.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext, origin: str) -> Iterator[Page]:
    """A page that ends its test red if it asked for anything outside, failed, or complained."""
    opened = context.new_page()
    seen = browser.watch(opened, origin)
    yield opened
    assert not seen.complaints()
