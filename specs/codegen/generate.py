"""Rebuild everything under generated/ from specs/, or check that it is up to date.

    python specs/codegen/generate.py            rebuild
    python specs/codegen/generate.py --check    change nothing, fail where a rebuild would change it

Needs the dependency group `generate` and no network; `nox -s generate` provides the former.
"""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lock
import tools
import tree
from specification import SpecificationError, api_name

ROOT = Path(__file__).resolve().parents[2]
STATIC = tools.HERE / "static"
PACKAGES = {
    "countermand_clients": "Clients generated from the specifications, one package per API.",
    "countermand_models": "Server-side models generated from the specifications, one per API.",
}


def build(root: Path, target: Path) -> None:
    """Generate the whole tree into an empty folder; the APIs are generated in parallel."""
    specs = sorted((root / "specs").glob("*.yaml"))
    clients, models = (target / package for package in PACKAGES)
    _copy_static(target)
    with (
        tempfile.TemporaryDirectory() as scratch,
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        waiting = [
            job
            for spec in specs
            for job in (
                pool.submit(tools.make_client, spec, clients / api_name(spec), Path(scratch)),
                pool.submit(
                    tools.make_models, spec, models / f"{api_name(spec)}.py", Path(scratch)
                ),
            )
        ]
        for job in waiting:
            job.result()
    (target / lock.NAME).write_bytes(lock.render(lock.inputs(root), tree.files(target)))


def _copy_static(target: Path) -> None:
    for package, summary in PACKAGES.items():
        folder = target / package
        folder.mkdir(parents=True)
        (folder / "py.typed").touch()
        (folder / "__init__.py").write_text(f'"""{summary}"""\n', encoding="utf-8")
        tools.add_banner(folder / "__init__.py", "specs/codegen/generate.py")
    for package, folder in (
        ("countermand_clients", STATIC),
        ("countermand_models", STATIC / "models"),
    ):
        for source in sorted(folder.glob("*.py")):
            copy = target / package / source.name
            copy.write_bytes(source.read_bytes())
            tools.add_banner(copy, source.relative_to(ROOT).as_posix())
    (target / "README.md").write_bytes((STATIC / "README.md").read_bytes())


def check(expected: dict[str, bytes], actual: dict[str, bytes]) -> list[str]:
    """Return what is wrong: each differing file, and the inputs or tools that explain it."""
    problems = tree.differences(expected, actual)
    if lock.NAME in actual and expected[lock.NAME] != actual[lock.NAME]:
        problems += lock.reasons(expected[lock.NAME], actual[lock.NAME])
    return problems


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Rebuild generated/ from specs/.")
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    options = parser.parse_args(arguments)
    destination = ROOT / "generated"
    with tempfile.TemporaryDirectory() as folder:
        try:
            build(ROOT, Path(folder))
        except (tools.ToolFailedError, SpecificationError) as error:
            print(f"Nothing was changed, because the generation failed:\n{error}", file=sys.stderr)
            return 1
        wanted = tree.files(Path(folder))
    if not options.check:
        touched = tree.replace(destination, wanted)
        print(f"generated/: {len(wanted)} files, {len(touched)} of them changed.")
        return 0
    problems = check(wanted, tree.files(destination))
    if not problems:
        print(f"generated/ is up to date: {len(wanted)} files.")
        return 0
    listing = "\n".join(f"  {problem}" for problem in problems)
    print(f"generated/ is not what specs/ says:\n{listing}", file=sys.stderr)
    print(f"Undo edits under generated/, then run: {tools.COMMAND}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
