"""What the command makes of repositories: new, gone, renamed and broken files, odd revisions."""

from pathlib import Path

import pytest

from specs.publishing.breaking.__main__ import main
from tests.publishing.breaking.repositories import Repository, document, entry, repository


def failed(made: Repository, base: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says when it cannot compare."""
    assert main([base, "--root", str(made.root)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_an_unchanged_specification_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing changed, nothing is due."""
    status, (judged,) = repository(tmp_path).compare(capsys)
    assert (status, judged["level"], judged["problems"]) == (0, "none", [])


def test_a_version_that_goes_to_windows_and_back_is_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git turns line ends on checkout, which publishes nothing new."""
    made = repository(tmp_path)
    path = made.root / "specs/toy.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    status, (judged,) = made.compare(capsys)
    assert (status, judged["changes"]) == (0, [])


def test_a_version_that_is_raised_without_a_change_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new version promises something new."""
    made = repository(tmp_path)
    raised = document()
    raised["info"]["version"] = "1.2.4"
    made.write(raised)
    made.log(entry("1.2.4"))
    status, (judged,) = made.compare(capsys)
    assert status == 1
    assert "nothing changed" in judged["problems"][0]


@pytest.mark.parametrize("changed", [True, False])
def test_a_version_that_goes_down_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, changed: bool
) -> None:
    """Whoever has the higher one would never hear of it."""
    made = repository(tmp_path)
    lower = document()
    lower["info"]["version"] = "1.2.2"
    lower["info"]["description"] = "Other words." if changed else lower["info"]["description"]
    made.write(lower)
    made.log(entry("1.2.2"))
    status, (judged,) = made.compare(capsys)
    assert status == 1
    assert "went down" in judged["problems"][0]


def test_a_minor_version_is_not_enough_for_what_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The version has to be raised far enough, not only raised."""
    made = repository(tmp_path)
    broken = document()
    broken["info"]["version"] = "1.9.0"
    broken["paths"]["/things/{thingId}/cancels"]["post"]["security"] = []
    made.write(broken)
    made.log(entry("1.9.0") + entry("1.2.3"))
    status, (judged,) = made.compare(capsys)
    assert status == 1
    assert judged["problems"] == ["the version is 1.9.0; it has to be 2.0.0 or higher (major)"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "there is no changelog"),
        (entry("1.2.3"), "no entry for 2.0.0"),
        (entry("2.0.0", "Changed."), "does not say what is breaking"),
        (entry("1.2.3") + entry("2.0.0"), "stands first"),
        (entry("2.0.0").replace("2026-11-20", "soon"), "has no date"),
        (entry("2.0.0").replace("### Changed", "### Various"), "Various is none of"),
        ("## [2.0.0] - 2026-11-20\n\nBreaking.\n", "says nothing"),
        (entry("2.0.0") + entry("next"), "names no version"),
    ],
)
def test_a_change_without_a_proper_entry_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, problem: str
) -> None:
    """The version alone does not say what to do about it."""
    made = repository(tmp_path)
    broken = document()
    broken["info"]["version"] = "2.0.0"
    broken["servers"].reverse()
    made.write(broken)
    made.log(text)
    status, (judged,) = made.compare(capsys)
    assert status == 1
    assert any(problem in told for told in judged["problems"])


def test_a_new_specification_needs_an_entry_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to compare a first version with."""
    made = repository(tmp_path)
    first = document()
    first["info"].update(version="1.0.0", title="Others")
    first["paths"].popitem()
    made.write(first, "other")
    status, (new, _) = made.compare(capsys)
    assert (status, new["before"], new["changes"]) == (1, None, [])
    assert "there is no changelog" in new["problems"][0]
    made.log(entry("1.0.0", "Everything."), "other")
    assert made.compare(capsys)[0] == 0


def test_a_base_without_specifications_makes_all_of_them_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first commit of all can be compared with."""
    made = Repository(tmp_path)
    made.git("init", "--quiet", "--initial-branch=main")
    empty = made.commit()
    made.write(document())
    made.log(entry("1.2.3"))
    status, (judged,) = made.compare(capsys, empty)
    assert (status, judged["before"], judged["after"]) == (0, None, "1.2.3")


def test_a_specification_that_is_gone_breaks_everybody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It cannot say so itself any more; its changelog has to."""
    made = repository(tmp_path)
    (made.root / "specs/toy.yaml").unlink()
    status, (judged,) = made.compare(capsys)
    assert (status, judged["due"], len(judged["breaking"])) == (1, "2.0.0", 5)
    assert [change["kind"] for change in judged["changes"]] == ["api-removed"]
    made.log(entry("2.0.0", "**Breaking** for everybody: no longer published.") + entry("1.2.3"))
    assert made.compare(capsys)[0] == 0


