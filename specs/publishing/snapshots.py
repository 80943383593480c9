"""The files below `specs/` at a git revision or in the working copy. Only this module runs git."""

import subprocess
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

from specs.publishing import PublishingError

ROOT: Final = Path(__file__).parents[2]
"""The working copy."""

FOLDERS: Final = ("specs/", "specs/changelogs/", "specs/workflows/")
"""What else lies below `specs/` is not published: its tools are many times as many files."""


@attrs.frozen
class Files:
    """One API's OpenAPI document, changelog and workflow; None for each that is absent."""

    specification: bytes | None = None
    changelog: bytes | None = None
    workflow: bytes | None = None


@attrs.frozen(slots=False)
class Snapshot:
    """The files below `root`/specs at a commit, or as they are now."""

    root: Path
    commit: str | None = None

    @cached_property
    def apis(self) -> tuple[str, ...]:
        """The names of the specifications, sorted."""
        found = (path.removeprefix("specs/") for path in self._paths if path.endswith(".yaml"))
        return tuple(sorted(name.removesuffix(".yaml") for name in found if "/" not in name))

    def files(self, api: str) -> Files:
        """The files of one API, line ends as they are."""
        return Files(
            self._content(f"specs/{api}.yaml"),
            self._content(f"specs/changelogs/{api}.md"),
            self._content(f"specs/workflows/{api}.arazzo.yaml"),
        )

    @cached_property
    def _paths(self) -> frozenset[str]:
        if self.commit is None:
            found = (path for folder in FOLDERS for path in (self.root / folder).glob("*"))
            return frozenset(path.relative_to(self.root).as_posix() for path in found)
        listed = git(self.root, "ls-tree", "-z", "--name-only", self.commit, *FOLDERS)
        return frozenset(listed.decode().split("\0"))

    def _content(self, path: str) -> bytes | None:
        if path not in self._paths:
            return None
        if self.commit is None:
            return (self.root / path).read_bytes()
        # `ls-tree` names files from the folder it runs in, `show` from the top without the dot.
        return git(self.root, "show", f"{self.commit}:./{path}")


def at(root: Path, revision: str) -> Snapshot:
    """The files at a revision."""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    done = _run(root, *asked)
    if done.returncode == 0:
        return Snapshot(root, done.stdout.decode().strip())
    shallow = _run(root, "rev-parse", "--is-shallow-repository")
    if shallow.returncode != 0:
        raise PublishingError(f"{root} is in no git repository; nothing to compare with")
    if shallow.stdout.strip() == b"true":
        raise PublishingError(
            f"{revision} is not in this shallow clone; fetch it: git fetch --unshallow"
        )
    raise PublishingError(f"git knows no revision {revision}")


def history(root: Path, api: str) -> list[Snapshot]:
    """Every commit that changed an API, newest first; none where there is no repository."""
    paths = f"specs/{api}.yaml", f"specs/workflows/{api}.arazzo.yaml"
    done = _run(root, "log", "--format=%H", "--", *paths)
    return [Snapshot(root, commit) for commit in done.stdout.decode().split()]


def git(root: Path, *arguments: str) -> bytes:
    """Run git and return its output."""
    done = _run(root, *arguments)
    if done.returncode != 0:
        raise PublishingError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise PublishingError("git is not installed") from error
