"""Pictures of the site, for people to look at: `python -m specs.publishing.site.screenshots`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from specs.publishing.site import browser, sources

DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}


class FaultyPageError(Exception):
    """A page did something that it must not do, so no picture of it is worth having."""


@attrs.frozen
class Picture:
    """One picture: its file, the page, whether all of it, and who looks at it."""

    name: str
    path: str
    whole: bool
    size: ViewportSize = attrs.field(factory=lambda: DESKTOP)
    dark: bool = False


def pictures(tree: Path) -> tuple[Picture, ...]:
    """The landing page and one reference, each on a desk, on a phone and in the dark."""
    api = max(sources.apis(tree), key=lambda each: sources.DANGER.index(each.chief().facts.repeat))
    reference = f"{api.name}/{api.version}/index.html#operation/{api.chief().id}"
    return tuple(
        picture
        for name, path, whole in (("landing", "index.html", True), ("reference", reference, False))
        for picture in (
            Picture(f"{name}-desktop", path, whole),
            Picture(f"{name}-phone", path, whole, PHONE),
            Picture(f"{name}-dark", path, whole, dark=True),
        )
    )


def take(chromium: Browser, tree: Path, out: Path) -> list[Path]:
    """Take all pictures of a built tree.

    Raises:
        FaultyPageError: a page asked for something outside, or reported an error.
    """
    out.mkdir(parents=True, exist_ok=True)
    with browser.served(tree) as origin:
        return [_take(chromium, origin, picture, out) for picture in pictures(tree)]


def _take(chromium: Browser, origin: str, picture: Picture, out: Path) -> Path:
    context = chromium.new_context(
        viewport=picture.size,
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    seen = browser.watch(page, origin)
    page.goto(origin + picture.path)
    browser.settle(page)
    target = out / f"{picture.name}.png"
    page.screenshot(path=target, full_page=picture.whole)
    context.close()
    if seen.complaints():
        raise FaultyPageError(f"{picture.path}: {'; '.join(seen.complaints())}")
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Take them, and say where they are."""
    parser = argparse.ArgumentParser(
        prog="python -m specs.publishing.site.screenshots", description=__doc__
    )
    parser.add_argument("tree", type=Path, nargs="?", default=Path("dist/specs"))
    parser.add_argument("--out", type=Path, default=Path("dist/screenshots"))
    options = parser.parse_args(arguments)
    with sync_playwright() as playwright:
        for path in take(browser.launch(playwright), options.tree, options.out):
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
