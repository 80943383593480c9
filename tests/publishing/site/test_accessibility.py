"""For everybody: axe-core, the keyboard, and what a screen reader is told."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from specs.publishing import node
from specs.publishing.site import browser
from specs.publishing.site.sources import Api

from .test_pages_in_a_browser import NAMES, OWN, edition, opened

AXE = node.FOLDER / "node_modules/axe-core/axe.min.js"
LEVEL_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES: Any = ["light", "dark"]
MOUSE_ONLY = """() => {
  const focusable = "a[href], button, select, input, label, [role='tab'], [tabindex='0']";
  const pointed = (element) => getComputedStyle(element).cursor === "pointer";
  return [...document.querySelectorAll("#reference *")]
    .filter((element) => pointed(element) && !pointed(element.parentElement))
    .filter((element) => !element.closest(focusable) && !element.querySelector(focusable))
    .map((element) => element.outerHTML.slice(0, 200));
}"""
"""What shows the pointing hand and neither is, nor is in, nor holds what can have the focus."""

PHONE = 800
"""The width below which the reference's menu is behind a button."""


def violations(page: Page, tags: list[str]) -> list[str]:
    """What axe finds on the page as it is, one line for each element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, { runOnly: tags })", tags)
    return [
        f"{each['id']}: {element['html'][:120]}"
        for each in found["violations"]
        for element in each["nodes"]
    ]


def unfold(page: Page) -> None:
    """Open everything in a reference that can be opened, and what that brings to light."""
    path = "#reference button:has(> .http-verb)"
    folded = '#reference [aria-expanded="false"]:not([aria-controls]):not(:has(> .http-verb))'
    page.locator(folded).last.wait_for()
    for _ in range(40):
        if not page.locator(folded).count():
            break
        page.locator(folded).evaluate_all("all => all.forEach(element => element.click())")
        page.wait_for_timeout(50)
    expect(page.locator(folded)).to_have_count(0)
    # Its list of addresses folds itself up again when the focus goes elsewhere.
    page.locator(path).first.press("Enter")
    expect(page.locator(path).first).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", OWN)
def test_our_pages_have_no_violation(page: Page, origin: str, path: str, scheme: Any) -> None:
    """Neither of WCAG 2.2 at level AA nor of axe's best practices, light or dark."""
    page.emulate_media(color_scheme=scheme)
    opened(page, origin + path)
    assert violations(page, [*LEVEL_AA, "best-practice"]) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_no_violation_of_level_aa(
    page: Page, origin: str, apis: tuple[Api, ...], name: str, scheme: Any, width: int
) -> None:
    """What Redoc renders keeps to WCAG 2.2 at level AA as well, folded and unfolded."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    opened(page, origin + edition(apis, name)[0])
    assert violations(page, LEVEL_AA) == []
    unfold(page)
    assert violations(page, LEVEL_AA) == []
    if width < PHONE:
        page.get_by_role("button", name="Calls").press("Enter")
        assert violations(page, LEVEL_AA) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_our_pages_have_no_violation_on_a_phone(page: Page, origin: str, scheme: Any) -> None:
    """Rows that become cards, and what is folded away there, are held to the same."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for path in OWN:
        opened(page, origin + path)
        assert violations(page, [*LEVEL_AA, "best-practice"]) == [], path


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


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            break
    expect(wanted).to_be_focused()


def test_the_menu_of_the_reference_works_with_the_keyboard(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """An operation in Redoc's menu is reached with Tab and opened with Enter."""
    path, _ = edition(apis, "unzer")
    opened(page, origin + path)
    tab_to(page, page.get_by_role("menuitem", name="Get a payment"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}{path}#operation/getPayment")


def test_who_may_call_is_reached_with_the_keyboard(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """VTEX's header names are behind a control that says what it is and whether it is open."""
    opened(page, origin + edition(apis, "vtex")[0])
    control = page.get_by_role("button", name="Authorizations")
    expect(control).to_have_attribute("aria-expanded", "false")
    header = page.locator("#reference").get_by_text("X-VTEX-API-AppKey", exact=True)
    expect(header).to_have_count(0)
    tab_to(page, control)
    for key, state in (("Enter", "true"), (" ", "false"), (" ", "true")):
        page.keyboard.press(key)
        expect(control).to_have_attribute("aria-expanded", state)
        expect(header).to_have_count(1 if state == "true" else 0)


def test_the_menu_on_a_phone_is_reached_with_the_keyboard(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """Its button has a name, tells whether it is open, and leads into the menu and back."""
    path, _ = edition(apis, "unzer")
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, origin + path)
    control = page.get_by_role("button", name="Calls")
    items = page.locator("#reference").get_by_role("menuitem")
    expect(items.first).to_be_hidden()
    control.focus()
    page.keyboard.press(" ")
    expect(control).to_have_attribute("aria-expanded", "true")
    expect(items.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(control).to_have_attribute("aria-expanded", "false")
    expect(control).to_be_focused()
    page.keyboard.press("Enter")
    items.filter(has_text="Get a payment").press("Enter")
    page.wait_for_url(f"{origin}{path}#operation/getPayment")
    expect(control).to_have_attribute("aria-expanded", "false")
    expect(control).to_be_focused()


def test_controls_that_come_later_are_reached_too(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """When the system turns dark the reference is drawn anew, and its controls are mended anew."""
    opened(page, origin + edition(apis, "bento")[0])
    page.emulate_media(color_scheme="dark")
    browser.settle(page)
    control = page.get_by_role("button", name="Authorizations")
    expect(control).to_have_attribute("aria-expanded", "false")
    control.press("Enter")
    expect(control).to_have_attribute("aria-expanded", "true")
    # A mouse goes another way into Redoc, and is followed.
    control.click()
    expect(control).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_mouse_can_press_in_the_reference_a_keyboard_can(
    page: Page, origin: str, apis: tuple[Api, ...], name: str, width: int
) -> None:
    """Nothing shows the pointing hand without the focus; what a new Redoc brings is noticed."""
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, origin + edition(apis, name)[0])
    unfold(page)
    assert page.evaluate(MOUSE_ONLY) == []


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
