"""What the workflows may do: the schema checks their form, these check what a form cannot."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / ".github/workflows"
FILES = sorted(FOLDER.iterdir())
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
EVENTS = {"push", "pull_request", "workflow_dispatch"}
# Who may write what. No other job may write anything.
WRITERS = {
    ("regenerate", "push", "contents"),
    ("regenerate", "push", "actions"),
    ("specs", "comment", "pull-requests"),
    ("release", "attest", "id-token"),
    ("release", "attest", "attestations"),
    ("release", "pypi", "id-token"),
    ("release", "pages", "pages"),
    ("release", "pages", "id-token"),
}
PUBLISHERS = ("attest", "pypi", "pages")

every_workflow = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def unpinned(text: str) -> list[str]:
    """The uses of an action that name no commit, or no release beside it."""
    uses = [line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line]
    return [line for line in uses if not PINNED.fullmatch(line)]


def content(name: str) -> dict[str, Any]:
    """One workflow, read."""
    workflow: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return workflow


def careless(job: dict[str, Any]) -> list[str]:
    """What a job does that one with a right to publish may not: run, or fetch what others wrote."""
    wrong = [f"runs {step['run']}" for step in job["steps"] if "run" in step]
    uses = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
    return wrong + [f"uses {name}" for name in uses if name == "actions/checkout"]


def writers(name: str, workflow: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Which job may write what."""
    return {
        (name, job, scope)
        for job, content in workflow["jobs"].items()
        for scope, right in content.get("permissions", {}).items()
        if right != "read"
    }


@every_workflow
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    """A tag can be moved; a commit cannot, and the release beside it tells people what it is."""
    assert unpinned(path.read_text(encoding="utf-8")) == []


@every_workflow
def test_no_workflow_runs_foreign_code_with_rights(path: Path) -> None:
    """No event that hands a fork's code our secrets, nothing allowed by default, few writers."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    events = workflow[True]  # YAML 1.1 reads the key `on` as a truth value
    assert set(events) <= EVENTS
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
    assert writers(path.stem, workflow) <= WRITERS


def test_a_release_begins_with_a_tag_only() -> None:
    """Nobody releases by pushing to a branch, and no pull request does."""
    assert content("release")[True] == {"push": {"tags": ["v[0-9]*"]}}


@pytest.mark.parametrize("name", PUBLISHERS)
def test_a_job_that_publishes_runs_nothing_of_the_repository(name: str) -> None:
    """It takes what the build left, so no test or dependency ever sees its rights."""
    job = content("release")["jobs"][name]
    assert careless(job) == []
    needs = {job["needs"]} if isinstance(job["needs"], str) else {*job["needs"]}
    assert needs & {"build", "specifications"}


@pytest.mark.parametrize(("name", "place"), [("pypi", "pypi"), ("pages", "github-pages")])
def test_a_person_has_to_approve_a_publication(name: str, place: str) -> None:
    """Each place is an environment, whose rules the repository's settings hold."""
    job = content("release")["jobs"][name]
    assert job["environment"]["name"] == place
    assert "attest" in job["needs"]


@pytest.mark.parametrize(
    ("name", "sessions"),
    [("build", ["wheel"]), ("specifications", ["tree", "docs"])],
    ids=["build", "specs"],
)
def test_what_is_published_is_built_where_no_test_runs(name: str, sessions: list[str]) -> None:
    """A test or one of its many tools could change it; and all must have passed before."""
    job = content("release")["jobs"][name]
    assert job["needs"] == "test"
    runs = [step["run"].split()[:3] for step in job["steps"] if "nox" in step.get("run", "")]
    assert runs == [["python", "-m", "pip"], *(["nox", "-s", session] for session in sessions)]
    assert "upload" in job["steps"][-1]["uses"]
    for session in sessions:
        built = nox_session(session)
        assert "pytest" not in built
        assert "tests" not in built


