"""The site in a real browser that can reach nothing but the site.

The `page` fixture ends each test red on a console message, a failed request, or any request to
another address.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from specs.publishing.site import browser, build, words
from specs.publishing.site.sources import Api, Edition
from specs.publishing.snapshots import ROOT

NAMES = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
OWN = (
    "index.html",
    "search.html",
    "changelog.html",
    "404.html",
    *(f"{name}/{page}.html" for name in NAMES for page in ("index", "fields")),
)
PHONE: Any = {"width": 360, "height": 740}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def edition(apis: tuple[Api, ...], name: str) -> tuple[str, Edition]:
    """The path of an API's newest reference, and what it is made of."""
    api = next(api for api in apis if api.name == name)
    return f"{name}/{api.version}/index.html", api.newest


def opened(page: Page, address: str) -> None:
    """Go to an address and wait until everything is there."""
    page.goto(address)
    browser.settle(page)


@pytest.mark.parametrize("path", OWN)
def test_every_page_opens_without_a_complaint(page: Page, origin: str, path: str) -> None:
    """It has one main heading, a title, a language, and something to read."""
    opened(page, origin + path)
    assert page.locator("h1").count() == 1
    assert page.title()
    assert page.locator("html[lang=en]").count() == 1
    assert len(page.locator("main").inner_text()) > 80


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_shows_every_operation_with_its_facts_in_words(
    page: Page, origin: str, apis: tuple[Api, ...], name: str
) -> None:
    """Each operation has its section, its path and answers, and the sentence about a repeat."""
    path, shown = edition(apis, name)
    opened(page, origin + path)
    for operation in shown.operations:
        section = page.locator(f'[id="operation/{operation.id}"]')
        assert section.count() == 1
        text = section.inner_text()
        assert operation.summary in text
        assert operation.path in text
        assert words.repeated(operation.facts).replace("`", "") in text
        for status in operation.node["responses"]:
            assert status in text


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_leads_out_only_where_the_specification_does(
    page: Page, origin: str, apis: tuple[Api, ...], name: str
) -> None:
    """Redoc adds no visible link of its own to another host."""
    path, shown = edition(apis, name)
    opened(page, origin + path)
    said = json.dumps(shown.document)
    links = page.locator("#reference a[href^=http]:visible").all()
    addresses = {str(link.evaluate("element => element.href")) for link in links}
    outside = {each for each in addresses if not each.startswith(origin)}
    assert {each for each in outside if each.rstrip("/") not in said} == set()


