"""Pictures for people."""

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from specs.publishing.site import browser, screenshots


def test_six_pictures_are_taken(chromium: Browser, tree: Path, tmp_path: Path) -> None:
    """The landing page and a reference, each on a desk, on a phone and in the dark."""
    taken = screenshots.take(chromium, tree, tmp_path)
    assert [path.stem for path in taken] == [
        f"{page}-{kind}"
        for page in ("landing", "reference")
        for kind in ("desktop", "phone", "dark")
    ]
    for path in taken:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        screen = 844 if "phone" in path.stem else 900
        width, height = struct.unpack(">II", content[16:24])
        assert width == (390 if "phone" in path.stem else 1280)
        assert height == screen if "reference" in path.stem else height > screen


def test_a_missing_browser_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is skipped for want of a browser: it fails, and says what to install."""
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(browser.MissingBrowserError, match="apt-get install chromium"):
        browser.executable()
