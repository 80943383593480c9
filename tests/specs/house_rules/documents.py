"""Rules about a whole specification."""

import re
from collections import Counter
from collections.abc import Callable

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.specs.reading import Spec, walk

DocumentRule = Callable[[Spec], list[str]]

SEMANTIC = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
LITERAL = re.compile(r"\\[^A-Za-z0-9]|\[(?:\\[^A-Za-z0-9]|[^\]\\])*\]")
"""A character, or a class of them, of a pattern."""
UNLIKE = re.compile(r"\\|\.|\(\?(?![:=!])")
"""What engines read differently, beside those."""


def openapi_is_3_1(spec: Spec) -> list[str]:
    """The file is OpenAPI 3.1; the generators lose absent-or-null in 3.0."""
    if re.fullmatch(r"3\.1\.[0-9]+", str(spec.node.get("openapi"))):
        return []
    return [f"openapi is {spec.node.get('openapi')!r}; write 3.1.0"]


def document_is_valid_openapi(spec: Spec) -> list[str]:
    """The file keeps the OpenAPI schema."""
    errors = OpenAPIV31SpecValidator(spec.node).iter_errors()
    return [f"not valid OpenAPI at {e.json_path}: {e.message}; mend it there" for e in errors]


def version_is_semantic(spec: Spec) -> list[str]:
    """The version is three numbers, since callers read from it what breaks."""
    version = str(spec.node["info"].get("version"))
    if SEMANTIC.fullmatch(version):
        return []
    return [f"info.version is {version!r}; write MAJOR.MINOR.PATCH, see specs/README.md"]


def information_is_complete(spec: Spec) -> list[str]:
    """Title, summary, description and the MIT licence are given."""
    info = spec.node["info"]
    missing = [k for k in ("title", "summary", "description") if not info.get(k)]
    complaints = [f"info.{key} is missing; say what the API is for" for key in missing]
    if info.get("license", {}).get("identifier") != "MIT":
        complaints.append("info.license.identifier is not MIT; these files are published under MIT")
    return complaints


def servers_are_https(spec: Spec) -> list[str]:
    """Credentials never travel in the clear."""
    servers = spec.node.get("servers", [])
    if not servers:
        return ["there is no server; give at least one under servers"]
    return [
        f"server {server['url']} is not https; credentials would travel in the clear"
        for server in servers
        if not server["url"].startswith("https://")
    ]


def server_variables_are_described(spec: Spec) -> list[str]:
    """Whoever fills in a server variable is told what belongs there, in the server's description.

    A widespread parser refuses a description of the variable itself.
    """
    return [
        f"server variable {name} is not explained; let the server's description say `{name}`"
        for server in spec.node.get("servers", [])
        for name, variable in server.get("variables", {}).items()
        if f"`{name}`" not in server.get("description", "") or "description" in variable
    ]


def tags_are_described(spec: Spec) -> list[str]:
    """Every declared tag says what its operations are about."""
    return [
        f"tag {tag['name']} has no description; say what its operations are about"
        for tag in spec.node.get("tags", [])
        if not tag.get("description")
    ]


def operation_ids_are_unique(spec: Spec) -> list[str]:
    """No operation replaces another one; openapi-python-client would do so without a word."""
    counts = Counter(operation.node.get("operationId") for operation in spec.operations)
    return [f"operationId {i} occurs {n} times; rename" for i, n in counts.items() if n > 1]


def references_stay_in_the_file(spec: Spec) -> list[str]:
    """The file is self-contained and every reference leads somewhere."""
    complaints = []
    for key, value in walk(spec.node):
        if key != "$ref":
            continue
        if not str(value).startswith("#/"):
            complaints.append(f"{value} leaves the file; copy what it names into components")
            continue
        try:
            spec.at(value)
        except KeyError:
            complaints.append(f"{value} leads nowhere; correct the name or add the component")
    return complaints


def components_are_used(spec: Spec) -> list[str]:
    """Nothing stands in components that no operation needs."""
    used = spec.asked | spec.answered
    return [
        f"schema {schema.name} is used by no operation; remove it or use it"
        for schema in spec.schemas
        if schema.name not in used
    ]


def patterns_mean_the_same_everywhere(spec: Spec) -> list[str]:
    r"""Patterns have only what every engine reads alike; `\d` matches Arabic digits in some.

    Others have no `(?i)`, and read another set of characters from a dot. Only `$` differs: it is
    the end of the text, as ECMA-262 says.
    """
    return [
        f"pattern {value} means something else elsewhere; write the characters themselves"
        for key, value in walk(spec.node)
        if key == "pattern" and isinstance(value, str) and UNLIKE.search(LITERAL.sub("", value))
    ]


def nullable_is_not_used(spec: Spec) -> list[str]:
    """Null is written as a type; 3.1 ignores the older keyword."""
    return [
        'nullable means nothing in 3.1; write type: [string, "null"]'
        for key, _ in walk(spec.node)
        if key == "nullable"
    ]


def no_work_is_left_over(spec: Spec) -> list[str]:
    """No text speaks of unfinished work."""
    return [
        f"{key} says {value!r}; finish it or leave it out"
        for key, value in walk(spec.node)
        if isinstance(value, str) and re.search(r"\b(TODO|FIXME|TBD|XXX)\b", value)
    ]


DOCUMENT_RULES: tuple[DocumentRule, ...] = (
    openapi_is_3_1,
    document_is_valid_openapi,
    version_is_semantic,
    information_is_complete,
    servers_are_https,
    server_variables_are_described,
    tags_are_described,
    operation_ids_are_unique,
    references_stay_in_the_file,
    components_are_used,
    patterns_mean_the_same_everywhere,
    nullable_is_not_used,
    no_work_is_left_over,
)