def test_the_reference_of_an_earlier_version_says_that_it_is_one(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """It stays readable, and leads to the newest one."""
    for api in apis:
        for earlier in api.editions[1:]:
            opened(page, f"{origin}{api.name}/{earlier.version}/index.html")
            for operation in earlier.operations:
                assert page.locator(f'[id="operation/{operation.id}"]').count() == 1
            note = page.locator("main .old").get_by_role("link", name=api.version, exact=True)
            note.click()
            page.wait_for_url(f"{origin}{edition(apis, api.name)[0]}**")
            assert page.locator("main .old").count() == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_follows_the_system_into_the_dark_and_back(
    page: Page, origin: str, apis: tuple[Api, ...], name: str
) -> None:
    """The page and Redoc's panels turn dark together, without a reload."""
    opened(page, origin + edition(apis, name)[0])
    heading = "getComputedStyle(document.querySelector('#reference h1')).color"
    light = page.evaluate(heading)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => {heading} !== before", arg=light)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"before => {heading} === before", arg=light)


def test_a_link_into_the_reference_shows_its_operation(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """Whoever follows a fragment lands at the operation, not at the top."""
    path, _ = edition(apis, "unzer")
    opened(page, f"{origin}{path}#operation/getPayment")
    page.wait_for_function(
        "() => Math.abs(document.getElementById('operation/getPayment')"
        ".getBoundingClientRect().top) < 80"
    )


@pytest.mark.parametrize("fragment", ["%", "%E0%A4%A", "no/such/place"])
def test_an_address_that_leads_nowhere_shows_the_reference_all_the_same(
    page: Page, origin: str, apis: tuple[Api, ...], fragment: str
) -> None:
    """Whoever mistypes or cuts a link sees the page from its beginning."""
    path, shown = edition(apis, "unzer")
    opened(page, f"{origin}{path}#{fragment}")
    for operation in shown.operations:
        assert page.locator(f'[id="operation/{operation.id}"]').count() == 1


def test_a_read_named_in_a_warning_is_one_click_away(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """What a warning tells to ask first is a link to it."""
    path, _ = edition(apis, "unzer")
    opened(page, origin + path)
    box = page.locator('[id="operation/cancelPayment"] .fact')
    box.get_by_role("link", name="getPayment", exact=True).click()
    # Not the address: Redoc writes into it what it takes the reader to look at.
    expect(page.locator('[id="operation/getPayment"]')).to_be_in_viewport(timeout=30_000)


def test_a_read_at_another_api_is_one_click_away(
    page: Page, origin: str, apis: tuple[Api, ...]
) -> None:
    """PACE Fueling's read is in PACE Pay's reference."""
    path, _ = edition(apis, "pace-fueling")
    opened(page, origin + path)
    page.locator(".fact").get_by_role("link", name="getTransaction").click()
    page.wait_for_url(f"{origin}pace-pay/*/index.html#operation/getTransaction")
    browser.settle(page)


@pytest.mark.parametrize("name", NAMES)
def test_downloads_are_the_files_byte_for_byte(
    page: Page, origin: str, tree: Path, name: str
) -> None:
    """What a reader saves is what was published, and its checksum is the one on the page."""
    opened(page, f"{origin}{name}/index.html")
    rows = page.locator("table.files tbody tr").all()
    assert len(rows) == 6
    for row in rows:
        link = row.get_by_role("link")
        # An address of a type that browsers show is saved only where the link says so.
        link.evaluate("element => element.setAttribute('download', '')")
        with page.expect_download() as waiting:
            link.click()
        saved = Path(waiting.value.path()).read_bytes()
        address = str(link.evaluate("element => element.href"))
        assert saved == (tree / address.removeprefix(origin)).read_bytes()
        assert hashlib.sha256(saved).hexdigest() == row.locator(".sum").inner_text()


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_offers_the_original_document(
    page: Page, origin: str, tree: Path, apis: tuple[Api, ...], name: str
) -> None:
    """Redoc's buttons give the published files, not the ones with our sentences in them."""
    path, shown = edition(apis, name)
    opened(page, origin + path)
    for title in ("YAML", "JSON"):
        link = page.locator("#reference").get_by_role("link", name=title, exact=True)
        address = str(link.evaluate("element => element.href"))
        file = f"{name}/{shown.version}/openapi.{title.lower()}"
        assert address == origin + file
        assert page.request.get(address).body() == (tree / file).read_bytes()


@pytest.mark.parametrize("path", OWN)
def test_nothing_is_wider_than_a_phone(page: Page, origin: str, path: str) -> None:
    """A page never scrolls sideways on a phone."""
    page.set_viewport_size(PHONE)
    opened(page, origin + path)
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_is_not_wider_than_a_phone(
    page: Page, origin: str, apis: tuple[Api, ...], name: str
) -> None:
    """Redoc keeps within the screen as well."""
    page.set_viewport_size(PHONE)
    opened(page, origin + edition(apis, name)[0])
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("path", ["index.html", "unzer/index.html", "search.html"])
def test_nothing_moves_for_those_who_asked_for_less_motion(
    page: Page, origin: str, path: str
) -> None:
    """With the setting on, no element has a transition or an animation."""
    opened(page, origin + path)
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter(element => {"
        " const style = getComputedStyle(element);"
        " return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0"
        " || style.scrollBehavior === 'smooth'; }).length"
    )
    assert moving == 0


def test_the_page_for_what_is_missing_has_its_styles_at_any_depth(
    context: BrowserContext, origin: str
) -> None:
    """A wrong address deep in the tree shows a whole page that leads on."""
    lost = context.new_page()
    seen = browser.watch(lost, origin)
    answer = lost.goto(f"{origin}unzer/9.9.9/nowhere.html")
    assert answer is not None
    assert answer.status == 404
    lost.get_by_role("main").get_by_role("link", name="All APIs").click()
    lost.wait_for_url(f"{origin}index.html")
    # The browser itself reports the status of the page that was asked for, and nothing else.
    assert [each for each in seen.complaints() if "404" not in each] == []
    assert len(seen.complaints()) == 2


def test_a_tree_that_is_built_for_a_path_opens_below_it(
    context: BrowserContext, tree: Path, tmp_path: Path
) -> None:
    """As a project's site on Pages does: nothing is asked for above the path, at any depth."""
    moved = Path(shutil.copytree(tree, tmp_path / "tree"))
    build.build(moved, base="/specs/")
    with browser.served(moved, "/specs/") as origin:
        assert origin.endswith("/specs/")
        assert context.request.get(origin.removesuffix("specs/")).status == 404
        below = context.new_page()
        seen = browser.watch(below, origin)
        opened(below, f"{origin}index.html")
        assert seen.complaints() == []
        below.goto(f"{origin}unzer/9.9.9/nowhere.html")
        below.get_by_role("main").get_by_role("link", name="All APIs").click()
        below.wait_for_url(f"{origin}index.html")
        assert [each for each in seen.complaints() if "404" not in each] == []


def test_the_site_opens_from_a_disk(
    context: BrowserContext, tree: Path, apis: tuple[Api, ...]
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
    opened(disk, origin + edition(apis, "bento")[0])
    assert disk.locator('[id="operation/cancelTransaction"]').count() == 1
    assert seen.complaints() == []


def test_without_scripts_the_search_is_a_list_and_the_reference_says_where_to_go(
    chromium: Browser, origin: str, tree: Path, apis: tuple[Api, ...]
) -> None:
    """What can be read without scripts can be read."""
    visitor = chromium.new_context(java_script_enabled=False)
    plain = visitor.new_page()
    seen = browser.watch(plain, origin)
    plain.goto(f"{origin}search.html?q=refund")
    listed = json.loads((tree / "search.json").read_text(encoding="utf-8"))
    assert plain.locator("#everything .results a:visible").count() == len(listed)
    plain.goto(origin + edition(apis, "vtex")[0])
    plain.get_by_role("main").get_by_role("link", name="fields and codes", exact=True).click()
    assert plain.locator("h1").inner_text() == "Fields and codes"
    assert seen.complaints() == []
    visitor.close()


def test_the_watch_notices_what_it_is_for(context: BrowserContext, origin: str) -> None:
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
    assert seen.outside == ["asked for https://outside.example/x.png"]
    assert any("404" in each for each in seen.failed)
    assert any("a message" in each for each in seen.errors)
    assert any("a fault" in each for each in seen.errors)