def nox_session(name: str) -> str:
    """The source of a session, without its docstring."""
    tree = ast.parse((FOLDER.parents[1] / "noxfile.py").read_text(encoding="utf-8"))
    (found,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return "\n".join(ast.unparse(line) for line in found.body[1:])


@pytest.mark.parametrize(
    ("name", "built", "artifact", "session"),
    [
        ("install", "build", "distribution", "nox -s build -- "),
        ("visit", "specifications", "github-pages", "nox -s site -- --tree "),
    ],
)
def test_what_is_published_is_itself_tested_before(
    name: str, built: str, artifact: str, session: str
) -> None:
    """The very bytes: the job that tests takes what the other uploaded, and leaves nothing."""
    jobs = content("release")["jobs"]
    assert jobs[name]["needs"] == built
    steps = jobs[name]["steps"]
    (taken,) = [s for s in steps if s.get("uses", "").startswith("actions/download-artifact@")]
    assert taken["with"]["name"] == artifact
    assert steps[-1]["run"].startswith(session)
    assert not [s for s in steps if "upload" in s.get("uses", "")]
    # Signed and published is only what passed.
    assert {name, built} <= {*jobs["attest"]["needs"]}


@every_workflow
def test_every_session_that_opens_pages_has_a_browser(path: Path) -> None:
    """A variable of one step is not there in the next."""
    for job in content(path.stem)["jobs"].values():
        for step in job["steps"]:
            words = step.get("run", "").split()
            if "nox" in words and {"site", '"$SESSION"'} & {*words}:
                assert "CHROMIUM" in job.get("env", {}) | step.get("env", {}), step


def test_the_documentation_is_in_the_list_of_checksums(tmp_path: Path) -> None:
    """Below the specifications, each file of it, as `sha256sum --check` reads them."""
    docs = tmp_path / "dist" / "docs"
    specs = tmp_path / "dist" / "specs"
    (docs / "a folder").mkdir(parents=True)
    specs.mkdir()
    (docs / "index.html").write_text("one", encoding="utf-8")
    (docs / "a folder" / "page.html").write_text("two", encoding="utf-8")
    (specs / "SHA256SUMS").write_text("", encoding="utf-8")
    steps = content("release")["jobs"]["specifications"]["steps"]
    (copies,) = [step["run"] for step in steps if "dist/specs/docs" in step.get("run", "")]
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", copies]
    subprocess.run(shell, cwd=tmp_path, check=True)
    lines = (specs / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert [line.partition("  ")[2] for line in lines] == [
        "docs/a folder/page.html",
        "docs/index.html",
    ]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=specs, check=True)


def test_both_archives_are_signed() -> None:
    """The wheel's folder, the very archive of the site, and the list of sums that it publishes."""
    steps = content("release")["jobs"]["attest"]["steps"]
    taken = {s["with"]["name"]: s["with"]["path"] for s in steps if "name" in s.get("with", {})}
    assert taken == {"distribution": "dist", "github-pages": "site", "checksums": "site"}
    subjects = steps[-1]["with"]["subject-path"].split()
    assert subjects == ["dist/*", "site/artifact.tar", "site/SHA256SUMS"]


def test_no_password_publishes() -> None:
    """Trusted publishing needs no secret, so none can be lost."""
    for path in FILES:
        assert "secrets." not in path.read_text(encoding="utf-8"), path.name


def test_the_catalogue_below_a_hidden_folder_is_published() -> None:
    """`.well-known/` begins with a dot; uploads leave such folders out unless told otherwise."""
    steps = content("release")["jobs"]["specifications"]["steps"]
    (upload,) = [s for s in steps if s.get("uses", "").startswith("actions/upload-pages-artifact@")]
    assert upload["with"] == {"path": "dist/specs", "include-hidden-files": True}


def test_every_pull_request_is_compared_with_its_base() -> None:
    """Not only those that touch a specification, and with what the base is now."""
    workflow = content("specs")
    assert workflow[True]["pull_request"] is None
    steps = workflow["jobs"]["breaking"]["steps"]
    assert any(step.get("run", "").startswith("nox -s breaking -- HEAD^1 ") for step in steps)


def test_the_head_that_is_merged_is_checked_as_the_pull_request_was() -> None:
    """The commit with the new clients starts nothing by itself, so all that checks is started."""
    started = re.findall(
        r"gh workflow run (\S+) --ref \"\$BRANCH\"",
        content("regenerate")["jobs"]["push"]["steps"][-1]["run"],
    )
    checks = {path.stem: content(path.stem) for path in FILES if path.stem != "regenerate"}
    checks = {name: each for name, each in checks.items() if "pull_request" in each[True]}
    assert sorted(started) == sorted(f"{name}.yml" for name in checks)
    assert all("workflow_dispatch" in each[True] for each in checks.values())
    left_out = {
        job
        for each in checks.values()
        for job, what in each["jobs"].items()
        if "event_name == 'pull_request'" in what.get("if", "")
    }
    # Its report was posted for the commit before, which holds the same specifications.
    assert left_out == {"comment"}


def merge_step() -> dict[str, Any]:
    """The step that makes of a branch what a pull request's checkout is: the merge to come."""
    steps: list[dict[str, Any]] = content("specs")["jobs"]["breaking"]["steps"]
    (step,) = [step for step in steps if "git" in step.get("run", "")]
    return step


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, and return what it says."""
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, name: str) -> None:
    """Commit a new file."""
    (folder / name).touch()
    git(folder, "add", name)
    git(folder, "commit", "--message", name)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the checkout leaves: a branch, and a main branch that moved on since it began."""
    upstream = tmp_path / "upstream"
    git(tmp_path, "init", "--initial-branch", "main", str(upstream))
    commit(upstream, "begun")
    git(upstream, "checkout", "-b", "feature")
    commit(upstream, "specification")
    commit(upstream, "clients")
    git(upstream, "checkout", "main")
    commit(upstream, "other")
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--branch", "feature", str(upstream), str(folder))
    return folder


def start(folder: Path) -> None:
    """Run the step as GitHub does, on a machine where git knows nobody."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    facts = {"BASE": "main", "GITHUB_SHA": git(folder, "rev-parse", "HEAD")}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", merge_step()["run"]]
    subprocess.run(command, cwd=folder, env=os.environ | nobody | facts, check=True)


def test_what_is_started_by_hand_is_compared_with_the_default_branch(clone: Path) -> None:
    """With what that is now, and without what only that one has."""
    start(clone)
    assert git(clone, "rev-parse", "HEAD^1") == git(clone, "rev-parse", "origin/main")
    changed = git(clone, "diff", "--name-only", "HEAD^1").splitlines()
    assert changed == ["clients", "specification"]


def test_the_default_branch_is_compared_with_what_it_was(clone: Path) -> None:
    """Started there, the same step leaves the last commit, and the one before it to compare."""
    git(clone, "checkout", "main")
    start(clone)
    assert git(clone, "diff", "--name-only", "HEAD^1").splitlines() == ["other"]


def test_the_step_has_what_it_merges() -> None:
    """All branches are fetched, and the base comes from GitHub, through the environment."""
    checkout = content("specs")["jobs"]["breaking"]["steps"][0]
    assert checkout["with"]["fetch-depth"] == 0
    assert merge_step()["if"] == "github.event_name == 'workflow_dispatch'"
    assert merge_step()["env"] == {"BASE": "${{ github.event.repository.default_branch }}"}


def test_the_report_is_posted_by_a_job_that_runs_nothing_of_the_pull_request() -> None:
    """It may write, so it reads a file and nothing else; a fork's run cannot write at all."""
    job = content("specs")["jobs"]["comment"]
    uses = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
    assert uses == ["actions/download-artifact"]
    assert "head.repo.full_name == github.repository" in job["if"]
    for step in job["steps"]:
        assert "${{" not in step.get("run", "")


def test_a_publishing_job_that_runs_something_is_found() -> None:
    """The check can fail."""
    job = {"steps": [{"run": "make"}, {"uses": "actions/checkout@0"}, {"uses": "a/b@0"}]}
    assert careless(job) == ["runs make", "uses actions/checkout"]


@pytest.mark.parametrize(
    "line", ["uses: actions/checkout@main", "uses: actions/checkout@v6", f"uses: a/b@{'0' * 40}"]
)
def test_an_action_that_is_not_pinned_is_found(line: str) -> None:
    """The check can fail."""
    assert unpinned(f"      - {line}\n") == [line]


def test_a_job_that_may_write_is_found() -> None:
    """The check can fail."""
    workflow = {"jobs": {"publish": {"permissions": {"contents": "write", "actions": "read"}}}}
    assert writers("tests", workflow) == {("tests", "publish", "contents")}