def test_a_renamed_file_is_compared_with_what_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Modules carry the name, so it is breaking; what else changed is seen as well."""
    made = repository(tmp_path)
    (made.root / "specs/toy.yaml").unlink()
    changed = document()
    changed["info"]["version"] = "2.0.0"
    changed["servers"].reverse()
    made.write(changed, "play")
    made.log(entry("2.0.0") + entry("1.2.3"), "play")
    status, (judged,) = made.compare(capsys)
    assert (status, judged["api"], judged["before"]) == (0, "play", "1.2.3")
    kinds = {change["kind"] for change in judged["changes"]}
    assert kinds == {"api-renamed", "default-server-changed"}


def test_an_unknown_revision_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in the name of a branch is not taken for an empty base."""
    assert "git knows no revision nowhere" in failed(repository(tmp_path), "nowhere", capsys)


def test_a_revision_is_never_taken_for_an_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name of a branch may come from somebody else."""
    made = repository(tmp_path)
    assert main(["--root", str(made.root), "--", "--all"]) == 2
    assert "git knows no revision --all" in capsys.readouterr().err


def test_a_shallow_clone_is_told_what_to_fetch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Continuous integration clones shallowly, and HEAD~1 is then not there."""
    made = repository(tmp_path / "origin")
    made.commit()
    made.git("clone", "--quiet", "--depth=1", f"file://{made.root}", str(tmp_path / "clone"))
    said = failed(Repository(tmp_path / "clone"), "HEAD~1", capsys)
    assert "HEAD~1 is not in this shallow clone" in said
    assert "git fetch --unshallow" in said


def test_a_folder_without_a_repository_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unpacked archive has no history to compare with."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "is in no git repository" in failed(Repository(tmp_path), "HEAD", capsys)


def test_a_machine_without_git_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The missing tool is named, not a traceback shown."""
    made = repository(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in failed(made, "HEAD", capsys)


def test_a_file_that_git_cannot_read_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A base that is damaged is not taken for one without specifications."""
    made = repository(tmp_path)
    found = made.git("rev-parse", "HEAD:specs/toy.yaml")
    blob = made.root / ".git/objects" / found[:2] / found[2:]
    blob.chmod(0o644)
    blob.write_bytes(b"damaged")
    assert "cannot compare" in failed(made, "HEAD", capsys)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("openapi: [3.1.0", "toy at the base is no YAML"),
        ("- a\n- b\n", "toy at the base is no OpenAPI document"),
        ("openapi: 3.1.0\ninfo: {version: 1.0}\n", "toy at the base, info.version: 1.0 is no"),
    ],
)
def test_a_base_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    """It says which side is broken, so that nobody looks for the fault on the other one."""
    made = repository(tmp_path)
    path = made.root / "specs/toy.yaml"
    kept = path.read_text(encoding="utf-8")
    path.write_text(content, encoding="utf-8")
    made.commit()
    path.write_text(kept, encoding="utf-8")
    assert said in failed(made, "HEAD", capsys)


def test_a_working_tree_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The broken side is the newer one."""
    made = repository(tmp_path)
    (made.root / "specs/toy.yaml").write_text("a: [", encoding="utf-8")
    assert "cannot compare: toy is no YAML" in failed(made, "HEAD", capsys)


def test_a_reference_that_leads_nowhere_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it should have named cannot be compared."""
    made = repository(tmp_path)
    broken = document()
    del broken["components"]["schemas"]["Failure"]
    made.write(broken)
    said = failed(made, "HEAD", capsys)
    assert "the reference #/components/schemas/Failure leads nowhere" in said


def test_a_new_file_with_such_a_reference_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked into as well, to see whether it is an old one under another name."""
    made = repository(tmp_path)
    broken = document()
    broken["paths"]["/things"] = {"$ref": "#/components/pathItems/Things"}
    made.write(broken, "other")
    said = failed(made, "HEAD", capsys)
    assert "other: the reference #/components/pathItems/Things leads nowhere" in said


def test_a_document_that_is_no_openapi_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text where a list belongs ends in a sentence, not in a traceback."""
    made = repository(tmp_path)
    broken = document()
    broken["paths"]["/things"]["get"]["security"] = "none"
    made.write(broken)
    assert "toy or its base is not valid OpenAPI; run nox -s specs" in failed(made, "HEAD", capsys)


def test_below_1_0_0_what_breaks_raises_the_minor_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is promised yet, and still readers see from the number that something breaks."""
    start = document()
    start["info"]["version"] = "0.4.2"
    made = repository(tmp_path, start)
    start["servers"].reverse()
    made.write(start)
    _, (judged,) = made.compare(capsys)
    assert (judged["level"], judged["due"]) == ("major", "0.5.0")


def test_the_folder_may_lie_below_the_top_of_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The project may be part of a greater one."""
    outer = Repository(tmp_path)
    outer.git("init", "--quiet", "--initial-branch=main")
    inner = Repository(tmp_path / "project")
    inner.write(document())
    inner.log(entry("1.2.3"))
    outer.commit()
    status, (judged,) = inner.compare(capsys)
    assert (status, judged["before"]) == (0, "1.2.3")
