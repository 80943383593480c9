"""Files of a git revision and of the working tree. The one place that runs git."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from specs.publishing.breaking.states import State

FOLDER: Final = "specs"
CHANGELOGS: Final = f"{FOLDER}/changelogs"
WORKFLOWS: Final = f"{FOLDER}/workflows"


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


def at(root: Path, revision: str) -> State:
    """The state of a revision; nothing if it has no such folder.

    Raises:
        RepositoryError: there is no such revision, or git cannot read it.
    """
    found = commit(root, revision)
    return _state(lambda folder, ending: _listed(root, found, folder, ending))


def now(root: Path) -> State:
    """The state of the working tree."""
    return _state(
        lambda folder, ending: {
            path.name.removesuffix(ending): path.read_bytes()
            for path in sorted((root / folder).glob(f"*{ending}"))
        }
    )


def _state(files: Callable[[str, str], dict[str, bytes]]) -> State:
    logs = files(CHANGELOGS, ".md")
    return State(
        files(FOLDER, ".yaml"),
        {api: _text(log) for api, log in logs.items()},
        files(WORKFLOWS, ".arazzo.yaml"),
    )


def _text(content: bytes) -> str:
    # Git may turn line ends on checkout.
    return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _listed(root: Path, found: str, folder: str, ending: str) -> dict[str, bytes]:
    listed = _output(root, "ls-tree", "-z", "--name-only", found, f"{folder}/")
    # `ls-tree` names files from the folder it runs in, `show` from the top unless told otherwise.
    return {
        Path(name).name.removesuffix(ending): _output(root, "show", f"{found}:./{name}")
        for name in listed.decode().split("\0")
        if name.endswith(ending)
    }


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
