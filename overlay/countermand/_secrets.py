"""Credentials with a masked repr, so that no traceback with local variables shows one.

An error tracker uploads the repr of every local variable. So a credential, and bytes that hold one,
travel in the types of this module.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

REDACTED: Final = "[redacted]"


class Secret(str):
    """A credential as text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


class SecretBytes(bytes):
    """Bytes that hold a credential, such as the head of a request."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


def masked(value: str) -> str:
    """The credential as a `Secret`; what is no text is left to the validator."""
    return Secret(value) if isinstance(cast("object", value), str) else value


def hide_arguments(kind: type[T]) -> type[T]:
    """Raise what the constructor of a class refuses without frames that hold its arguments."""
    construct: Callable[..., None] = kind.__init__

    @wraps(construct)
    def constructor(self: T, *arguments: Any, **named: Any) -> None:
        try:
            construct(self, *arguments, **named)
        except Exception as refused:  # noqa: BLE001 - whatever it is, it is raised again
            del self, arguments, named
            raise refused.with_traceback(None) from None

    setattr(kind, "__init__", constructor)  # noqa: B010 - mypy refuses the plain assignment
    return kind
