"""The project's commands: `pip install nox`, then `nox -s <session>`; `nox -l` lists them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import nox
from nox.command import CommandFailed
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

nox.needs_version = ">=2025.5.1"
# Sessions share one environment, see `use`; but for those that name a backend of their own.
nox.options.default_venv_backend = "none"
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "specs", "tests", "tools", "build", "demo", "docs"]

# Tests start hundreds of processes; without bytecode each compiles everything that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).parent
PUBLISHING = ROOT / "specs" / "publishing"
PROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = "[celery,cli,models,otel,postgresql,sandbox]"

CORES = str(os.cpu_count() or 1)
WORKERS = str((os.cpu_count() or 1) * 2)
"""Processes that run tests: twice the cores, because many tests wait for a deadline."""

WAITING = str((os.cpu_count() or 1) * 3)
"""The same for tests that wait for silent providers, most of the time."""

TOOLS = ("benchmarks", "bulk", "competitors", "deliveries", "soak", "workflows")
"""Folders of tests/ with tests of what measures and judges the package."""

ELSEWHERE = ("conformance", "generated", "model_checking", "publishing", "specs")
"""Those that have sessions of their own. Explorations cover no line that the rest does not, and
tracing makes them many times slower."""

OWN_ENVIRONMENT = "uv|virtualenv"
"""For what is released or compared: nothing is there but what the session names."""


def locked_versions() -> dict[str, set[str]]:
    """Return the versions that uv.lock holds of each package."""
    locked: dict[str, set[str]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        if "registry" in package["source"]:
            locked.setdefault(package["name"], set()).add(package["version"])
    return locked


def constraints(session: nox.Session) -> str:
    """Write uv.lock's versions as a constraints file, so that pip and uv install the same ones.

    A package that the lock holds in several versions is left out: which one applies depends on
    markers, and the requirement itself is then the only bound.
    """
    unique = {name: set(found) for name, found in locked_versions().items() if len(found) == 1}
    lines = sorted(f"{name}=={versions.pop()}\n" for name, versions in unique.items())
    # Not in session.create_tmp(), which would also move TMPDIR below the checkout: the path of a
    # Unix socket has room for 107 bytes.
    path = session.cache_dir / "constraints.txt"
    path.write_text("".join(lines), encoding="utf-8")
    return str(path)


def install(session: nox.Session, *groups: str, extras: str = "", project: bool = True) -> None:
    """Install dependency groups, and the project if asked, into the session's own environment."""
    for command in installation(session, groups, extras if project else None):
        session.install(*command)


def use(session: nox.Session, *groups: str) -> None:
    """Activate the shared environment, with these dependency groups and the whole project in it.

    Each Python has one. It is made anew when pyproject.toml, uv.lock, the interpreter or the place
    of the checkout has changed; otherwise only the groups that are missing are installed.
    """
    name = str(session.python or f"{sys.version_info.major}.{sys.version_info.minor}")
    folder = session.cache_dir.parent.resolve() / f"shared-{name}"
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    record = folder / "installed.json"
    made_from = fingerprint(name)
    groups_there: list[str] = []
    if record.exists():
        known = json.loads(record.read_text(encoding="utf-8"))
        groups_there = known["groups"] if known["made_from"] == made_from else []
    if not groups_there:
        record.unlink(missing_ok=True)
        session.log(f"Making {folder} ...")
        creator = (sys.executable, "-m", "virtualenv", "--quiet", "--clear")
        asked = ("--python", str(session.python)) if session.python else ()
        session.run_install(*creator, *asked, str(folder), log=False)
    if missing := sorted({*groups} - {*groups_there}):
        # A broken installation is not to be taken for a whole one.
        record.unlink(missing_ok=True)
        fill(session, str(programs / "python"), [*installation(session, missing, EXTRAS)])
        facts = {"made_from": made_from, "groups": sorted({*groups_there, *missing})}
        record.write_text(json.dumps(facts), encoding="utf-8")
    # What `activate` does: nox looks for programs in its own PATH.
    os.environ["VIRTUAL_ENV"] = str(folder)
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"


def fill(session: nox.Session, python: str, commands: list[list[str]]) -> None:
    """Carry out the `pip install` commands for an interpreter's environment.

    With uv if it stands beside nox, or anywhere else: it resolves in a second what takes pip half a
    minute. But it knows no indexes of pip's configuration; where it fails, pip has the last word.
    Both compile what they install: otherwise each of the first processes would do so.
    """
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    ways = [(uv, "pip", "install", "--compile-bytecode", "--python", python)] if uv else []
    for way in (*ways, (python, "-m", "pip", "install")):
        try:
            for command in commands:
                session.run_install(*way, *command, silent=True, log=False)
        except CommandFailed:
            if way[0] != uv:
                raise
            session.log("uv has failed; trying pip ...")
            continue
        return


