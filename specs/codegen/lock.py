"""The lock: from which inputs, with which tools, which files were made."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

NAME = "generated.lock"
TOOLS = ("datamodel-code-generator", "jinja2", "openapi-python-client", "ruff")
SECTIONS = {
    "inputs": "is not what generated/ was made from",
    "tools": "is not the version that generated/ was made with",
}


def inputs(root: Path) -> dict[str, bytes]:
    """Return every file that decides what is generated, by its path in the repository."""
    specs = root / "specs"
    paths = [*specs.glob("*.yaml"), *(specs / "codegen").rglob("*")]
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(paths)
        if path.is_file() and "__pycache__" not in path.parts
    }


def render(sources: Mapping[str, bytes], outputs: Mapping[str, bytes]) -> bytes:
    """Return the lock as sorted JSON, one fact per line so that a diff names what changed."""
    document = {
        "inputs": {name: _digest(content) for name, content in sources.items()},
        "outputs": {name: _digest(content) for name, content in outputs.items()},
        "tools": {tool: version(tool) for tool in TOOLS},
    }
    return f"{json.dumps(document, indent=2, sort_keys=True)}\n".encode()


def reasons(expected: bytes, actual: bytes) -> list[str]:
    """Say which inputs and tools differ between the lock just made and the repository's."""
    try:
        new, old = json.loads(expected), json.loads(actual)
        return [
            f"{section}: {name} {text}"
            for section, text in SECTIONS.items()
            for name in _unequal(new[section], old[section])
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{NAME} cannot be read"]


def _unequal(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
