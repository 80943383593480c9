"""Headless Chromium that can reach one address only, and a static server for that address."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing import node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import (
        Browser,
        ConsoleMessage,
        Page,
        Playwright,
        Request,
        Response,
        Route,
    )

AXE = node.FOLDER / "node_modules/axe-core/axe.min.js"
COLOURS = ["color-contrast", "link-in-text-block"]
"""Axe's rules of level AA that another theme can break; the rest is the same in both."""
LEVEL_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES: Any = ["light", "dark"]
DESKTOP: Any = {"width": 1280, "height": 900}
PHONE: Any = {"width": 390, "height": 844}
ROWS_OF_A_KIND = 8
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "specs").glob("*.yaml"))
ONE_NAME = "bento"
EACH_NAME = [
    pytest.param(name, marks=() if name == ONE_NAME else pytest.mark.exhaustive) for name in NAMES
]
"""One API whose pages are looked at in each run; those of the others in a full one."""
DEBIAN = ("chromium-headless-shell", "chromium")
"""Debian's browsers; the first one draws the same pages in two thirds of the time."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")


def launch(playwright: Playwright) -> Browser:
    """Start the browser that $CHROMIUM names, or Debian's; without one, no test is skipped."""
    wanted = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else DEBIAN
    found = next(filter(None, map(shutil.which, wanted)), None)
    assert found, (
        f"no {' or '.join(wanted)}; install Debian's package (apt-get install"
        " chromium-headless-shell), or let CHROMIUM name another browser"
    )
    return playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))


class Handler(SimpleHTTPRequestHandler):
    """A tree below a path, as a static host serves it: no listings, 404.html where nothing is."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, base: str, **options: Any) -> None:
        self.base = base
        super().__init__(*arguments, **options)

    def translate_path(self, path: str) -> str:
        """Find a file; an address above the base has none."""
        if not path.startswith(self.base):
            return str(Path(self.directory, "missing"))
        return super().translate_path(path.removeprefix(self.base))

    def list_directory(self, path: object) -> None:
        """Show no folder without a page of its own."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send the site's own page."""
        del message, explain
        content = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Log nothing."""


@contextmanager
def served(tree: Path, base: str = "/") -> Iterator[str]:
    """Serve a built tree on loopback, below the path that it was built for; yield its address."""
    handler = functools.partial(Handler, base=base, directory=str(tree.resolve()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{base}"
        finally:
            server.shutdown()
            thread.join()


def watch(page: Page, origin: str) -> list[str]:
    """Refuse a page every address but `origin`; what goes wrong on it is added to the list."""
    complaints: list[str] = []

    def route(wanted: Route) -> None:
        if wanted.request.url.startswith(origin):
            wanted.continue_()
        else:
            complaints.append(f"outside: {wanted.request.url}")
            wanted.abort()

    def request_failed(request: Request) -> None:
        # The browser itself ends a request when its page is left or it becomes a download.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.failure}: {request.url}")

    def answered(answer: Response) -> None:
        if answer.status >= 400:
            complaints.append(f"{answer.status}: {answer.url}")

    def printed(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"console: {message.text}")

    page.route("**/*", route)
    page.on("requestfailed", request_failed)
    page.on("response", answered)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("console", printed)
    return complaints


def opened(page: Page, address: str) -> None:
    """Go to an address and wait until everything is there, the reference too."""
    page.goto(address)
    if page.locator("#reference").count():
        page.wait_for_selector('#reference[aria-busy="false"] [id^="operation/"]')


SHORTEN = f"""() => {{
  const kind = (row) => [row, ...row.querySelectorAll("*")]
    .map((each) => `${{each.tagName}} ${{each.className}}`).join();
  for (const list of document.querySelectorAll("main ul, main ol, main dl, main tbody")) {{
    const seen = new Map();
    for (const row of [...list.children]) {{
      seen.set(kind(row), (seen.get(kind(row)) ?? 0) + 1);
      if (seen.get(kind(row)) > {ROWS_OF_A_KIND}) row.remove();
    }}
  }}
}}"""


def shorten(page: Page) -> None:
    """Leave a few rows of each kind in every list: axe judges each row alike, and takes its time.

    A kind is its elements with their classes; rows of one kind differ in nothing but their texts.
    """
    page.evaluate(SHORTEN)


def violations(page: Page, *tags: str) -> list[str]:
    """Axe's violations of WCAG 2.2 at level AA, and of more tags, one line for each element."""
    return _violations(page, runOnly={"type": "tag", "values": [*LEVEL_AA, *tags]})


def violations_of_colour(page: Page) -> list[str]:
    """Those of them that another theme can cause."""
    return _violations(page, runOnly={"type": "rule", "values": COLOURS})


def violations_but_of_colour(page: Page) -> list[str]:
    """Those that no theme can cause."""
    rules = {each: {"enabled": False} for each in COLOURS}
    return _violations(page, runOnly={"type": "tag", "values": LEVEL_AA}, rules=rules)


def _violations(page: Page, **options: object) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # The header stays, and covers what is scrolled beneath it.
    page.evaluate("() => scrollTo(0, 0)")
    found = page.evaluate(
        "options => axe.run(document, { ...options, resultTypes: ['violations'] })",
        options,
    )
    return [
        f"{each['id']}: {element['html'][:120]}"
        for each in found["violations"]
        for element in each["nodes"]
    ]
