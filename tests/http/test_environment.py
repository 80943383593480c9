"""The environment's proxies mean what they mean in httpx: httpx itself is the judge."""

import sys
import urllib.request
from itertools import product
from typing import Any

import httpx
import pytest

from countermand._http import environment
from countermand._http.environment import environment_proxy

URLS = (
    "http://shop.example/v1",
    "https://shop.example/v1",
    "https://www.shop.example:8443/v1",
    "https://workshop.example",
    "http://localhost:8080",
    "http://127.0.0.1:8080/",
    "http://192.168.0.7/",
    "http://[::1]:8080/",
)
EXCEPTIONS = (
    "",
    "*",
    "shop.example",
    ".shop.example",
    "Shop.Example",
    "shop.example:8443",
    "www.shop.example",
    "other.example, shop.example ,",
    "other.example,*",
    "localhost",
    "127.0.0.1",
    "127.0.0.1:8080",
    "192.168.0.0/16",
    "::1",
    "https://shop.example",
    "https://*shop.example",
    "https://*.shop.example",
    "all://shop.example",
    "http://shop.example:80",
    "example",
)
SETTINGS: tuple[dict[str, str], ...] = (
    {"HTTP_PROXY": "http://one.invalid:1"},
    {"HTTPS_PROXY": "two.invalid:2"},
    {"ALL_PROXY": "http://three.invalid:3", "https_proxy": "http://four.invalid:4"},
    {},
)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's own settings."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def chosen_by_httpx(client: Any, url: str) -> str | None:
    """The proxy that httpx takes."""
    pool = client._transport_for_url(httpx.URL(url))._pool
    found = getattr(pool, "_proxy_url", None)
    return None if found is None else f"{found.host.decode()}:{found.port}"


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: "+".join(settings) or "none")
def test_the_same_proxy_is_chosen_as_by_httpx(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every exception and every URL."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for exception in EXCEPTIONS:
        monkeypatch.setenv("NO_PROXY", exception)
        with httpx.Client(verify=False) as client:
            for url in URLS:
                ours = environment_proxy(url)
                chosen = None if ours is None else ours.removeprefix("http://")
                assert chosen == chosen_by_httpx(client, url), (exception, url)


@pytest.mark.parametrize("entry", ["shop.example:x", "http://", "[", ","])
def test_an_entry_that_means_nothing_excepts_nothing(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo in NO_PROXY stops no client."""
    monkeypatch.setenv("HTTP_PROXY", "http://one.invalid:1")
    monkeypatch.setenv("NO_PROXY", entry)
    assert environment_proxy("http://shop.example/") == "http://one.invalid:1"


@pytest.mark.parametrize(("platform", "asked"), [("linux", 0), ("darwin", 1), ("win32", 1)])
def test_other_systems_have_settings_besides_the_environment(
    platform: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only there is anything loaded without a variable."""
    calls: list[None] = []

    def found() -> dict[str, str]:
        calls.append(None)
        return {}

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(urllib.request, "getproxies", found)
    assert environment.environment_proxy("http://shop.example/") is None
    assert len(calls) == asked


def test_the_product_of_all_is_not_empty() -> None:
    """The judge has judged."""
    assert len([*product(SETTINGS, EXCEPTIONS, URLS)]) > 600
