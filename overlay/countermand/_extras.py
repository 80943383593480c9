"""Extras: an import that fails because one is not installed names it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def extra(name: str, module: str) -> Generator[None]:
    """Import what an extra of this distribution brings.

    Args:
        name: The extra.
        module: Our module that needs it.

    Raises:
        ModuleNotFoundError: a module of another distribution is missing; the message says what to
            install.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == __name__.partition(".")[0]:
            raise
        raise ModuleNotFoundError(
            f"{module} needs {missing.name}, which the extra {name!r} brings: "
            f"pip install 'countermand[{name}]'",
            name=missing.name,
            path=missing.path,
        ) from missing
