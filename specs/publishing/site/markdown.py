"""Turns the Markdown of specifications and changelogs into HTML that fits into a page."""

import itertools
import re
from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# HTML inside the Markdown is shown as text: a specification brings no markup of its own.
RENDERER: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
BRACKETS: Final = re.compile(r"^(## )\[([^\]]+)\]", re.MULTILINE)
"""The version in a heading, which Keep a Changelog writes as a link."""
FRAME: Final = '<div class="scroll" tabindex="0" role="region" aria-label="Table {}"><table>'


def block(text: str) -> Markup:
    """Paragraphs, lists and tables; a wide table gets a frame of its own in which it scrolls."""
    return _rendered(RENDERER.parse(text))


def inline(text: str) -> Markup:
    """One run of text, without a paragraph around it."""
    return Markup(RENDERER.renderInline(text.strip()))  # noqa: S704 - HTML in it is escaped


def breakable(path: str) -> Markup:
    """A path that may go on in the next line after each slash, and is copied as it is."""
    return Markup("/<wbr>").join(path.split("/"))


def sections(text: str) -> Iterator[tuple[str, Markup]]:
    """The heading of each release in a changelog, newest first, with what stands below it.

    The headings there are one level deeper, since a page shows many releases.
    """
    tokens = _tokens(text)
    starts = [at for at, token in enumerate(tokens) if _is_release(token)]
    for start, end in itertools.pairwise([*starts, len(tokens)]):
        below = tokens[start + 3 : end]
        for token in below:
            if token.type in {"heading_open", "heading_close"}:
                token.tag = f"h{int(token.tag[1]) + 1}"
        yield tokens[start + 1].content, _rendered(below)


def slug(text: str) -> str:
    """An id made from a heading: letters, digits and dots, the rest as hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")


def _tokens(text: str) -> list[Token]:
    """A changelog from its first release on: the page has the rest already."""
    tokens = RENDERER.parse(BRACKETS.sub(r"\1\2", text))
    return list(itertools.dropwhile(lambda token: not _is_release(token), tokens))


def _is_release(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h2"


def _rendered(tokens: list[Token]) -> Markup:
    html = RENDERER.renderer.render(tokens, RENDERER.options, {})
    count = itertools.count(1)
    html = re.sub(r"<table>", lambda _: FRAME.format(next(count)), html)
    return Markup(html.replace("</table>", "</table></div>"))  # noqa: S704 - HTML is escaped
