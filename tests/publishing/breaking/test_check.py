"""The checks of whole files: new, removed, renamed and broken ones, odd revisions, and reports."""

from collections.abc import Callable
from pathlib import Path

import pytest

from specs.publishing.breaking.__main__ import main
from specs.publishing.breaking.verdicts import Level
from tests.publishing.breaking.cases import Edit, cancel, document
from tests.publishing.repositories import Repository, entry, repository

WORKFLOW = "arazzo: 1.0.1\ninfo: {title: Toy, version: 1.2.3}\n"
Step = Callable[[Repository], object]


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    """A repository with one commit."""
    return repository(tmp_path / "repository")


def edited(edit: Callable[[bytes], bytes]) -> Step:
    """Edit the specification byte by byte."""

    def step(made: Repository) -> None:
        path = made.root / "specs/toy.yaml"
        path.write_bytes(edit(path.read_bytes()))

    return step


def changed(version: str, edit: Edit, log: str) -> Step:
    """Change the specification, its version and its changelog."""

    def step(made: Repository) -> None:
        newer = document()
        newer["info"]["version"] = version
        edit(newer)
        made.write(newer)
        made.log(log)

    return step


def windows(made: Repository) -> None:
    """Change the line ends of all files."""
    for path in (made.root / "specs").rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def comment(content: bytes) -> bytes:
    """Put a comment on top."""
    return b"# A comment.\n" + content


def steps(*every: Step) -> Step:
    """Several steps, one after another."""
    return lambda made: [step(made) for step in every]


ANONYMOUS: Edit = lambda d: cancel(d).update(security=[])  # noqa: E731
SERVERS: Edit = lambda d: d["servers"].reverse()  # noqa: E731
RENAMED: Edit = lambda d: d["info"].update(description="Other words.")  # noqa: E731
NOTHING: Edit = lambda d: None  # noqa: ARG005, E731
LOGGED = entry("2.0.0") + entry("1.2.3")
LAYOUT = "layout-changed"


@pytest.mark.parametrize(
    ("step", "kinds", "due", "problem"),
    [
        (lambda _: None, "", "1.2.3", ""),
        (windows, "", "1.2.3", ""),
        # A first workflow is due nothing: a specification is not published before it has one.
        (lambda made: made.workflow(WORKFLOW), "", "1.2.3", ""),
        (
            changed("1.2.4", NOTHING, entry("1.2.4") + entry("1.2.3")),
            "",
            "1.2.3",
            "nothing changed",
        ),
        (changed("1.2.2", NOTHING, entry("1.2.2")), "", "1.2.3", "went down"),
        (changed("1.2.2", RENAMED, entry("1.2.2")), "text-changed", "1.2.4", "went down"),
        (changed("2.0.0", ANONYMOUS, LOGGED), "security-removed", "2.0.0", ""),
        (
            changed("1.9.0", ANONYMOUS, entry("1.9.0") + entry("1.2.3")),
            "security-removed",
            "2.0.0",
            "the version is 1.9.0; it has to be 2.0.0 or higher (major)",
        ),
        (changed("2.0.0", ANONYMOUS, entry("1.2.3")), "security-removed", "2.0.0", "no entry for"),
        (changed("2.0.0", ANONYMOUS, entry("2.0.0")), "security-removed", "2.0.0", "is gone"),
        # A version's address keeps its bytes, whatever they mean.
        (edited(comment), LAYOUT, "1.2.4", "1.2.4 or higher"),
        (edited(lambda content: content + b"\n"), LAYOUT, "1.2.4", "1.2.4 or higher"),
        (edited(lambda c: c.replace(b": 1.2.3", b": '1.2.3'")), LAYOUT, "1.2.4", "1.2.4 or higher"),
        (edited(lambda c: c.replace(b"title: T", b"title: &a T")), LAYOUT, "1.2.4", "1.2.4 or"),
        (lambda made: made.write(dict(reversed(document().items()))), LAYOUT, "1.2.4", "1.2.4 or"),
        (
            steps(
                edited(comment),
                edited(lambda content: content.replace(b": 1.2.3", b": 1.2.4")),
                lambda made: made.log(entry("1.2.4", "Layout.") + entry("1.2.3")),
            ),
            LAYOUT,
            "1.2.4",
            "",
        ),
    ],
)
def test_version_and_changelog_have_to_fit_the_change(
    made: Repository, step: Step, kinds: str, due: str, problem: str
) -> None:
    """Too little, too much, and without an entry are refused."""
    step(made)
    (result,) = made.compare()
    assert {change.kind for change in result.changes} == set(kinds.split())
    assert str(result.due) == due
    assert problem in "; ".join(result.problems)
    assert bool(result.problems) is bool(problem)


