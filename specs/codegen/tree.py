"""Comparing and replacing whole folders of generated files."""

from pathlib import Path

IGNORED = ".pyc"


def files(root: Path) -> dict[str, bytes]:
    """Return every file below a folder by its relative path, byte-compiled ones left out."""
    return {
        path.relative_to(root).as_posix(): _content(path)
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or (path.is_file() and path.suffix != IGNORED)
    }


def _content(path: Path) -> bytes:
    """Return a file's bytes; a link never has those of its target, for nothing makes links."""
    return f"link to {path.readlink()}".encode() if path.is_symlink() else path.read_bytes()


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
