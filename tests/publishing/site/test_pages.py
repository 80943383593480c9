"""Our own pages in a browser: accessibility, keyboard, layout, downloads, a disk, no scripts.

The `page` fixture fails each test on a console message, a failed request, or any request to another
address.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from specs.publishing.site import build
from tests.publishing.site import browser
from tests.publishing.site.browser import (
    DESKTOP,
    NAMES,
    ONE_NAME,
    OVERFLOW,
    PHONE,
    SCHEMES,
    opened,
    shorten,
    violations,
    violations_of_colour,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from specs.publishing.site.sources import Api
    from tests.publishing.site.conftest import Visit

OWN = (
    "index.html",
    "search.html",
    "changelog.html",
    "generators.html",
    "404.html",
    *(f"{name}/{page}.html" for name in NAMES for page in ("index", "fields")),
)
EACH = [
    pytest.param(path, marks=pytest.mark.exhaustive)
    if "/" in path and not path.startswith(ONE_NAME)
    else path
    for path in OWN
]
"""All of them; in a quick run, of the pages of an API those of one."""
FOCUSABLE = "a, button, input, [tabindex='0']"
FOCUS = f"""() => {{
  const style = getComputedStyle(document.activeElement);
  return [
    [...document.querySelectorAll("{FOCUSABLE}")].indexOf(document.activeElement),
    style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
  ];
}}"""
"""Which element has the focus, and whether it shows that."""

ROWS = """() => [...document.querySelectorAll("main li, main tr")].map(row =>
  [row, ...row.querySelectorAll("*")].map(each => each.tagName + each.className).join(" "))"""
"""The elements and classes of each row."""

MOVING = """() => [...document.querySelectorAll('*')].filter(element => {
  const style = getComputedStyle(element);
  return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0
    || style.scrollBehavior === 'smooth';
}).length"""


@pytest.mark.parametrize("path", EACH)
def test_a_page_has_no_violation_in_either_theme_and_on_a_phone(visit: Visit, path: str) -> None:
    """Neither of WCAG 2.2 at level AA nor of axe's best practices; and nothing scrolls sideways."""
    page = visit(path)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(OVERFLOW) == 0
    shorten(page)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")
        assert violations(page, "best-practice") == [], size
        page.emulate_media(color_scheme="dark")
        assert violations_of_colour(page) == [], size


@pytest.mark.parametrize("scheme", SCHEMES)
def test_search_results_have_no_violation(visit: Visit, scheme: str) -> None:
    """Neither a list of results nor the message that there are none."""
    for text in ("refund", "nothing of this kind"):
        page = visit(f"search.html?q={text}")
        shorten(page)
        page.emulate_media(color_scheme=scheme)
        assert violations(page, "best-practice") == []


def test_axe_can_fail(visit: Visit) -> None:
    """It finds a picture without a text, and grey on grey."""
    page = visit("index.html")
    page.evaluate(
        "() => { document.querySelector('.brand img').removeAttribute('alt');"
        " document.querySelector('.lead').style.setProperty('color', '#aaa'); }"
    )
    found = {line.split(":")[0] for line in violations(page)}
    assert {"image-alt", "color-contrast"} <= found
    assert {line.split(":")[0] for line in violations_of_colour(page)} == {"color-contrast"}


@pytest.mark.parametrize("path", ["search.html", "unzer/fields.html"])
def test_a_shortened_list_has_a_row_of_each_kind(visit: Visit, path: str) -> None:
    """Many rows are hidden from axe, and no combination of elements and classes."""
    page = visit(path)
    every = page.evaluate(ROWS)
    shorten(page)
    left = page.evaluate(ROWS)
    assert len(left) < len(every)
    assert {*left} == {*every}