@pytest.mark.parametrize(
    ("after", "kind", "due"),
    [
        (WORKFLOW, "", "1.2.3"),
        (WORKFLOW.replace("\n", "\r\n"), "", "1.2.3"),
        (WORKFLOW.replace("Toy", "Toys"), "workflow-changed", "1.2.4"),
        (None, "workflow-removed", "2.0.0"),
    ],
)
def test_a_workflow_belongs_to_the_version(
    made: Repository, after: str | None, kind: str, due: str
) -> None:
    """It is published beside the specification, at the same address."""
    made.workflow(WORKFLOW)
    made.commit()
    made.workflow(after)
    (result,) = made.compare()
    assert [change.kind for change in result.changes] == ([kind] if kind else [])
    assert str(result.due) == due


def test_a_new_specification_needs_an_entry_only(made: Repository) -> None:
    """There is nothing to compare a first version with."""
    first = document()
    first["info"].update(version="1.0.0", title="Others")
    first["paths"].popitem()
    made.write(first, "other")
    new, _ = made.compare()
    assert (new.before, new.changes) == (None, ())
    assert "there is no changelog" in new.problems[0]
    made.log(entry("1.0.0", "Everything."), "other")
    assert made.compare()[0].problems == ()


def test_a_base_without_specifications_makes_all_of_them_new(tmp_path: Path) -> None:
    """The first commit of all can be compared with."""
    made = Repository(tmp_path)
    made.git("init", "--quiet", "--initial-branch=main")
    empty = made.commit()
    made.write(document())
    made.log(entry("1.2.3"))
    (result,) = made.compare(empty)
    assert (result.before, str(result.after), result.problems) == (None, "1.2.3", ())


def test_a_removed_specification_breaks_everybody(made: Repository) -> None:
    """It cannot say so itself; its changelog has to."""
    made.file("toy.yaml", None)
    (result,) = made.compare()
    assert [change.kind for change in result.changes] == ["api-removed"]
    assert (str(result.due), len(result.breaks), len(result.problems)) == ("2.0.0", 5, 1)
    made.log(entry("2.0.0", "**Breaking** for everybody: no longer published.") + entry("1.2.3"))
    assert made.compare()[0].problems == ()


def test_a_renamed_file_is_compared_with_its_former_self(made: Repository) -> None:
    """Modules carry the name, so it is breaking; other changes are seen as well."""
    made.file("toy.yaml", None)
    newer = document()
    newer["info"]["version"] = "2.0.0"
    SERVERS(newer)
    made.write(newer, "play")
    made.log(LOGGED, "play")
    (result,) = made.compare()
    assert (result.api, str(result.before), result.problems) == ("play", "1.2.3", ())
    assert {c.kind for c in result.changes} == {"api-renamed", "default-server-changed"}


def test_below_1_0_0_a_breaking_change_raises_the_minor_version(tmp_path: Path) -> None:
    """Nothing is promised yet, and readers still see from the number that something breaks."""
    start = document()
    start["info"]["version"] = "0.4.2"
    made = repository(tmp_path, start)
    SERVERS(start)
    made.write(start)
    (result,) = made.compare()
    assert (result.level, str(result.due)) == (Level.MAJOR, "0.5.0")


def test_the_folder_may_lie_below_the_top_of_the_repository(tmp_path: Path) -> None:
    """The project may be part of a greater one."""
    outer = Repository(tmp_path)
    outer.git("init", "--quiet", "--initial-branch=main")
    inner = Repository(tmp_path / "project")
    inner.write(document())
    inner.log(entry("1.2.3"))
    outer.commit()
    (result,) = inner.compare()
    assert (str(result.before), result.changes) == ("1.2.3", ())


def damaged(made: Repository) -> None:
    """Damage the specification in git's own store."""
    found = made.git("rev-parse", "HEAD:specs/toy.yaml")
    blob = made.root / ".git/objects" / found[:2] / found[2:]
    blob.chmod(0o644)
    blob.write_bytes(b"damaged")


