"""Searching, with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from .test_search_index import WORDS


def search(page: Page, origin: str, text: str) -> None:
    """Open the search page and write into it."""
    page.goto(f"{origin}search.html")
    page.locator("#q").focus()
    page.keyboard.type(text)


@pytest.mark.parametrize(
    ("text", "first", "api"),
    [
        ("refundAmount", "CancelRequest.refundAmount", "Bento"),
        ("API.340.100.014", "API.340.100.014", "Unzer"),
        ("missing-linked-identity", "missing-linked-identity", "PACE Pay"),
        ("/payments/{paymentId}/cancellations", "cancelPayment", "VTEX"),
        ("cancelAuthorization", "cancelAuthorization", "Unzer"),
        ("fueling delete", "cancelTransaction", "PACE Fueling"),
        ("requestid", "CancelPaymentRequest.requestId", "VTEX"),
        ("refund", "Refund", "Bento"),
        ("one day", "Repeat does no harm", "VTEX"),
        ("lost answer", "After a lost answer", "PACE Pay"),
        ("20 seconds", "update", "PACE Pay"),
        ("trap", "The trap", "PACE Pay"),
        ("postman", "Postman collection", "PACE Pay"),
        ("changelog", "Changelog", "This site"),
        ("licence", "Licence", "This site"),
        ("bearer", "bearer", "Bento"),
        ("basic", "basic", "Unzer"),
        ("418", "", ""),
    ],
)
def test_the_best_find_comes_first(
    page: Page, origin: str, text: str, first: str, api: str
) -> None:
    """Calls, paths, fields and codes of all APIs are found; what is not there is not."""
    search(page, origin, text)
    found = page.locator("#results li")
    if not first:
        expect(found).to_have_count(0)
        return
    expect(found.first.locator(".name")).to_have_text(first)
    expect(found.first.locator(".where")).to_have_text(api)


def test_the_products_own_words_are_among_the_finds(page: Page, origin: str) -> None:
    """A reader gets to see them, whatever else is found."""
    search(page, origin, "")
    missing = []
    for words, kind, label in WORDS:
        page.locator("#q").fill(words)
        shown = page.locator("#results li").evaluate_all(
            "items => items.map(item => ['.kind', '.where']"
            ".map(part => item.querySelector(part).textContent))"
        )
        if [kind, label] not in shown:
            missing.append((words, kind, label))
    assert missing == []


@pytest.mark.parametrize("word", ["cancel", "transaction", "payment"])
def test_a_call_that_is_called_so_comes_before_words_about_others(
    page: Page, origin: str, word: str
) -> None:
    """A long description that holds the word does not push the names down."""
    search(page, origin, word)
    named = [word in name.lower() for name in page.locator("#results .name").all_inner_texts()]
    assert any(named)
    assert named == sorted(named, reverse=True)


def test_a_slash_leads_to_the_search_from_every_page(page: Page, origin: str) -> None:
    """/ and a word and Enter: there are the results, and Enter again opens the first."""
    page.goto(f"{origin}unzer/index.html")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("refundAmount")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}search.html?q=refundAmount")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}bento/fields.html#field-CancelRequest.refundAmount")
    expect(page.locator(":target")).to_be_in_viewport()


def test_a_slash_in_a_text_stays_a_slash(page: Page, origin: str) -> None:
    """Paths can be typed."""
    search(page, origin, "/orders/")
    expect(page.locator("#q")).to_have_value("/orders/")
    expect(page.locator("#results .name").first).to_have_text("cancelTransaction")


def test_arrows_walk_through_the_finds_and_back(page: Page, origin: str) -> None:
    """Down enters the list, up leaves it, Enter opens what has the focus."""
    search(page, origin, "refund")
    links = page.locator("#results a")
    page.keyboard.press("ArrowDown")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    target = links.nth(0).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}{target}")


def test_the_number_of_finds_is_announced(page: Page, origin: str) -> None:
    """A screen reader hears how many, and what to do when there is none."""
    search(page, origin, "X-PROVIDER-API-AppToken")
    status = page.get_by_role("status")
    expect(status).to_have_text("1 found.")
    page.locator("#q").fill("nothing of this kind")
    expect(status).to_contain_text("Nothing found.")
    expect(page.locator("#results")).to_be_hidden()
    page.locator("#q").fill("")
    expect(status).to_have_text("")
    expect(page.locator("#everything")).to_be_visible()


def test_a_search_has_an_address(page: Page, origin: str) -> None:
    """What was searched for survives a reload and can be sent to somebody."""
    search(page, origin, "cancelPayment")
    page.wait_for_url(f"{origin}search.html?q=cancelPayment")
    page.reload()
    expect(page.locator("#q")).to_have_value("cancelPayment")
    expect(page.locator("#results .name").first).to_have_text("cancelPayment")


def test_what_is_typed_is_text(page: Page, origin: str) -> None:
    """An address cannot bring markup into the page."""
    page.goto(f"{origin}search.html?q=%3Cimg%20src%3Dx%3E")
    expect(page.locator("main img")).to_have_count(0)
    expect(page.locator("#q")).to_have_value("<img src=x>")