def fingerprint(python: str) -> str:
    """Return a hash of what the shared environment is made from."""
    parts = {name: content for name, content in PROJECT.items() if name != "tool"}
    # nox itself may run in an environment that is a new one each time; what that stands on counts.
    facts = [str(ROOT), python, sys.base_prefix, sys.version, parts, PROJECT["tool"]["hatch"]]
    lock = (ROOT / "uv.lock").read_bytes()
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode() + lock).hexdigest()


def installation(
    session: nox.Session, groups: Iterable[str], extras: str | None
) -> Iterator[list[str]]:
    """Yield the arguments of each `pip install`; no extras (None) leave the project out."""
    groups = [*groups]
    requirements = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    limits = ["--constraint", constraints(session)]
    what = " and ".join([*groups, *(["countermand"] if extras is not None else [])])
    # pip works quietly, and for a minute or more.
    session.log(f"Installing {len(requirements) + 1} packages and what they need, for {what} ...")
    # The build backend comes first, because an isolated build would fetch one of any version.
    yield [*limits, "hatchling", *requirements]
    if extras is not None:
        yield [*limits, "--no-build-isolation", "--editable", f".{extras}"]


def generate_command(session: nox.Session, *arguments: str) -> None:
    """Run the generation with the session's own tools."""
    session.run("python", "specs/codegen/generate.py", *arguments)


