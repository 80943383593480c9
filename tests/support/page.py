"""Reads a page of the documentation as its reader does: files to write, commands to type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMED: Final = re.compile(r"(?:^|.*\s)`([^`\s]+)`:", re.DOTALL)
"""A paragraph that ends with a path and a colon names the file that the next block holds."""

PROMPT: Final = "$ "


@frozen
class File:
    """A block that is a whole file."""

    path: str
    text: str


@frozen
class Edit:
    """A block that changes a file: lines that go, lines that come, and lines to find the place."""

    path: str
    text: str


@frozen
class Command:
    """A line that is typed at a prompt."""

    line: str


Step = File | Edit | Command


def steps(page: str) -> Iterator[Step]:
    """The steps of a page in their order; a block that is none of them raises `ValueError`."""
    said = ""
    for token in MarkdownIt().parse(page):
        if token.type == "inline":
            said = token.content
        elif token.type == "fence":
            yield from _block(token.info.strip(), token.content, said)
            said = ""


def _block(language: str, text: str, said: str) -> Iterator[Step]:
    if language == "console":
        for line in text.splitlines():
            if not line.startswith(PROMPT):
                raise ValueError(f"not a command, so it could not be followed: {line}")
            yield Command(line.removeprefix(PROMPT))
    elif named := NAMED.fullmatch(said):
        yield Edit(named[1], text) if language == "diff" else File(named[1], text)
    else:
        raise ValueError(f"a block of {language} without the name of its file, after: {said}")


def write(file: File, folder: Path) -> None:
    """Write a file of the page below a folder."""
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.text, encoding="utf-8")
