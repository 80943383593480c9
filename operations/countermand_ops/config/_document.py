"""countermand.toml as tables, and the line of each of its entries."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field

from countermand_ops.config._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


@define
class Document:
    """A parsed file.

    Attributes:
        name: The name of the file, for messages.
        tables: What it holds.
    """

    name: str
    _text: str = field(repr=False)
    tables: dict[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, name: str, text: str) -> Document:
        """Parse the text of a file.

        Raises:
            ConfigurationError: it is no TOML.
        """
        try:
            return cls(name, text, tomllib.loads(text))
        except ValueError as invalid:
            # The error may hold the text, and so the secrets in it; its message does not.
            raise ConfigurationError(f"{name} is no valid TOML: {invalid}") from None
        except RecursionError:
            raise ConfigurationError(f"{name} is no valid TOML: it is nested too deeply") from None

    def place_of(self, path: tuple[str, ...]) -> str:
        """Where an entry stands, for the beginning of a message; empty if it does not."""
        line = self.line_of(path)
        return "" if line is None else f"{self.name}, line {line}: "

    def line_of(self, path: tuple[str, ...]) -> int | None:
        """The number of the line on which an entry begins; of its table if it is not there.

        None if the file has no such table, either.

        tomllib knows no positions. So the beginning of the file is parsed, one line more each time,
        until the entry is there. That is slower than a scan, but happens only before an error.
        """
        lines = self._text.splitlines(keepends=True)
        complete = 0
        for number in range(1, len(lines) + 1):
            try:
                tables = tomllib.loads("".join(lines[:number]))
            except tomllib.TOMLDecodeError:
                # The line is inside of a value that takes several.
                continue
            if _holds(tables, path):
                return complete + 1
            complete = number
        return self.line_of(path[:-1]) if path[1:] else None


def _holds(tables: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    here: object = tables
    for name in path:
        if not isinstance(here, dict) or name not in here:
            return False
        here = cast("dict[str, object]", here)[name]
    return True