@nox.session
def demo(session: nox.Session) -> None:
    """Cancel at all five providers, over a good wire and a bad one, and show what happened."""
    use(session, "generate")
    generate_command(session, "--check")
    session.run("python", "-m", "countermand.sandbox.demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests and demand full branch coverage; arguments go to pytest."""
    use(session, "generate", "tests")
    if session.posargs:
        # A selection of tests says nothing about the coverage of all of them.
        session.run("python", "-m", "pytest", *session.posargs)
        return
    session.run("coverage", "erase")
    measured = {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml")}
    ignored = [f"--ignore=tests/{name}" for name in (*TOOLS, *ELSEWHERE)]
    session.run(*parallel_pytest(), *ignored, env=measured)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def tools(session: nox.Session) -> None:
    """Test benchmarks, long runs, the drivers of other clients, and the workflow files."""
    use(session, "generate", "tests")
    folders = [f"tests/{name}" for name in TOOLS]
    session.run(*parallel_pytest(), *(session.posargs or folders))


def selection(session: nox.Session) -> list[str]:
    """Return the arguments for pytest; `--quick` leaves out the tests marked `exhaustive`."""
    quick = ["-m", "not exhaustive"] if "--quick" in session.posargs else []
    return [*quick, *(each for each in session.posargs if each != "--quick")]


def parallel_pytest(workers: str = WORKERS) -> list[str]:
    """Return the command that runs tests in several processes."""
    return ["python", "-m", "pytest", "--numprocesses", workers, "--dist", "worksteal"]


@nox.session(default=False)
def conformance(session: nox.Session) -> None:
    """Play every way a cancel can go wrong, and count executions; `-- --quick` plays less."""
    use(session, "tests")
    if session.posargs == ["--quick"]:
        session.run(*parallel_pytest(WAITING), "tests/conformance")
        return
    session.run("python", "-m", "tests.conformance", *session.posargs)


@nox.session(default=False)
def model(session: nox.Session) -> None:
    """Explore every interleaving of replies, crashes, late requests and workers; count them.

    `-- --quick` explores less, and shows that each broken rule is found.
    """
    use(session, "tests")
    if session.posargs == ["--quick"]:
        # They wait for nothing.
        session.run(*parallel_pytest(CORES), "tests/model_checking")
        return
    session.run("python", "-m", "tests.model_checking", *session.posargs)


@nox.session(default=False)
def rivals(session: nox.Session) -> None:
    """Measure other clients and retry libraries on the same scenarios, each in its own place."""
    use(session, "generate", "tests")
    venvs = session.cache_dir.resolve() / "rivals"
    session.run("python", "-m", "tests.competitors", "--venvs", str(venvs), *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure what a cancel costs beside other clients; `-- --short` compares with the table.

    `-- --long` adds 100,000 cancels in one client; `-- --write` renews the table and the page.
    `-- ledger` measures what the ledger adds to a cancel.
    """
    use(session, "generate", "tests")
    venvs = session.cache_dir.resolve() / "bench"
    session.run("python", "-m", "benchmarks", "--venvs", str(venvs), *session.posargs)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Cancel 100,000 times with lost, late and failing outcomes, and reconcile them.

    `-- --count 10000` cancels less often, `-- --ledger sqlite` takes another database.
    """
    use(session, "tests")
    session.run("python", "-m", "tests.soak", *session.posargs)


@nox.session(default=False)
def bulk(session: nox.Session) -> None:
    """Plan and apply 100,000 rows, and kill runs of 10,000 rows a thousand times.

    `-- --sizes 1000 10000 --runs 2 --kills 100` does less.
    """
    use(session, "tests")
    session.run("python", "-m", "tests.bulk", *session.posargs)


@nox.session(default=False)
def celery(session: nox.Session) -> None:
    """Cancel 10,000 times as tasks of four Celery workers that are killed, and judge each end.

    `-- --count 1000` cancels less often, `-- --kill-every 3` kills one every three seconds.
    """
    use(session, "tests")
    session.run("python", "-m", "tests.deliveries", *session.posargs)


@nox.session(default=False)
def recording(session: nox.Session) -> None:
    """Record docs/terminal-session.md: the command line in a terminal, with a kill in a bulk."""
    use(session, "tests")
    session.run("python", "-m", "tests.recording")


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Change the pure modules a little, each change by itself, and demand that a test notices."""
    use(session, "generate", "mutation", "tests")
    session.run("python", "-m", "tests.mutation", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build dist/docs, pages and API reference; a warning is an error."""
    use(session, "docs")
    build_documentation(session)


def build_documentation(session: nox.Session) -> None:
    """Build dist/docs anew. A docstring that Griffe cannot read is an error, as a dead link is."""
    shutil.rmtree(ROOT / "dist" / "docs", ignore_errors=True)
    said = str(session.run("zensical", "build", "--strict", "--clean", silent=True))
    if "griffe" in said or "No issues found" not in said:
        session.error(said)


@nox.session
def publish(session: nox.Session) -> None:
    """Lint the specifications, build dist/specs, and check every file of it."""
    use(session, "judges", "publish", "tests")
    install_node_tools(session)
    session.run("python", "-m", "specs.publishing.lint")
    session.run("python", "-m", "specs.publishing.publish", *session.posargs)
    folders = [f"tests/publishing/{name}" for name in ("artefacts", "lint", "matrix")]
    session.run(*parallel_pytest(), *folders)


@nox.session(default=False, venv_backend=OWN_ENVIRONMENT)
def tree(session: nox.Session) -> None:
    """Build dist/specs and do nothing else, as a release does; arguments go to the build."""
    install(session, "publish", project=False)
    install_node_tools(session)
    session.run("python", "-m", "specs.publishing.publish", *session.posargs)


@nox.session(default=False)
def matrix(session: nox.Session) -> None:
    """Let ten code generators read both editions, and renew the page about them; see `-- --help`.

    What is not installed, of Debian's Go, Rust, Java and their libraries, is left out and named.
    """
    use(session, "generate", "matrix", "publish", "tests")
    install_node_tools(session)
    work = session.cache_dir.resolve() / "matrix"
    session.run("python", "-m", "tests.publishing.matrix", "--work", str(work), *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Open every page of a new tree, or of `-- --tree FOLDER`, in a browser; or see pytest.

    `-- --quick` makes the checks that all APIs have in common at one API's pages. The session also
    opens some pages of the documentation: a new one, or that of `-- --docs FOLDER`.
    """
    use(session, "docs", "judges", "publish", "tests")
    install_node_tools(session)
    if "--docs" not in session.posargs:
        build_documentation(session)
    # A browser each: more of them than cores only get in each other's way.
    session.run(*parallel_pytest(CORES), "tests/publishing/site", *selection(session))


@nox.session
def judges(session: nox.Session) -> None:
    """Let tools and teams of other kinds judge specifications and sandbox; or some tests of it.

    `-- --quick` lets the slowest of them judge one API.
    """
    # A test changes a specification in a copy of the repository, and generates there.
    use(session, "generate", "judges", "publish", "tests")
    install_node_tools(session)
    if session.posargs not in ([], ["--quick"]):
        session.run("python", "-m", "pytest", *session.posargs)
        return
    folders = [
        f"tests/publishing/{name}" for name in ("breaking", "consumers", "drift", "external_tools")
    ]
    session.run(*parallel_pytest(), *folders, *selection(session))


@nox.session(default=False, venv_backend=OWN_ENVIRONMENT)
def breaking(session: nox.Session) -> None:
    """Say what changed in the specifications since a revision, for whom, and what is due."""
    install(session, "publish", project=False)
    session.run("python", "-m", "specs.publishing.breaking", *(session.posargs or ["HEAD~1"]))


@nox.session
def generate(session: nox.Session) -> None:
    """Rebuild generated/ from specs/; with `-- --check`, say whether it is up to date, and test."""
    if "--check" not in session.posargs:
        use(session, "generate")
        generate_command(session, *session.posargs)
        return
    use(session, "generate", "tests")
    generate_command(session, *session.posargs)
    session.run(*parallel_pytest(), "tests/generated")


@nox.session(default=False)
def spec(session: nox.Session) -> None:
    """Follow up a changed specification, such as `-- unzer`, and say what to edit next."""
    use(session, "generate", "publish", "tests")
    install_node_tools(session)
    session.run("python", "-m", "specs.publishing.changed", *session.posargs)


@nox.session
def specs(session: nox.Session) -> None:
    """Check the specifications against the house rules."""
    use(session, "tests")
    if session.posargs:
        session.run("python", "-m", "pytest", "tests/specs", *session.posargs)
    else:
        session.run(*parallel_pytest(CORES), "tests/specs")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, workflow files, the lock and the changelog."""
    use(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    # Generated code has no style of its own to defend, but it must be Python.
    session.run("ruff", "check", "--isolated", "--no-cache", "--select", "E9", "generated")
    workflows = sorted(str(path) for path in (ROOT / ".github/workflows").glob("*.y*ml"))
    schema = ("--builtin-schema", "vendor.github-workflows")
    session.run("check-jsonschema", *schema, *workflows)
    session.run("zizmor", "--offline", "--quiet", "--persona=pedantic", ".github/workflows")
    check_lock(session)
    check_changelog(session)


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, strictly for what is written by hand."""
    use(session, "docs", "generate", "judges", "publish", "tests", "types")
    session.run("mypy")
    session.run("pyright")


@nox.session(default=False, venv_backend=OWN_ENVIRONMENT)
def wheel(session: nox.Session) -> None:
    """Build the distribution into dist/python and do nothing else, as a release does."""
    install(session, "build", project=False)
    build_distribution(session, ROOT / "dist" / "python")


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel, or take that of `-- FOLDER`, and cancel with it, installed alone."""
    use(session, "build")
    temporary = session.cache_dir.resolve()
    folder = Path(session.posargs[0]) if session.posargs else temporary / "dist"
    if not session.posargs:
        build_distribution(session, folder)
    (found,) = folder.glob("*.whl")
    python = bare_environment(session, temporary / "bare")
    limits = ("--constraint", constraints(session))
    session.log("Installing the wheel alone ...")
    session.run(python, "-m", "pip", "install", "--quiet", *limits, str(found.resolve()))
    session.run("python", "tests/package/wheel/check_wheel.py", python)


def build_distribution(session: nox.Session, folder: Path) -> None:
    """Build wheel and source distribution into a folder, in the place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(folder))


def install_node_tools(session: nox.Session) -> None:
    """Install the Node packages of package-lock.json, with the Node of the session's own wheel."""
    lock = (PUBLISHING / "package-lock.json").read_bytes()
    installed = PUBLISHING / "node_modules" / ".installed-from"
    if not installed.exists() or installed.read_bytes() != lock:
        session.log("Installing the Node packages of package-lock.json ...")
        with session.chdir(PUBLISHING):
            session.run("npm", "ci", silent=True)
        installed.write_bytes(lock)


def bare_environment(session: nox.Session, folder: Path) -> str:
    """Make a virtual environment with nothing but pip, and return its interpreter."""
    # nox brings virtualenv, which needs no ensurepip; some systems' Pythons come without it.
    interpreter = session.run("python", "-c", "import sys; print(sys.executable)", silent=True)
    creator = (sys.executable, "-m", "virtualenv", "--clear")
    session.run(*creator, "--python", str(interpreter).strip(), str(folder), external=True)
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def check_lock(session: nox.Session) -> None:
    """Fail where uv.lock holds no fitting version of something that pyproject.toml asks for."""
    locked = locked_versions()
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = nox.project.dependency_groups(PROJECT, *PROJECT["dependency-groups"])
    asked = [*PROJECT["project"]["dependencies"], *chain.from_iterable(extras), *groups]
    for requirement in map(Requirement, asked):
        versions = locked.get(canonicalize_name(requirement.name), set())
        if not any(requirement.specifier.contains(version) for version in versions):
            session.error(f"uv.lock does not satisfy {requirement}; run: uv lock")


def check_changelog(session: nox.Session) -> None:
    """Fail where CHANGELOG.md does not speak of the current version."""
    version = PROJECT["project"]["version"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[?{re.escape(version)}\b", text, re.MULTILINE):
        session.error(f"CHANGELOG.md has no section for {version}; write what callers must know")
