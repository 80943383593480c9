"""The pages as files."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from specs.publishing.publish import publish
from specs.publishing.site import build, quotes, reference, words
from specs.publishing.site.sources import Api
from specs.publishing.snapshots import ROOT

POLICY = re.compile(
    r'<meta http-equiv="Content-Security-Policy" content="'
    r"default-src 'none'; script-src 'self'; style-src 'self'(?: 'sha256-[\w+/=]+')*;"
    r" img-src 'self' data:; form-action 'self'; base-uri 'none'\">"
)


@pytest.fixture
def copied(tree: Path, tmp_path: Path) -> Path:
    """A tree that a test may spoil."""
    return Path(shutil.copytree(tree, tmp_path / "tree"))


def spoil(tree: Path, api: Api, old: str, new: str) -> None:
    """Replace a text in the published document that the pages are made of."""
    path = tree / api.name / api.version / "openapi.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_two_builds_are_the_same_bytes(tree: Path, base: str) -> None:
    """Nothing in a page depends on when or where it was built."""
    first = dict(build.pages(tree, base))
    assert first == dict(build.pages(tree, base))
    assert all((tree / path).read_bytes() == content for path, content in first.items())


def judged(tree: Path) -> subprocess.CompletedProcess[str]:
    """Have some of these tests judge a tree that they have not built."""
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/publishing/site")
    return subprocess.run(
        [*command, "--tree", str(tree), "-k", "link_leads or two_builds"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_tree_that_was_built_elsewhere_can_be_judged(tmp_path: Path) -> None:
    """A release's, for instance: it is that one, and no other, that passes or fails."""
    released = tmp_path / "specs"
    publish(released, "https://example.org/specs/")
    assert "2 passed" in judged(released).stdout
    (released / "unzer/fields.html").unlink()
    done = judged(released)
    assert done.returncode == 1
    assert "unzer/fields.html" in done.stdout


def test_every_page_forbids_what_is_not_ours(tree: Path) -> None:
    """The policy permits no inline script and no outside source, on any page."""
    for path in tree.rglob("*.html"):
        assert POLICY.search(path.read_text(encoding="utf-8")), path


