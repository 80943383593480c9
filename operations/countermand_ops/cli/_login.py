"""The name of the person at the command line."""

from __future__ import annotations

import getpass
import os

import typer


def login_name() -> str:
    """The name with which the person has logged in, also behind sudo.

    Raises:
        typer.BadParameter: the system knows none.
    """
    try:
        return os.getlogin()
    except OSError:
        # No terminal: a job, or a container.
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise typer.BadParameter(
            "the login name is not known here; pass --by", param_hint="--by"
        ) from None
