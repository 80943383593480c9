"""The published tree, built once, and a browser that can reach nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from publishing.publish import publish
from publishing.site import browser, sources
from publishing.site.sources import Api


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of what `python -m publishing.publish` builds."""
    out = tmp_path_factory.mktemp("published") / "specs"
    publish(out)
    return out


@pytest.fixture(scope="session")
def apis(tree: Path) -> tuple[Api, ...]:
    """The APIs of the tree."""
    return sources.apis(tree)


@pytest.fixture(scope="session")
def origin(tree: Path) -> Iterator[str]:
    """The address of a server that serves the tree."""
    with browser.served(tree) as address:
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
