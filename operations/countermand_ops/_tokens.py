"""Errors of the functions that give tokens, as a line for the person at the command line."""

from __future__ import annotations

import traceback

from countermand import CountermandError
from countermand._runtime import async_credentials, credentials

MODULES = {async_credentials.__name__, credentials.__name__}
"""They alone call the functions."""


class TokenFunctionFailed(Exception):  # noqa: N818 - named as LedgerUnavailable is
    """A token function has raised something; the message does not hold what it said."""


def token_failure(error: BaseException) -> TokenFunctionFailed | None:
    """What to tell of an error that a token function has raised; None for any other."""
    if isinstance(error, (CountermandError, KeyboardInterrupt)):
        return None
    frames = traceback.walk_tb(error.__traceback__)
    if all(frame.f_globals.get("__name__") not in MODULES for frame, _ in frames):
        return None
    return TokenFunctionFailed(f"the token function has raised {type(error).__name__}")
