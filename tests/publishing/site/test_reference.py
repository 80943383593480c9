"""The reference, which Redoc draws: content, colours, accessibility, keyboard, layout."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from specs.publishing.site import facts_text
from tests.publishing.site.browser import (
    DESKTOP,
    EACH_NAME,
    NAMES,
    OVERFLOW,
    PHONE,
    violations,
    violations_but_of_colour,
    violations_of_colour,
)

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.site.sources import Api
    from tests.publishing.site.conftest import Visit

MOUSE_ONLY = """() => {
  const focusable = "a[href], button, select, input, label, summary, [role='tab'], [tabindex='0']";
  const pointed = (element) => getComputedStyle(element).cursor === "pointer";
  return [...document.querySelectorAll("#reference *")]
    .filter((element) => pointed(element) && !pointed(element.parentElement))
    .filter((element) => !element.closest(focusable) && !element.querySelector(focusable))
    .map((element) => element.outerHTML.slice(0, 200));
}"""
"""What shows the pointing hand and neither is, nor is in, nor holds what can have the focus."""

CUT = """all => all.filter(each => getComputedStyle(each).whiteSpace === 'nowrap'
  || each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"""


def unfold(page: Page) -> None:
    """Open everything in a reference that can be opened, and everything within that."""
    page.locator("#reference details").evaluate_all("all => all.forEach(e => { e.open = true; })")
    path = "#reference button:has(> .http-verb)"
    folded = '#reference [aria-expanded="false"]:not([aria-controls]):not(:has(> .http-verb))'
    page.locator(folded).last.wait_for()
    for _ in range(40):
        if not page.locator(folded).count():
            break
        page.locator(folded).evaluate_all("all => all.forEach(element => element.click())")
        page.wait_for_timeout(50)
    expect(page.locator(folded)).to_have_count(0)
    # The sample with the most colours.
    page.get_by_role("tab", name="TypeScript").first.click()
    # Its list of addresses folds itself up again when the focus goes elsewhere.
    page.locator(path).first.press("Enter")
    expect(page.locator(path).first).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("name", EACH_NAME)
def test_the_reference_is_accessible(page: Page, visit: Visit, name: str) -> None:
    """WCAG 2.2 at level AA, folded and unfolded, wide and on a phone; no control for mice only.

    Colours are the same at each width, and axe spends most of its time with them.
    """
    visit(name)
    assert violations_but_of_colour(page) == []
    page.set_viewport_size(PHONE)
    menu = page.get_by_role("button", name="Calls")
    menu.press("Enter")
    assert violations(page) == []
    page.keyboard.press("Escape")
    unfold(page)
    assert violations_but_of_colour(page) == []
    assert page.evaluate(MOUSE_ONLY) == []
    page.set_viewport_size(DESKTOP)
    assert violations(page) == []
    assert page.evaluate(MOUSE_ONLY) == []


@pytest.mark.parametrize("name", EACH_NAME)
def test_the_reference_has_enough_contrast_in_the_dark(page: Page, visit: Visit, name: str) -> None:
    """Folded and unfolded, and in the menu of a phone."""
    page.emulate_media(color_scheme="dark")
    visit(name)
    page.set_viewport_size(PHONE)
    menu = page.get_by_role("button", name="Calls")
    menu.press("Enter")
    assert violations_of_colour(page) == []
    page.keyboard.press("Escape")
    page.set_viewport_size(DESKTOP)
    unfold(page)
    assert violations_of_colour(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_shows_every_operation_with_its_facts_in_words(
    visit: Visit, apis: dict[str, Api], name: str
) -> None:
    """Each operation has its section, its path and answers, and the sentence about a repeat.

    Redoc adds no visible link of its own to another host.
    """
    page = visit(name)
    assert page.locator("h1").count() == 1
    for operation in apis[name].operations:
        text = page.locator(f'[id="operation/{operation.id}"]').inner_text()
        repeated = facts_text.repeated(operation.facts).replace("`", "")
        for wanted in (operation.summary, operation.path, repeated, *operation.responses):
            assert wanted in text
    said = json.dumps(apis[name].document)
    links = page.locator("#reference a[href^=http]:visible").all()
    addresses = {str(link.evaluate("element => element.href")) for link in links}
    outside = {each for each in addresses if not each.startswith("http://127.0.0.1")}
    assert {each for each in outside if each.rstrip("/") not in said} == set()


@pytest.mark.parametrize("name", EACH_NAME)
def test_the_reference_of_an_earlier_version_says_that_it_is_one(
    visit: Visit, apis: dict[str, Api], name: str
) -> None:
    """It stays readable, and leads to the newest one."""
    api = apis[name]
    newest = f"/{name}/{api.version}/index.html"
    for earlier in api.versions[1:]:
        page = visit(f"{name}/{earlier.version}/index.html")
        for operation in earlier.operations:
            assert page.locator(f'[id="operation/{operation.id}"]').count() == 1
        note = page.locator("main .old").get_by_role("link", name=api.version, exact=True)
        assert newest in str(note.get_attribute("href"))
    if api.versions[1:]:
        note.click()
        page.wait_for_url(f"**{newest}**")
        assert page.locator("main .old").count() == 0


@pytest.mark.parametrize("name", EACH_NAME)
def test_the_reference_follows_the_system_into_the_dark_and_back(visit: Visit, name: str) -> None:
    """The page and Redoc's panels turn dark together, without a reload."""
    page = visit(name)
    heading = "getComputedStyle(document.querySelector('#reference h1')).color"
    light = page.evaluate(heading)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => {heading} !== before", arg=light)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"before => {heading} === before", arg=light)


@pytest.mark.parametrize("fragment", ["operation/getPayment", "%", "%E0%A4%A", "no/such/place"])
def test_a_link_into_the_reference_shows_its_operation(
    visit: Visit, apis: dict[str, Api], fragment: str
) -> None:
    """A reader lands at the operation; with a wrong fragment the page begins at its top."""
    page = visit("unzer", f"#{fragment}")
    for operation in apis["unzer"].operations:
        assert page.locator(f'[id="operation/{operation.id}"]').count() == 1
    if fragment.startswith("operation/"):
        page.wait_for_function(
            "id => { const edge = document.querySelector('.top').getBoundingClientRect().bottom;"
            " return edge > 0"
            " && Math.abs(document.getElementById(id).getBoundingClientRect().top - edge) < 20; }",
            arg=fragment,
        )


def test_a_read_that_is_named_in_a_warning_is_one_click_away(visit: Visit) -> None:
    """In the same reference, and from PACE Fueling in PACE Pay's."""
    page = visit("unzer")
    box = page.locator('[id="operation/cancelPayment"] .fact')
    box.get_by_role("link", name="getPayment", exact=True).click()
    # Not the address: Redoc writes into it what it takes the reader to look at.
    expect(page.locator('[id="operation/getPayment"]')).to_be_in_viewport(timeout=30_000)
    page = visit("pace-fueling")
    page.locator(".fact").get_by_role("link", name="getTransaction").click()
    page.wait_for_url("**/pace-pay/*/index.html#operation/getTransaction")
    page.wait_for_selector('#reference[aria-busy="false"] [id^="operation/"]')


@pytest.mark.parametrize("name", EACH_NAME)
def test_the_reference_offers_the_original_document(
    visit: Visit, tree: Path, apis: dict[str, Api], name: str
) -> None:
    """Redoc's buttons save the published files, without our sentences, each under its name."""
    page = visit(name)
    for title in ("YAML", "JSON"):
        link = page.locator("#reference").get_by_role("link", name=title, exact=True)
        with page.expect_download() as waiting:
            link.click()
        file = f"openapi.{title.lower()}"
        assert waiting.value.suggested_filename == file
        published = tree / name / apis[name].version / file
        assert waiting.value.path().read_bytes() == published.read_bytes()


@pytest.mark.parametrize("name", EACH_NAME)
def test_paths_are_shown_whole(visit: Visit, apis: dict[str, Api], name: str) -> None:
    """No path ends in dots: it goes on in the next line, after a slash; nothing is too wide."""
    page = visit(name)
    paths = page.locator("#reference button > .http-verb + span")
    operations = sorted(apis[name].operations, key=lambda each: not each.facts.cancels)
    assert paths.all_inner_texts() == [operation.path for operation in operations]
    assert paths.first.locator("wbr").count() > 1
    for width in (1280, 1060, 1000, 820, 390, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert paths.evaluate_all(CUT) == []
    assert page.evaluate(OVERFLOW) == 0


def edges(found: Locator) -> tuple[float, float]:
    """The upper and the lower edge of an element."""
    box = found.bounding_box()
    assert box
    return box["y"], box["y"] + box["height"]


def test_blocks_are_kept_apart(visit: Visit) -> None:
    """Licence, summary and description do not run together, nor do the lists of samples."""
    page = visit("unzer")
    blocks = page.locator("#reference .api-info > div").all()
    assert len(blocks) > 2
    for above, below in pairwise(blocks):
        assert edges(below.locator("p, span, a").first)[0] - edges(above)[1] >= 8
    heading = page.get_by_role("heading", name="Response samples").first
    above = heading.locator("xpath=../preceding-sibling::div[1]")
    assert edges(heading)[0] - edges(above)[1] >= 16


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            break
    expect(wanted).to_be_focused()


def test_the_menu_works_with_the_keyboard(visit: Visit) -> None:
    """An operation in Redoc's menu is reached with Tab and opened with Enter."""
    page = visit("unzer")
    tab_to(page, page.get_by_role("menuitem", name="Get a payment"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/unzer/*/index.html#operation/getPayment")


def test_the_credentials_are_reached_with_the_keyboard(visit: Visit) -> None:
    """VTEX's header names are behind a control that says what it is and whether it is open."""
    page = visit("vtex")
    control = page.get_by_role("button", name="Authorizations")
    expect(control).to_have_attribute("aria-expanded", "false")
    header = page.locator("#reference").get_by_text("X-VTEX-API-AppKey", exact=True)
    expect(header).to_have_count(0)
    tab_to(page, control)
    for key, state in (("Enter", "true"), (" ", "false"), (" ", "true")):
        page.keyboard.press(key)
        expect(control).to_have_attribute("aria-expanded", state)
        expect(header).to_have_count(1 if state == "true" else 0)


def test_the_menu_on_a_phone_is_reached_with_the_keyboard(visit: Visit) -> None:
    """Its button has a name, shows whether it is open, and leads into the menu and back."""
    page = visit("unzer")
    page.set_viewport_size(PHONE)
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
    expect(page).to_have_url(re.compile(r"/unzer/[^/]*/index\.html#operation/getPayment$"))
    expect(control).to_have_attribute("aria-expanded", "false")
    expect(control).to_be_focused()


def test_controls_that_are_drawn_later_are_reached_too(visit: Visit) -> None:
    """When the system turns dark, the reference is drawn anew, and its controls work again."""
    page = visit("bento")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector('#reference[aria-busy="false"] [id^="operation/"]')
    control = page.get_by_role("button", name="Authorizations").first
    expect(control).to_have_attribute("aria-expanded", "false")
    control.press("Enter")
    expect(control).to_have_attribute("aria-expanded", "true")
    # A mouse goes another way into Redoc.
    control.click()
    expect(control).to_have_attribute("aria-expanded", "false")