@pytest.mark.parametrize("path", OWN)
def test_a_page_has_its_parts(visit: Visit, path: str) -> None:
    """Title, language, landmarks, headings in order, text, no motion, and a first key to skip."""
    page = visit(path)
    assert page.title()
    assert page.locator("html[lang=en]").count() == 1
    assert len(page.locator("main").inner_text()) > 80
    for role in ("banner", "main", "contentinfo", "search"):
        assert page.get_by_role(role).count() == 1, role
    assert page.get_by_role("navigation", name="APIs").count() == 1
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.evaluate(MOVING) == 0
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_landing_page_can_be_walked_with_tab_alone(visit: Visit) -> None:
    """Every link gets the focus, in the order of reading, and shows that it has it."""
    page = visit("index.html")
    for place in range(page.locator(FOCUSABLE).count()):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS) == [place, True]


@pytest.mark.parametrize("width", [1280, 1060, 1000, 820, 390])
def test_the_search_stands_at_the_right_beside_the_name(visit: Visit, width: int) -> None:
    """It never falls alone into a row of its own."""
    page = visit("index.html")
    page.set_viewport_size({"width": width, "height": 800})
    name, search, bar = (page.locator(each).bounding_box() for each in (".brand", ".find", ".bar"))
    assert name
    assert search
    assert bar
    assert abs((name["y"] + name["height"]) - (search["y"] + search["height"])) < 8
    assert bar["x"] + bar["width"] - search["x"] - search["width"] < 64


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_header_stays(visit: Visit, size: object) -> None:
    """It is in sight at the end of a page, takes little of the screen, and covers no heading."""
    page = visit("unzer/index.html")
    page.set_viewport_size(size)
    page.evaluate("document.getElementById('versions').scrollIntoView()")
    search, header = page.locator("#q"), page.locator(".top").bounding_box()
    expect(search).to_be_in_viewport()
    assert header
    assert header["y"] == 0
    assert header["height"] < size["height"] / 8
    heading = page.locator("#versions").bounding_box()
    assert heading
    assert heading["y"] >= header["height"]


