"""The pages as files: their content, their links, and what stops the build."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

from specs.publishing.site import (
    SiteError,
    build,
    changes,
    markdown,
    reference,
    security,
    statements,
    workflows,
)
from specs.publishing.snapshots import ROOT

if TYPE_CHECKING:
    from specs.publishing.site.sources import Api

POLICY = re.compile(
    r'<meta http-equiv="Content-Security-Policy" content="'
    r"default-src 'none'; script-src 'self'; style-src 'self'(?: 'sha256-[\w+/=]+')*;"
    r" img-src 'self' data:; form-action 'self'; base-uri 'none'\">"
)


class PageParser(HTMLParser):
    """Collects a page's links, ids, resources, and code that stands in it."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.resources: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        values = {name: value or "" for name, value in attrs}
        # The documentation of the package is a tree of its own: see test_documentation.py.
        if values.get("rel") != "help":
            self.links += [values[name] for name in ("href", "src", "action") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        data = tag == "script" and ("src" in values or values.get("type") == "application/json")
        if tag in {"script", "style"} and not data:
            self.inline.append(tag)
        if tag in {"script", "img", "iframe", "source", "embed", "object"} and "src" in values:
            self.resources.append(values["src"])
        if tag == "link":
            self.resources.append(values["href"])


@pytest.fixture(scope="module")
def pages(tree: Path, apis: dict[str, Api]) -> dict[str, PageParser]:
    """Every page by its path; a reference has the ids that Redoc gives to operations."""
    found = {
        path.relative_to(tree).as_posix(): PageParser(path.read_text(encoding="utf-8"))
        for path in tree.rglob("*.html")
    }
    for api in apis.values():
        for version in api.versions:
            ids = [f"operation/{operation.id}" for operation in version.operations]
            found[f"{api.name}/{version.version}/index.html"].ids.extend(ids)
    return found


@pytest.fixture
def copied(tree: Path, tmp_path: Path) -> Path:
    """A tree that a test may spoil."""
    return Path(shutil.copytree(tree, tmp_path / "tree"))


@pytest.fixture(scope="module")
def root(base: str) -> str:
    """An address for the tree's root, below the path that it was built for."""
    return f"http://site.invalid{base}"


def broken(tree: Path, pages: dict[str, PageParser], root: str, path: str) -> list[str]:
    """The links of a page that lead nowhere."""
    wrong = []
    for link in pages[path].links:
        address, fragment = urldefrag(urljoin(root + path, link))
        if urlsplit(address).netloc != urlsplit(root).netloc:
            continue
        target = unquote(urlsplit(address.removeprefix(root)).path) or "index.html"
        known = pages[target].ids if target in pages else []
        if not (tree / target).is_file() or (fragment and fragment not in known):
            wrong.append(link)
    return wrong


def test_every_link_leads_to_a_file_and_to_a_place_in_it(
    tree: Path, pages: dict[str, PageParser], root: str
) -> None:
    """Internal links resolve, fragments included; the check finds a missing file and place."""
    assert {path: found for path in pages if (found := broken(tree, pages, root, path))} == {}
    spoilt, page = PageParser(), "bento/x.html"
    spoilt.links = ["nowhere.html", "index.html#nowhere", "../unzer/index.html#calls"]
    assert broken(tree, {**pages, page: spoilt}, root, page) == spoilt.links[:2]


def test_ids_are_unique_and_links_lead_out_only_to_the_providers(
    pages: dict[str, PageParser], apis: dict[str, Api]
) -> None:
    """A fragment leads to one place; a reader leaves for a provider's own page alone."""
    twice = {path: page.ids for path, page in pages.items() if len(set(page.ids)) < len(page.ids)}
    assert twice == {}
    allowed = {api.document["externalDocs"]["url"] for api in apis.values()}
    assert {link for page in pages.values() for link in page.links if urlsplit(link).scheme} <= (
        allowed
    )


def test_every_page_can_be_reached_from_the_landing_page(
    pages: dict[str, PageParser], root: str
) -> None:
    """No page is hidden but 404.html, which servers show."""
    reached, waiting = set(), ["index.html"]
    while waiting:
        path = waiting.pop()
        if path in pages and path not in reached:
            reached.add(path)
            addresses = (urldefrag(urljoin(root + path, link)).url for link in pages[path].links)
            waiting += [urlsplit(each.removeprefix(root)).path for each in addresses]
    assert set(pages) - reached == {"404.html"}


def test_no_page_holds_code_or_loads_from_elsewhere(
    tree: Path, pages: dict[str, PageParser]
) -> None:
    """The policy of each page permits neither, and the page needs neither."""
    for path, page in pages.items():
        assert POLICY.search((tree / path).read_text(encoding="utf-8")), path
        assert not page.inline, path
        assert not [address for address in page.resources if ":" in address], path
    style = (tree / "assets/site.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_a_tree_that_was_built_elsewhere_can_be_checked(copied: Path) -> None:
    """`--tree FOLDER` checks that tree, such as a release's, and no other."""
    (copied / "unzer/fields.html").unlink()
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/publishing/site")
    done = subprocess.run(
        [*command, "--tree", str(copied), "-k", "link_leads or ids_are_unique"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "1 failed, 1 passed" in done.stdout
    assert "unzer/fields.html" in done.stdout


def test_redoc_is_bundled_without_its_one_outside_address(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script in the tree names no host that it would load from, nor does a new version."""
    script = (tree / "assets/redoc.standalone.js").read_bytes()
    assert b"cdn." not in script
    assert b"sourceMappingURL" not in script.rsplit(b"\n", 2)[-1]
    assert b"MIT" in (tree / "assets/redoc.standalone.js.LICENSE.txt").read_bytes()
    other = tmp_path / "redoc.js"
    monkeypatch.setattr(reference, "BUNDLE", other)
    with pytest.raises(SiteError, match="npm ci"):
        reference.bundle()
    for content in (reference.LOGO + b' + "https://cdn.example/more.js"', b"nothing to replace"):
        other.write_bytes(content)
        with pytest.raises(SiteError, match="other outside addresses"):
            reference.bundle()


def test_the_reference_shows_the_facts_and_the_download_stays_the_original(
    tree: Path, apis: dict[str, Api]
) -> None:
    """Each operation's description begins with the sentences; openapi.json has none of them."""
    for api in apis.values():
        shown = json.loads(reference.display(api, apis))
        original = json.loads((tree / api.name / api.version / "openapi.json").read_text("utf-8"))
        for operation in api.operations:
            at = shown["paths"][operation.path][operation.method.lower()]
            assert at["description"].startswith('<div class="fact fact-')
            own = original["paths"][operation.path][operation.method.lower()]["description"]
            assert at["description"].endswith(own)
            assert "<div" not in own


def spoil(tree: Path, file: str, old: str, new: str) -> None:
    """Replace a text in a published file that the pages are made of."""
    path = tree / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "message"),
    [
        ("unzer", "openapi.json", '"effect": "again"', '"effect": "sometimes"', ", cancelPayment"),
        (
            "bento",
            "openapi.json",
            "An absent amount means\\neverything.",
            "An absent amount means nothing.",
            ": /components/schemas/CancelRequest",
        ),
        ("bento", "openapi.json", '"bearer",', '"hoba",', ": no words for the security scheme b"),
        ("unzer", "arazzo.yaml", "operationId:", "operationPath:", ": the workflow decides oth"),
        ("vtex", "../../index.json", '"role": "arazzo"', '"role": "other"', " .* lists no arazzo"),
    ],
)
def test_a_page_that_would_be_wrong_or_incomplete_fails_the_build(
    copied: Path, apis: dict[str, Api], name: str, file: str, old: str, new: str, message: str
) -> None:
    """An unknown fact, a gone clause, a new security scheme, a changed step, a missing file."""
    spoil(copied, f"{name}/{apis[name].version}/{file}", old, new)
    with pytest.raises(SiteError, match=rf"^(?:{name}|pace-pay){message}"):
        build.build(copied)


def test_markup_in_a_specification_stays_text(copied: Path, apis: dict[str, Api]) -> None:
    """A description cannot bring an element into our own pages, nor end the data block."""
    folder = f"vtex/{apis['vtex'].version}"
    words = "</script><script>alert(1)</script> The words"
    spoil(copied, f"{folder}/openapi.json", "The provider's own words", words)
    build.build(copied)
    for name in ("vtex/fields.html", f"{folder}/index.html"):
        assert "<script>alert" not in (copied / name).read_text(encoding="utf-8")


def test_the_landing_page_keeps_what_it_promises(tree: Path, apis: dict[str, Api]) -> None:
    """The index holds every file of an API but its pages; three files of a version stay."""
    index = json.loads((tree / "index.json").read_text(encoding="utf-8"))
    listed = {each["path"] for each in index["files"]}
    files = {path for name in apis for path in (tree / name).rglob("*") if path.is_file()}
    assert {path.relative_to(tree).as_posix() for path in files if path.suffix != ".html"} <= listed
    said = re.sub(r"\s+", " ", (tree / "index.html").read_text(encoding="utf-8"))
    assert "every file of an API but its pages" in said
    kept = re.search(r'<p id="kept">(.*?)</p>', said)
    assert kept
    names = re.findall(r"<code>(.*?)</code>", kept[1])
    assert names == ["openapi.yaml", "openapi.json", "arazzo.yaml"]
    assert "never changes" not in said


def test_each_api_shows_its_workflows_and_its_credentials(tree: Path, apis: dict[str, Api]) -> None:
    """Every case of every step in words, nothing of Arazzo's own, and headers and scopes."""
    for api in apis.values():
        page = (tree / api.name / "index.html").read_text(encoding="utf-8")
        found = workflows.decisions(api)
        assert page.count('<article class="workflow"') == len(found)
        steps = [step for each in found for step in each.steps]
        assert page.count('<dl class="cases">') == len(steps)
        for case in (case for step in steps for case in step.cases):
            said = f"<dt>{markdown.inline(case.when)}</dt>\n<dd>{markdown.inline(case.then)}</dd>"
            assert f'<div class="case case-{case.kind}">\n{said}' in page
        shown = page[page.index('id="workflows"') : page.index('id="downloads"')]
        assert "$" not in shown
        assert f'href="{api.version}/arazzo.yaml"' in shown
        schemes = api.document["components"]["securitySchemes"]
        assert [name for name, _ in security.schemes(api)] == list(schemes)
        for node in schemes.values():
            scopes = [each for flow in node.get("flows", {}).values() for each in flow["scopes"]]
            for wanted in (*scopes, *([node["name"]] if node["type"] == "apiKey" else [])):
                assert f"<code>{wanted}</code>" in page
    page = (tree / "pace-fueling/index.html").read_text(encoding="utf-8")
    assert "<code>getTransaction</code></a> of PACE Pay" in page


def test_a_case_that_goes_on_elsewhere_names_a_workflow_of_the_same_page(
    apis: dict[str, Api],
) -> None:
    """What stands between quotation marks is a title, and a number is that of a later step."""
    for api in apis.values():
        found = workflows.decisions(api)
        titles = {each.title for each in found}
        for each in found:
            for number, step in enumerate(each.steps, 1):
                for case in step.cases:
                    assert set(re.findall("“(.*?)”", case.then)) <= titles
                    goals = re.findall(r"Go on with step (\d)", case.then)
                    assert goals in ([], [str(number + 1)])


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ("condition", r"vtex: the workflow decides otherwise .* note `logic: \"[0-9a-f]{12}\"`"),
        ("workflow", "vtex: workflows.yaml needs the workflows cancelAndFindOut$"),
        ("step", "vtex: workflows.yaml needs the steps cancel, in order"),
        ("kind", "vtex: cancel has a case of no kind: perhaps"),
        ("call", "vtex: step cancel calls no operation by its operationId"),
    ],
)
def test_words_that_do_not_belong_to_their_workflow_fail_the_build(
    apis: dict[str, Api], spoilt: str, message: str
) -> None:
    """A changed condition, another workflow or step, and a case whose colour nobody knows."""
    api, words = copy.deepcopy((apis["vtex"], workflows.WORDS))
    own = words["apis"]["vtex"]
    if spoilt == "condition":
        api.workflow["workflows"][0]["steps"][0]["successCriteria"].pop()
    elif spoilt == "workflow":
        own["another"] = own.pop("cancelAndFindOut")
    elif spoilt == "step":
        own["cancelAndFindOut"]["another"] = own["cancelAndFindOut"].pop("cancel")
    elif spoilt == "call":
        del api.workflow["workflows"][0]["steps"][0]["operationId"]
        own["logic"] = workflows.digest(api.workflow)
    else:
        own["cancelAndFindOut"]["cancel"]["cases"].append(["Anything", "Done.", "perhaps"])
    with pytest.raises(SiteError, match=message):
        workflows.decisions(api, words)


def test_changes_are_told_by_date_and_none_is_left_out(tree: Path, apis: dict[str, Api]) -> None:
    """Every line of every changelog's releases, under its day and the name of its API."""
    found = changes.by_date(apis.values())
    dates = [date for date, _ in found]
    assert dates == sorted(set(dates), reverse=True)
    page = (tree / "changelog.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="on-([0-9-]+)">', page) == dates
    for api in apis.values():
        versions = re.findall(r"^## \[(.*?)\]", api.changelog, re.MULTILINE)
        assert [each.version for each in changes.releases(api)] == versions
        assert page.count(f'<article aria-labelledby="{api.name}-') == len(versions)
        lines = re.findall(r"^- ", api.changelog, re.MULTILINE)
        assert sum(each.changed.count("<li>") for each in changes.releases(api)) >= len(lines)


def test_each_reference_begins_with_address_and_credentials(
    tree: Path, apis: dict[str, Api]
) -> None:
    """Above Redoc, also for a reader without scripts; of every version."""
    for api in apis.values():
        for version in api.versions:
            page = (tree / api.name / version.version / "index.html").read_text(encoding="utf-8")
            top = page[: page.index('<div id="reference"')]
            for server in version.document["servers"]:
                assert f"<code data-copy>{server['url']}</code>" in top
            for name, text in security.schemes(version):
                assert f"<code>{name}</code> {markdown.inline(text)}" in top


def test_the_landing_page_lists_each_fact_once(tree: Path, apis: dict[str, Api]) -> None:
    """One row for each API, and each of its answers in that row alone."""
    page = (tree / "index.html").read_text(encoding="utf-8")
    assert page.count('<th role="rowheader"') == len(apis)
    said = statements.statements({api.name: api.document for api in apis.values()})
    for name in apis:
        for each in said[name]:
            shown = page.count(str(markdown.inline(each.short)))
            assert shown >= 1 if each.topic in {"amount", "success", "trap"} else shown == 0
