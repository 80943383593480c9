"""Comparing and replacing whole folders of generated files."""

from pathlib import Path

IGNORED = "__pycache__"


def files(root: Path) -> dict[str, bytes]:
    """Return every file below a folder by its relative path, byte-compiled ones left out."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and IGNORED not in path.parts
    }


def differences(expected: dict[str, bytes], actual: dict[str, bytes]) -> list[str]:
    """Say for each file that is changed, missing or stray what is wrong with it."""
    problems: list[str] = []
    for name in sorted(expected.keys() | actual.keys()):
        if name not in actual:
            problems.append(f"missing  {name}")
        elif name not in expected:
            problems.append(f"stray    {name} (nothing generates it)")
        elif expected[name] != actual[name]:
            problems.append(f"changed  {name}:{_first_difference(expected[name], actual[name])}")
    return problems


def replace(root: Path, wanted: dict[str, bytes]) -> list[str]:
    """Make a folder hold exactly the wanted files; return the names of those written or removed."""
    present = files(root)
    touched: list[str] = []
    for name in sorted(present.keys() - wanted.keys()):
        (root / name).unlink()
        touched.append(name)
    for name, content in wanted.items():
        if present.get(name) != content:
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            touched.append(name)
    return touched


def _first_difference(expected: bytes, actual: bytes) -> int:
    """Return the number of the first line that differs."""
    pairs = zip(expected.splitlines(keepends=True), actual.splitlines(keepends=True), strict=False)
    equal = 0
    for left, right in pairs:
        if left != right:
            break
        equal += 1
    return equal + 1
