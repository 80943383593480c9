"""Errors of the wire, told from the exceptions that a signal handler raises in its midst."""

from __future__ import annotations

import socket
import ssl
import sys
from traceback import walk_tb
from typing import TYPE_CHECKING, Final

import h11

from countermand._signals import is_from_handler

if TYPE_CHECKING:
    from collections.abc import Iterator


class WireError(Exception):
    """An exchange cannot begin or go on; the message says why and holds no credential."""


WIRE_ERRORS: Final = (WireError, OSError, h11.ProtocolError)
"""What goes wrong on the wire. `ssl.SSLError` and `socket.gaierror` are OSErrors, too."""

TOO_LATE: Final = "the deadline passed before it was sent"

NUMBERED: Final = (ssl.SSLError, socket.gaierror)
"""The OSErrors that have numbers of their own."""

INTERRUPTED: Final = {"anyio", "countermand", "h11", "httpcore", "httpx"} | (
    sys.stdlib_module_names - {"unittest"}
)
"""The packages in whose midst another thread's error may strike."""


def describe(error: BaseException) -> str:
    """An error's class and message."""
    if isinstance(error, WireError):
        return str(error)
    name, message = type(error).__name__.lstrip("_"), str(error)
    return f"{name}: {message}" if message else name


def pass_time_limit_on(error: BaseException) -> None:
    """Raise the error again if a signal handler or another thread made this one raise it.

    A job's time limit may be an OSError, as those of the wire are.
    """
    if is_from_handler(error) or _is_thrown_in(error):
        raise error


def pass_wrapped_time_limit_on(error: BaseException, handled: BaseException | None) -> None:
    """The same for an error that a library may have made from a time limit.

    Libraries raise errors without a number themselves, such as the TimeoutError of a socket. So one
    of Python's own classes is not recognised if another thread made this one raise it.

    Args:
        error: What was caught.
        handled: What the caller was handling already when the exchange began.
    """
    for found in causes_of(error):
        if found is handled:
            return
        is_own = type(found).__module__ != "builtins"
        if is_from_handler(found) or (is_own and _is_thrown_in(found)):
            raise found


def _is_thrown_in(error: BaseException) -> bool:
    """Whether this is an OSError without a number, raised where code raises none by itself.

    The system's errors have numbers, and this room's own errors are `WireError`s. What replaces
    Python's sockets may raise others, but in frames of its own.
    """
    if not isinstance(error, OSError) or error.errno is not None or isinstance(error, NUMBERED):
        return False
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    if not frames:
        return False
    module = str(frames[-1].f_globals.get("__name__"))
    return module.partition(".")[0] in INTERRUPTED


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on; each of them once.

    An error object that is raised in two calls has its first outcome as its cause, whose own
    context is that object again.
    """
    seen = set[int]()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        yield found
        seen.add(id(found))
        found = found.__cause__ or found.__context__
