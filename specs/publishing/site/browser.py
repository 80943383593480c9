"""A real browser without a network: headless Chromium that may speak to one address only."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
from playwright.sync_api import Browser, Page, Playwright, Route

from specs.publishing.site import serve

DEBIAN: Final = "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class MissingBrowserError(Exception):
    """There is no Chromium to drive."""


def executable() -> str:
    """The browser's path: what $CHROMIUM names, or Debian's.

    Raises:
        MissingBrowserError: neither is there; the message says what to install.
    """
    wanted = os.environ.get("CHROMIUM", DEBIAN)
    found = shutil.which(wanted)
    if found is None:
        raise MissingBrowserError(
            f"no Chromium at {wanted}; install Debian's package (apt-get install chromium),"
            " or let CHROMIUM name another one"
        )
    return found


def launch(playwright: Playwright) -> Browser:
    """Start the browser.

    Raises:
        MissingBrowserError: it is not installed.
    """
    return playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))


@contextmanager
def served(tree: Path, base: str = "/") -> Iterator[str]:
    """Serve a built tree on loopback, below the path that it was built for; give its address."""
    with serve.server(tree, base=base) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{base}"
        finally:
            server.shutdown()
            thread.join()


@attrs.define
class Watch:
    """What a page did that a page of ours must not do."""

    origin: str
    outside: list[str] = attrs.field(factory=list)
    failed: list[str] = attrs.field(factory=list)
    errors: list[str] = attrs.field(factory=list)

    def complaints(self) -> list[str]:
        """Everything, as one list."""
        return [*self.outside, *self.failed, *self.errors]


def watch(page: Page, origin: str) -> Watch:
    """Refuse a page every address but `origin`, and note what goes wrong on it."""
    seen = Watch(origin)

    def route(wanted: Route) -> None:
        if wanted.request.url.startswith(origin):
            wanted.continue_()
        else:
            seen.outside.append(f"asked for {wanted.request.url}")
            wanted.abort()

    page.route("**/*", route)
    page.on(
        "requestfailed",
        # The browser itself gives a request up when its page is left or it becomes a download.
        lambda request: (
            seen.failed.append(f"{request.failure}: {request.url}")
            if request.failure != "net::ERR_ABORTED"
            else None
        ),
    )
    page.on(
        "response",
        lambda answer: (
            seen.failed.append(f"{answer.status}: {answer.url}")
            if answer.status >= 400  # noqa: PLR2004 - where HTTP's errors begin
            else None
        ),
    )
    page.on("pageerror", lambda error: seen.errors.append(f"script: {error}"))
    page.on(
        "console",
        lambda message: (
            seen.errors.append(f"console: {message.text}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    return seen


def settle(page: Page) -> None:
    """Wait until the reference is there, where the page has one."""
    if page.locator("#reference").count():
        page.wait_for_selector('#reference[aria-busy="false"] [id^="operation/"]')
