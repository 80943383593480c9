"""Errors of the wire, told from the exceptions that a signal handler raises in its midst."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import h11

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType


class WireError(Exception):
    """An exchange cannot begin or go on; the message says why and holds no credential."""


WIRE_ERRORS: Final = (WireError, OSError, h11.ProtocolError)
"""What goes wrong on the wire. `ssl.SSLError` and `socket.gaierror` are OSErrors, too."""


def describe(error: BaseException) -> str:
    """An error's class and message."""
    if isinstance(error, WireError):
        return str(error)
    name, message = type(error).__name__.lstrip("_"), str(error)
    return f"{name}: {message}" if message else name


def pass_time_limit_on(error: BaseException) -> None:
    """Raise the error again if a signal handler raised it.

    A job's time limit may be a TimeoutError, which looks like one of the wire. One without a number
    is not the system's, and this room raises none: its own deadlines are `WireError`s.
    """
    numberless = type(error) is TimeoutError and error.errno is None
    if numberless or _was_raised_in(error, _handler_code()):
        raise error


def pass_wrapped_time_limit_on(error: BaseException, handled: BaseException | None) -> None:
    """The same for an error that a library may have made from what the handler raised.

    Args:
        error: What was caught.
        handled: What the caller was handling already when the exchange began.
    """
    codes = _handler_code()
    for found in causes_of(error):
        if found is handled:
            return
        if _was_raised_in(found, codes):
            raise found


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


def _was_raised_in(error: BaseException, codes: set[CodeType]) -> bool:
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _handler_code() -> set[CodeType]:
    """The code of the signal handlers: functions, methods, and objects that can be called."""
    codes: set[CodeType | None] = set()
    for number in signal.valid_signals():
        handler = unwrapped(signal.getsignal(number))
        codes.add(getattr(handler, "__code__", None))
        codes.add(getattr(vars(type(handler)).get("__call__"), "__code__", None))
    return {code for code in codes if code is not None}


def unwrapped(function: object) -> object:
    """The function beneath `functools.partial`, `lru_cache` and other wrappers."""
    seen, found = set[int](), cast("Any", function)
    while id(found) not in seen:
        seen.add(id(found))
        beneath = "func" if issubclass(type(found), partial) else "__wrapped__"
        found = getattr(found, beneath, found)
    return found