def test_code_is_copied(context: BrowserContext, visit: Visit, references: dict[str, str]) -> None:
    """With a button beside each block and each address, which says so; as the file has it."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit("index.html")
    assert page.locator("pre").count() == page.locator(".code .copy").count() == 1
    page.get_by_role("button", name="Copy x-countermand as YAML").click()
    expect(page.locator(".copy")).to_contain_text("Copied")
    copied = "navigator.clipboard.readText()"
    assert page.evaluate(copied) == page.locator("pre code").text_content()
    page.clock.install()
    page = visit(references["vtex"])
    page.get_by_role("button", name="Copy https://{providerApiEndpoint}").press("Enter")
    expect(page.locator(".copy")).to_contain_text("Copied")
    assert page.evaluate(copied) == "https://{providerApiEndpoint}"
    page.clock.fast_forward(2_000)
    expect(page.locator(".copy")).not_to_contain_text("Copied")
    # A page without TLS has no clipboard of this kind.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate(
        "window.copied = ''; document.execCommand = () => { window.copied = "
        "String(window.getSelection()); }"
    )
    page.locator(".copy").click()
    assert page.evaluate("window.copied") == "https://{providerApiEndpoint}"


def test_tables_and_tabs_on_a_phone(visit: Visit, apis: dict[str, Api]) -> None:
    """Rows become cards to the eye only, and the tabs of an API stand in one row."""
    page = visit("index.html")
    page.set_viewport_size(PHONE)
    for api in apis.values():
        row = page.get_by_role("row").filter(has_text=api.label)
        assert row.first.get_by_role("cell").count() == 4
    page = visit("vtex/index.html")
    boxes = [each.bounding_box() for each in page.locator(".local a").all()]
    assert len({box["y"] for box in boxes if box}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_downloads_are_the_files_byte_for_byte(visit: Visit, tree: Path, name: str) -> None:
    """What a reader saves is what was published, and its checksum is the one on the page."""
    page = visit(f"{name}/index.html")
    rows = page.locator("table.files tbody tr").all()
    assert len(rows) == 8
    for row in rows:
        link = row.get_by_role("link")
        # An address of a type that browsers show is saved only where the link says so.
        link.evaluate("element => element.setAttribute('download', '')")
        with page.expect_download() as waiting:
            link.click()
        saved = Path(waiting.value.path()).read_bytes()
        target = str(link.get_attribute("href"))
        assert saved == (tree / name / target).read_bytes()
        assert hashlib.sha256(saved).hexdigest() == row.locator(".sum").inner_text()


@pytest.mark.parametrize("base", ["/", "/specs/"])
def test_a_missing_address_shows_a_page_that_leads_on(
    context: BrowserContext, tree: Path, tmp_path: Path, base: str
) -> None:
    """It has its styles at any depth, also in a tree that is built for a path, as for Pages."""
    moved = Path(shutil.copytree(tree, tmp_path / "tree"))
    build.build(moved, base=base)
    with browser.served(moved, base) as origin:
        assert context.request.get(f"{origin.removesuffix('specs/')}nowhere").status == 404
        page = context.new_page()
        complaints = browser.watch(page, origin)
        answer = page.goto(f"{origin}unzer/9.9.9/nowhere.html")
        assert answer is not None
        assert answer.status == 404
        page.get_by_role("main").get_by_role("link", name="All APIs").click()
        page.wait_for_url(f"{origin}index.html")
        # The browser itself reports the status of the page that was asked for, and nothing else.
        assert len(complaints) == 2
        assert all("404" in each for each in complaints)


def test_the_site_opens_from_a_disk(
    context: BrowserContext, tree: Path, references: dict[str, str]
) -> None:
    """Unpacked into a folder and opened without any server, everything works: search, Redoc."""
    origin = tree.as_uri() + "/"
    disk = context.new_page()
    seen = browser.watch(disk, origin)
    disk.goto(origin + "index.html")
    disk.locator("#q").fill("refundAmount")
    disk.locator("#q").press("Enter")
    disk.wait_for_url("**/search.html?q=refundAmount")
    assert disk.locator("#results .name").first.inner_text() == "CancelRequest.refundAmount"
    opened(disk, origin + references["bento"])
    assert disk.locator('[id="operation/cancelTransaction"]').count() == 1
    assert seen == []


def test_without_scripts_the_search_is_a_list_and_the_reference_says_where_to_go(
    chromium: Browser, origin: str, tree: Path, references: dict[str, str]
) -> None:
    """What can be read without scripts can be read."""
    visitor = chromium.new_context(java_script_enabled=False)
    plain = visitor.new_page()
    seen = browser.watch(plain, origin)
    plain.goto(f"{origin}search.html?q=refund")
    listed = json.loads((tree / "search.json").read_text(encoding="utf-8"))
    assert plain.locator("#everything .results a:visible").count() == len(listed)
    plain.goto(origin + references["vtex"])
    plain.get_by_role("main").get_by_role("link", name="fields and codes", exact=True).click()
    assert plain.locator("h1").inner_text() == "Fields and codes"
    assert seen == []
    visitor.close()


def test_the_watch_can_fail(context: BrowserContext, origin: str) -> None:
    """A request to elsewhere, a missing file, a script's error and a message: each is reported."""
    spoilt = context.new_page()
    seen = browser.watch(spoilt, origin)
    spoilt.goto(f"{origin}LICENSES/MIT.txt")
    spoilt.evaluate(
        "() => { for (const source of ['https://outside.example/x.png', 'nowhere.png']) {"
        " const image = new Image(); image.src = source; document.body.append(image); }"
        " console.error('a message'); setTimeout(() => { throw new Error('a fault'); }); }"
    )
    spoilt.wait_for_load_state("networkidle")
    for kind in ("outside: https://outside.example/x.png", "404: ", "console: a mess", "script: a"):
        assert any(each.startswith(kind) for each in seen), kind
