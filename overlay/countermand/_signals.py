"""Tells what a signal handler raised from what the code raised that it interrupted."""

from __future__ import annotations

from inspect import getargvalues
from traceback import walk_tb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def is_from_handler(error: BaseException) -> bool:
    """Whether a signal handler raised the error.

    Python passes a handler the frame that it interrupts, so the handler's frame has its caller as
    an argument. The handlers that are registered now do not tell: one may restore the earlier one
    before it raises. Not told apart: a handler that deletes this argument or is not written in
    Python, and an error that another thread makes this one raise.
    """
    trace = error.__traceback__
    # The first frame is the one that has caught the error. To look into it would make it keep its
    # variables, the error among them, and the error keeps the frame.
    frames = () if trace is None else walk_tb(trace.tb_next)
    return any(_has_its_caller(frame) for frame, _ in frames)


def _has_its_caller(frame: FrameType) -> bool:
    """Whether a frame got the one that called it as an argument."""
    names, varargs, _, values = getargvalues(frame)
    arguments = [values.get(name) for name in names]
    arguments += values.get(varargs, ()) if varargs else ()
    return any(each is not None and each is frame.f_back for each in arguments)
