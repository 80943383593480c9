"""Files of a git revision and of the working tree. The one place that runs git."""

import subprocess
from pathlib import Path
from typing import Final

FOLDER: Final = "specs"
CHANGELOGS: Final = f"{FOLDER}/changelogs"


class RepositoryError(Exception):
    """Git cannot give what was asked for; the message says why, and what to do."""


def commit(root: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises:
        RepositoryError: there is no repository or no such revision.
    """
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    ended = _git(root, *asked)
    if ended.returncode == 0:
        return ended.stdout.decode().strip()
    inside = _git(root, "rev-parse", "--is-shallow-repository")
    if inside.returncode != 0:
        raise RepositoryError(f"{root} is in no git repository; nothing to compare with")
    if inside.stdout.strip() == b"true":
        raise RepositoryError(
            f"{revision} is not in this shallow clone; fetch it: git fetch --unshallow"
        )
    raise RepositoryError(f"git knows no revision {revision}")


def at(root: Path, revision: str) -> dict[str, bytes]:
    """The specifications of a revision by their API; none if it has no such folder.

    Raises:
        RepositoryError: there is no such revision, or git cannot read it.
    """
    found = commit(root, revision)
    listed = _output(root, "ls-tree", "-z", "--name-only", found, f"{FOLDER}/")
    # `ls-tree` names files from the folder it runs in, `show` from the top unless told otherwise.
    return {
        Path(name).stem: _output(root, "show", f"{found}:./{name}")
        for name in listed.decode().split("\0")
        if name.endswith(".yaml")
    }


def now(root: Path) -> dict[str, bytes]:
    """The specifications of the working tree by their API."""
    return {path.stem: path.read_bytes() for path in sorted((root / FOLDER).glob("*.yaml"))}


def changelogs(root: Path) -> dict[str, str]:
    """The changelogs of the working tree by their API."""
    files = sorted((root / CHANGELOGS).glob("*.md"))
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


def _output(root: Path, *arguments: str) -> bytes:
    ended = _git(root, *arguments)
    if ended.returncode != 0:
        raise RepositoryError(ended.stderr.decode(errors="replace").strip())
    return ended.stdout


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError as error:
        raise RepositoryError("git is not installed") from error
