"""Where configuration and state lie, and who may read and write the file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from countermand._extras import extra
from countermand_ops.config._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

with extra("cli", "countermand_ops.config"):
    import platformdirs

NAME: Final = "countermand"
VARIABLE: Final = "COUNTERMAND_CONFIG"
"""The environment variable that names the file."""


def default_file() -> Path:
    """`countermand.toml` in the user's folder for configuration (XDG_CONFIG_HOME)."""
    return platformdirs.user_config_path(NAME, appauthor=False) / "countermand.toml"


def state_folder() -> Path:
    """The user's folder for the ledger and the journal (XDG_STATE_HOME).

    Raises:
        ConfigurationError: it is relative.
    """
    folder = platformdirs.user_state_path(NAME, appauthor=False)
    if not folder.is_absolute():
        # It would be another ledger in each folder, and the same key would send again.
        raise ConfigurationError(f"XDG_STATE_HOME must be absolute, as in /var/lib, not {folder}")
    return folder


def make_folder(folder: Path) -> None:
    """Make a folder that only the user can read.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failed:
        raise ConfigurationError(
            f"{folder} cannot be made: {failed.strerror}; set ledger.url and journal.path"
        ) from None


def find_file(path: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read; None if none is named and there is none at its usual place.

    Raises:
        ConfigurationError: the named file does not exist.
    """
    named = path if path is not None else environ.get(VARIABLE) or None
    if named is None:
        usual = default_file()
        return usual if usual.exists() else None
    file = Path(named).expanduser()
    if not file.exists():
        raise ConfigurationError(f"{file} does not exist; name a file such as {default_file()}")
    return file


def read(file: Path) -> str:
    """The text of the file.

    Raises:
        ConfigurationError: it cannot be read, is no UTF-8, or others can write it.
    """
    try:
        # Editors on Windows write a byte order mark, which TOML does not permit.
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as failed:
        reason = failed.strerror if isinstance(failed, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"{file} cannot be read: {reason}") from None
    # Who can write it can lead the requests, and the credentials in them, to another server.
    if _mode(file) & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(f"{file} can be written by others; run: chmod go-w {file}")
    return text


def require_private(file: Path) -> None:
    """Refuse a file with secrets that others can read.

    As libpq does, a file of root may be read by its group: so services get theirs.

    Raises:
        ConfigurationError: others can read it.
    """
    mode = _mode(file)
    readers = stat.S_IROTH if _belongs_to_root(file) else stat.S_IRGRP | stat.S_IROTH
    if mode & readers:
        raise ConfigurationError(
            f"{file} holds secrets, and others can read it; run: chmod 600 {file}"
        )


def _mode(file: Path) -> int:
    # On Windows the mode does not say who may read or write.
    return file.stat().st_mode if hasattr(os, "getuid") else 0


def _belongs_to_root(file: Path) -> bool:
    return file.stat().st_uid == 0
