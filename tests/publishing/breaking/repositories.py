"""Git repositories that hold a specification, for tests that change it."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from specs.publishing.breaking.__main__ import main

BASE = Path(__file__).parent / "base.yaml"
IDENTITY = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.com")

Change = Callable[[Any], object]


class Plain(yaml.SafeDumper):
    """Writes a shared node twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the interface is PyYAML's.
        """No node is shared."""
        return True


@attrs.frozen
class Repository:
    """A repository with one specification."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git there."""
        command = ["git", "-C", str(self.root), *IDENTITY, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, document: Any, api: str = "toy") -> None:
        """Write a specification."""
        path = self.root / f"specs/{api}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.dump(document, Dumper=Plain, sort_keys=False), encoding="utf-8")

    def log(self, text: str | None, api: str = "toy") -> None:
        """Write its changelog; None removes it."""
        path = self.root / f"specs/changelogs/{api}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")

    def workflow(self, text: str | None, api: str = "toy") -> None:
        """Write its workflow; None removes it."""
        path = self.root / f"specs/workflows/{api}.arazzo.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")

    def commit(self) -> str:
        """Commit everything, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "State")
        return self.git("rev-parse", "HEAD")

    def compare(self, capsys: pytest.CaptureFixture[str], base: str = "HEAD") -> tuple[int, Any]:
        """Compare with a revision; the exit status and the report."""
        status = main([base, "--root", str(self.root), "--format", "json"])
        printed = capsys.readouterr().out
        return status, json.loads(printed) if printed else []


def document() -> Any:
    """The specification that tests start from."""
    return copy.deepcopy(yaml.load(BASE.read_text(encoding="utf-8"), Loader=yaml.SafeLoader))


def entry(version: str, words: str = "**Breaking** for everybody.") -> str:
    """A changelog with one entry."""
    return f"# Changelog\n\n## [{version}] - 2026-11-20\n\n### Changed\n\n- {words}\n"


def repository(root: Path, start: Any = None) -> Repository:
    """A new repository whose only commit holds the specification and its changelog."""
    made = Repository(root)
    root.mkdir(parents=True, exist_ok=True)
    made.git("init", "--quiet", "--initial-branch=main")
    made.write(start if start is not None else document())
    made.log(entry("1.2.3"))
    made.commit()
    return made