def base(content: str) -> Step:
    """Commit a broken specification, and repair it in the working copy."""

    def step(made: Repository) -> None:
        made.file("toy.yaml", content)
        made.commit()
        made.write(document())

    return step


def head(edit: Edit, api: str = "toy") -> Step:
    """Break a specification in the working copy."""

    def step(made: Repository) -> None:
        broken = document()
        edit(broken)
        made.write(broken, api)

    return step


@pytest.mark.parametrize(
    ("step", "revision", "said"),
    [
        (lambda _: None, "nowhere", "git knows no revision nowhere"),
        # The name of a branch is never taken for an option.
        (lambda _: None, "--all", "git knows no revision --all"),
        (damaged, "HEAD", "cannot compare: "),
        (base("openapi: [3.1.0"), "HEAD", "toy at the base is no YAML"),
        (base("- a\n- b\n"), "HEAD", "toy at the base is no OpenAPI document"),
        (base("info: {version: 1.0}\n"), "HEAD", "toy at the base, info.version: 1.0 is no"),
        (lambda made: made.file("toy.yaml", "a: ["), "HEAD", "cannot compare: toy is no YAML"),
        (
            head(lambda d: d["components"]["schemas"].pop("Failure")),
            "HEAD",
            "toy: the reference #/components/schemas/Failure",
        ),
        (
            head(lambda d: d["paths"].update({"/things": {"$ref": "#/components/nowhere"}}), "new"),
            "HEAD",
            "new: the reference #/components/nowhere leads nowhere",
        ),
        (
            head(lambda d: d["paths"]["/things"]["get"].update(security="none")),
            "HEAD",
            "toy or its base is not valid OpenAPI; run nox -s specs",
        ),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(
    made: Repository, capsys: pytest.CaptureFixture[str], step: Step, revision: str, said: str
) -> None:
    """In a sentence that names the broken side, with an exit status of its own."""
    step(made)
    assert main(["--root", str(made.root), "--", revision]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_a_shallow_clone_learns_what_to_fetch(
    made: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Continuous integration clones shallowly, and HEAD~1 is then missing."""
    made.commit()
    made.git("clone", "--quiet", "--depth=1", f"file://{made.root}", str(tmp_path / "clone"))
    assert main(["HEAD~1", "--root", str(tmp_path / "clone")]) == 2
    said = capsys.readouterr().err
    assert "HEAD~1 is not in this shallow clone" in said
    assert "git fetch --unshallow" in said


@pytest.mark.parametrize(
    ("variable", "said"),
    [("GIT_CEILING_DIRECTORIES", "is in no git repository"), ("PATH", "git is not installed")],
)
def test_a_missing_repository_and_a_missing_git_are_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    said: str,
) -> None:
    """An unpacked archive has no history to compare with."""
    monkeypatch.setenv(variable, str(tmp_path.parent))
    assert main(["HEAD", "--root", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_the_report_says_what_breaks_for_whom_and_what_is_due(
    made: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pull requests show it under the project's name, so no markup and no mention gets through."""
    newer = document()
    cancel(newer)["x-countermand"]["repeat"].update(effect="again")
    newer["info"]["description"] = "See @somebody ` <b>bold</b>\nand more."
    made.write(newer)
    assert main(["HEAD", "--root", str(made.root)]) == 1
    said = capsys.readouterr().out
    assert "`toy`: 1.2.3 → 1.2.3, due 2.0.0, breaking for callers who repeat" in said
    assert "wrong: `the version is 1.2.3; it has to be 2.0.0 or higher (major)`" in said
    (line,) = (line for line in said.splitlines() if "repeat-worse" in line)
    assert line.startswith("- major: repeat-worse at `#/paths/")
    assert "`unknown → again`; breaking for callers who repeat: a repeat that did no" in line
    (line,) = (line for line in said.splitlines() if "text-changed" in line)
    assert line.count("`") == 4
    assert "@somebody" not in line
    assert "<b>bold</b> and more.`; harmless: text only" in line
    output = tmp_path / "report.md"
    assert main(["HEAD", "--root", str(made.root), "--output", str(output)]) == 1
    assert output.read_text(encoding="utf-8") == said


def test_a_report_without_changes_says_so(
    made: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """No heading without a list."""
    assert main(["HEAD", "--root", str(made.root)]) == 0
    assert capsys.readouterr().out == "## The specifications\n\nNothing changed.\n"