def test_no_page_holds_inline_code_or_an_outside_resource(tree: Path) -> None:
    """No script, style, image or frame comes from elsewhere, and none stands in the page."""
    for path in tree.rglob("*.html"):
        found = Resources()
        found.feed(path.read_text(encoding="utf-8"))
        assert not found.inline, path
        assert not [address for address in found.addresses if ":" in address], path
    style = (tree / "assets/site.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style


class Resources(HTMLParser):
    """Collects what a page loads, and code that stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        values = {name: value or "" for name, value in attrs}
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        if tag == "style" or (
            tag == "script" and "src" not in values and values.get("type") != "application/json"
        ):
            self.inline.append(tag)
        if tag in {"script", "img", "iframe", "source", "embed", "object"} and "src" in values:
            self.addresses.append(values["src"])
        if tag == "link":
            self.addresses.append(values["href"])


def test_redoc_is_bundled_without_its_one_outside_address(tree: Path) -> None:
    """The script in the tree names no host that it would load from."""
    script = (tree / "assets/redoc.standalone.js").read_bytes()
    assert b"cdn." not in script
    assert b"sourceMappingURL" not in script.rsplit(b"\n", 2)[-1]
    assert b"MIT" in (tree / "assets/redoc.standalone.js.LICENSE.txt").read_bytes()


def test_a_redoc_that_loads_from_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new version with a new outside address does not slip through."""
    script = tmp_path / "redoc.js"
    monkeypatch.setattr(reference, "BUNDLE", script)
    with pytest.raises(reference.BundleError, match="npm ci"):
        reference.bundle()
    script.write_bytes(reference.LOGO + b' + "https://cdn.example/more.js"')
    with pytest.raises(reference.BundleError, match="other outside addresses"):
        reference.bundle()
    script.write_bytes(b"nothing to replace")
    with pytest.raises(reference.BundleError, match="other outside addresses"):
        reference.bundle()


def test_the_reference_shows_the_facts_and_the_download_stays_the_original(
    tree: Path, apis: tuple[Api, ...]
) -> None:
    """Each operation's description begins with the words; openapi.json has no such words."""
    for api in apis:
        shown = json.loads(reference.display(api.newest, {a.name: a.version for a in apis}))
        original = json.loads((tree / api.name / api.version / "openapi.json").read_text("utf-8"))
        for operation in api.operations:
            at = shown["paths"][operation.path][operation.method.lower()]
            assert at["description"].startswith('<div class="fact fact-')
            own = original["paths"][operation.path][operation.method.lower()]["description"]
            assert at["description"].endswith(own)
            assert "<div" not in own


def test_an_unknown_fact_fails_the_build(copied: Path, apis: tuple[Api, ...]) -> None:
    """A page cannot be built that leaves a fact out."""
    unzer = next(api for api in apis if api.name == "unzer")
    spoil(copied, unzer, '"effect": "again"', '"effect": "sometimes"')
    with pytest.raises(words.UnknownFactError, match=r"unzer, cancelPayment, repeat\.effect"):
        build.build(copied)


def test_a_statement_without_ground_fails_the_build(copied: Path, apis: tuple[Api, ...]) -> None:
    """The amounts' meaning cannot change in the specification alone."""
    bento = next(api for api in apis if api.name == "bento")
    spoil(copied, bento, "An absent amount means\\neverything.", "An absent amount means nothing.")
    with pytest.raises(quotes.UnfoundedError, match=r"^bento: /components/schemas/CancelRequest"):
        build.build(copied)


def test_markup_in_a_specification_stays_text(copied: Path, apis: tuple[Api, ...]) -> None:
    """A description cannot bring an element into our own pages, nor end the data block."""
    vtex = next(api for api in apis if api.name == "vtex")
    spoil(copied, vtex, "The provider's own words", "</script><script>alert(1)</script> The words")
    build.build(copied)
    for name in ("fields.html", f"{vtex.version}/index.html"):
        assert "<script>alert" not in (copied / vtex.name / name).read_text(encoding="utf-8")


def test_the_page_for_what_is_missing_knows_where_the_site_is(copied: Path) -> None:
    """404.html is shown at any depth, so its addresses begin at the root that it is told."""
    build.build(copied, base="/specs/")
    text = (copied / "404.html").read_text(encoding="utf-8")
    assert 'href="/specs/assets/site.css"' in text
    assert 'href="/specs/index.html"' in text


def test_the_index_holds_what_the_landing_page_says(tree: Path, apis: tuple[Api, ...]) -> None:
    """Every file of an API but its pages; the page claims no more than that."""
    listed = {
        each["path"] for each in json.loads((tree / "index.json").read_text("utf-8"))["files"]
    }
    for api in apis:
        there = {
            path.relative_to(tree).as_posix()
            for path in (tree / api.name).rglob("*")
            if path.is_file() and path.suffix != ".html"
        }
        assert there <= listed
    said = re.sub(r"\s+", " ", (tree / "index.html").read_text(encoding="utf-8"))
    assert "every file of an API but its pages" in said
    assert "Every API, version, operation with its facts, and file" not in said


def test_the_landing_page_promises_to_keep_what_change_control_compares(tree: Path) -> None:
    """The specification and its workflow; a page in the same folder may be made anew."""
    said = (tree / "index.html").read_text(encoding="utf-8")
    kept = re.search(r'<p id="kept">(.*?)</p>', said)
    assert kept
    assert re.findall(r"<code>(.*?)</code>", kept[1]) == [
        "openapi.yaml",
        "openapi.json",
        "arazzo.yaml",
    ]
    assert "never changes" not in said
