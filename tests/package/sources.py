"""The overlay's own source, read as syntax trees."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
OVERLAY: Final = ROOT / "overlay" / "countermand"
GENERATED: Final = ROOT / "generated"
MODULES: Final = {
    path.relative_to(OVERLAY).with_suffix("").as_posix(): path
    for path in sorted(OVERLAY.rglob("*.py"))
}


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def imported(path: Path, *, types: bool = False) -> frozenset[str]:
    """The modules that a file imports when it runs, and on request those for type checkers."""
    found: set[str] = set()
    nodes: list[ast.AST] = [tree(path)]
    while nodes:
        match nodes.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise) if not types:
                nodes += otherwise
            case ast.Import(names=names):
                found.update(alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = "." * level + (module or "")
                found |= {base, *(f"{base}.{alias.name}" for alias in names)}
            case node:
                nodes += ast.iter_child_nodes(node)
    return frozenset(found)


def modules_imported(path: Path, *, types: bool = False) -> set[str]:
    """The overlay's own modules that a file imports, by their names in `MODULES`."""
    names = {
        name.removeprefix("countermand").lstrip(".").replace(".", "/")
        for name in imported(path, types=types)
        if f"{name}.".startswith("countermand.")
    }
    found = {name for name in names if name in MODULES}
    packages = {f"{name}/__init__".lstrip("/") for name in names} & MODULES.keys()
    # `from package import module` imports the package too; as an edge, the module says enough.
    entered = {f"{name.rpartition('/')[0]}/__init__".lstrip("/") for name in found}
    return found | (packages - entered)


def roots(path: Path) -> set[str]:
    """The top-level packages that a file imports when it runs."""
    return {name.partition(".")[0] for name in imported(path)}
