"""Build `dist/specs`: `python -m specs.publishing.publish [--out dist/specs] [--base-url URL]`."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from specs.publishing import PublishingError
from specs.publishing.artefacts import build as artefacts
from specs.publishing.artefacts.tree import CHECKSUMS, paths
from specs.publishing.artefacts.versions import gather
from specs.publishing.site import build as site
from specs.publishing.snapshots import ROOT


def publish(
    out: Path, base: str | None = None, root: Path = ROOT, *, complete: bool = False
) -> tuple[str, ...]:
    """Build the whole tree, or change nothing.

    The tree is made in a folder beside the target and then replaces it: no file of an earlier
    build stays, and a failed build leaves the earlier one as it was. A `complete` tree has every
    version of the changelogs, as a release does. Otherwise the versions are left out, and
    returned, that the git history at hand does not have.
    """
    if out.exists() and not (out.is_dir() and _is_ours(out)):
        raise PublishingError(
            f"{out} holds something else than an earlier build; name another folder"
        )
    apis = gather(root)
    missing = tuple(f"{api.name} {version}" for api in apis for version in api.missing)
    if complete and missing:
        raise PublishingError(
            f"not in the git history at hand: {', '.join(missing)};"
            " get all of it with: git fetch --unshallow"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
        made = Path(name, "tree")
        artefacts.build(made, apis, base)
        site.build(made, urlsplit(base or "").path or "/")
        artefacts.seal(made, apis)
        if out.exists():
            shutil.rmtree(out)
        made.rename(out)
    return missing


def _is_ours(folder: Path) -> bool:
    """Whether an earlier build put every file of a folder there."""
    there = set(paths(folder))
    if not there:
        return not any(folder.iterdir())
    if not {CHECKSUMS, "index.json"} <= there:
        return False
    lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    return there == {line.partition("  ")[2] for line in lines} | {CHECKSUMS}


def base_url(text: str) -> str:
    """Take an absolute address from the command line, with a slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"not an absolute address of a folder: {text}")
    return text if text.endswith("/") else f"{text}/"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, and say where the result is."""
    parser = argparse.ArgumentParser(prog="python -m specs.publishing.publish", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("dist/specs"), help="the tree's root")
    parser.add_argument(
        "--base-url",
        type=base_url,
        help="the address of the root on the web, which makes the catalog's links absolute",
    )
    parser.add_argument(
        "--complete", action="store_true", help="fail if an earlier version is missing"
    )
    options = parser.parse_args(arguments)
    try:
        missing = publish(options.out, options.base_url, complete=options.complete)
    except PublishingError as failure:
        print(f"nothing is published: {failure}", file=sys.stderr)
        return 1
    for version in missing:
        print(f"left out, as the git history at hand does not have it: {version}")
    files = [path for path in options.out.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    print(f"{options.out}: {len(files)} files, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
