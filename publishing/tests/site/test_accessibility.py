"""For everybody: axe-core, the keyboard, and what a screen reader is told."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from publishing import node
from publishing.site import browser
from publishing.site.sources import Api

from .test_pages_in_a_browser import NAMES, OWN, edition, opened

AXE = node.FOLDER / "node_modules/axe-core/axe.min.js"
LEVEL_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES: Any = ["light", "dark"]


def violations(page: Page, tags: list[str]) -> list[str]:
    """What axe finds on the page as it is, one line for each element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, { runOnly: tags })", tags)
    return [
        f"{each['id']}: {element['html'][:120]}"
        for each in found["violations"]
        for element in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", OWN)
def test_our_pages_have_no_violation(page: Page, origin: str, path: str, scheme: Any) -> None:
    """Neither of WCAG 2.2 at level AA nor of axe's best practices, light or dark."""
    page.emulate_media(color_scheme=scheme)
    opened(page, origin + path)
    assert violations(page, [*LEVEL_AA, "best-practice"]) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_no_violation_of_level_aa(
    page: Page, origin: str, apis: tuple[Api, ...], name: str, scheme: Any
) -> None:
    """What Redoc renders keeps to WCAG 2.2 at level AA as well, in our colours."""
    page.emulate_media(color_scheme=scheme)
    opened(page, origin + edition(apis, name)[0])
    assert violations(page, LEVEL_AA) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_finds_have_no_violation(page: Page, origin: str, scheme: Any) -> None:
    """Nor has the search while it shows something, or nothing."""
    page.emulate_media(color_scheme=scheme)
    for text in ("refund", "nothing of this kind"):
        page.goto(f"{origin}search.html?q={text}")
        assert violations(page, [*LEVEL_AA, "best-practice"]) == []


def test_axe_would_notice(page: Page, origin: str) -> None:
    """A picture without a text and grey on grey are found."""
    page.goto(f"{origin}index.html")
    page.evaluate(
        "() => { document.querySelector('.brand img').removeAttribute('alt');"
        " document.querySelector('.lead').style.setProperty('color', '#aaa'); }"
    )
    found = {line.split(":")[0] for line in violations(page, LEVEL_AA)}
    assert {"image-alt", "color-contrast"} <= found


def focused(page: Page) -> str:
    """The text of what has the focus."""
    return str(page.evaluate("() => document.activeElement.textContent.trim()"))


@pytest.mark.parametrize("path", OWN)
def test_the_first_key_offers_to_skip_to_the_content(page: Page, origin: str, path: str) -> None:
    """Tab and Enter, and the next thing is what the page is about."""
    page.goto(origin + path)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_landing_page_can_be_walked_with_tab_alone(page: Page, origin: str) -> None:
    """Every link gets the focus, in the order of reading, and shows that it has it."""
    page.goto(f"{origin}index.html")
    expected = page.locator("a, input, [tabindex='0']").count()
    seen = []
    for _ in range(expected):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"
        )
        assert outline, focused(page)
        seen.append(
            page.evaluate(
                "() => [...document.querySelectorAll(\"a, input, [tabindex='0']\")]"
                ".indexOf(document.activeElement)"
            )
        )
    assert seen == list(range(expected))


def test_the_menu_of_the_reference_works_with_the_keyboard(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """An operation in Redoc's menu is reached with Tab and opened with Enter."""
    path, _ = edition(apis, "unzer")
    opened(page, origin + path)
    item = page.get_by_role("menuitem", name="Get a payment")
    for _ in range(60):
        page.keyboard.press("Tab")
        if item.evaluate("element => element === document.activeElement"):
            break
    expect(item).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}{path}#operation/getPayment")


@pytest.mark.parametrize("path", OWN)
def test_pages_have_landmarks_and_headings_in_order(page: Page, origin: str, path: str) -> None:
    """A screen reader can jump: banner, navigation, search, main, footer; no level is left out."""
    page.goto(origin + path)
    for role in ("banner", "main", "contentinfo", "search"):
        assert page.get_by_role(role).count() == 1, role
    assert page.get_by_role("navigation", name="APIs").count() == 1
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_on_a_phone_is_still_a_table(page: Page, origin: str, name: str) -> None:
    """Rows become cards to the eye only."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{origin}index.html")
    label = {"pace-pay": "PACE Pay", "pace-fueling": "PACE Fueling", "vtex": "VTEX"}
    row = page.get_by_role("row").filter(has_text=label.get(name, name.title()))
    assert row.first.get_by_role("cell").count() == 4
    browser.settle(page)
