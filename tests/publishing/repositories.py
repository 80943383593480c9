"""Git repositories that hold a specification, for tests that change it."""

import subprocess
from pathlib import Path
from typing import Any

import attrs
import yaml

from specs.publishing.breaking.check import Result, check
from specs.publishing.snapshots import Snapshot, at
from tests.publishing.breaking.cases import document

IDENTITY = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.com")


@attrs.frozen
class Repository:
    """A repository with one specification."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git there."""
        command = ["git", "-C", str(self.root), *IDENTITY, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def file(self, path: str, text: str | None) -> None:
        """Write a file below `specs/`; None removes it."""
        file = self.root / "specs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text, encoding="utf-8")

    def write(self, made: Any, api: str = "toy") -> None:
        """Write a specification."""
        self.file(f"{api}.yaml", yaml.dump(made, sort_keys=False))

    def log(self, text: str | None, api: str = "toy") -> None:
        """Write its changelog."""
        self.file(f"changelogs/{api}.md", text)

    def workflow(self, text: str | None, api: str = "toy") -> None:
        """Write its workflow."""
        self.file(f"workflows/{api}.arazzo.yaml", text)

    def commit(self) -> str:
        """Commit everything, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "State")
        return self.git("rev-parse", "HEAD")

    def compare(self, base: str = "HEAD") -> list[Result]:
        """Compare with a revision."""
        return check(at(self.root, base), Snapshot(self.root))


def entry(version: str, words: str = "**Breaking** for everybody.") -> str:
    """A changelog with one entry."""
    return f"# Changelog\n\n## [{version}] - 2026-11-20\n\n### Changed\n\n- {words}\n\n"


def repository(root: Path, start: Any = None) -> Repository:
    """A new repository whose only commit holds the specification and its changelog."""
    made = Repository(root)
    root.mkdir(parents=True, exist_ok=True)
    made.git("init", "--quiet", "--initial-branch=main")
    made.write(start if start is not None else document())
    made.log(entry("1.2.3"))
    made.commit()
    return made
