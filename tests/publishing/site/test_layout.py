"""What a reader with eyes would object to."""

from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page

from specs.publishing.site.sources import Api

from .test_pages_in_a_browser import NAMES, edition, opened

WIDTHS = (1280, 1060, 1000, 820, 390)


def box(found: Locator) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an element."""
    place = found.bounding_box()
    assert place
    return place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_search_stands_at_the_right_beside_the_name(
    page: Page, origin: str, width: int
) -> None:
    """It never falls alone into a row of its own."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{origin}index.html")
    name, search, bar = (box(page.locator(each)) for each in (".brand", ".find", ".bar"))
    assert abs((name[1] + name[3]) - (search[1] + search[3])) < 8
    assert bar[2] - search[2] < 64


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_paths_are_shown_whole(
    page: Page, origin: str, apis: tuple[Api, ...], name: str, width: int
) -> None:
    """No path ends in dots: it goes on in the next line, after a slash."""
    path, shown = edition(apis, name)
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, origin + path)
    paths = page.locator("#reference button > .http-verb + span")
    assert paths.all_inner_texts() == [
        operation.path for operation in sorted(shown.operations, key=lambda o: not o.facts.cancels)
    ]
    cut = paths.evaluate_all(
        "all => all.filter(each => getComputedStyle(each).whiteSpace === 'nowrap'"
        " || each.scrollWidth > each.clientWidth + 1)"
        ".map(each => each.textContent)"
    )
    assert cut == []
    assert paths.first.locator("wbr").count() > 1


def test_what_the_reference_begins_with_is_kept_apart(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """The licence, the summary and the description do not run together."""
    opened(page, origin + edition(apis, "unzer")[0])
    blocks = page.locator("#reference .api-info > div").all()
    assert len(blocks) > 2
    for above, below in pairwise(blocks):
        assert box(below.locator("p, span, a").first)[1] - box(above)[3] >= 8


def test_headings_of_samples_are_kept_apart(page: Page, origin: str, apis: tuple[Api, ...]) -> None:
    """The second list of samples does not stick to the first."""
    opened(page, origin + edition(apis, "unzer")[0])
    heading = page.get_by_role("heading", name="Response samples").first
    above = heading.locator("xpath=../preceding-sibling::div[1]")
    assert box(heading)[1] - box(above)[3] >= 16


def test_each_form_is_saved_under_its_own_name(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """The YAML is not saved as openapi.json."""
    opened(page, origin + edition(apis, "bento")[0])
    for title in ("YAML", "JSON"):
        link = page.locator("#reference").get_by_role("link", name=title, exact=True)
        with page.expect_download() as waiting:
            link.click()
        assert waiting.value.suggested_filename == f"openapi.{title.lower()}"


def test_the_tabs_of_an_api_stand_in_one_row_on_a_phone(page: Page, origin: str) -> None:
    """All three are seen to be alternatives."""
    page.set_viewport_size({"width": 390, "height": 740})
    opened(page, f"{origin}vtex/index.html")
    assert len({box(each)[1] for each in page.locator(".local a").all()}) == 1
