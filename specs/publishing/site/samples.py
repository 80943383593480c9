"""Request samples for the reference: each operation in five languages, from its specification.

A `Call` holds everything that a sample says, derived from the operation in one place; the templates
in `samples/` only arrange it. What no specification says stands in samples.yaml.

curl and Python are run against the sandbox by tests/publishing/site/test_samples.py, which also has
the TypeScript compiler check the types, against those that openapi-typescript makes of the portable
edition. A sample in Go or Java is a whole program for the client that openapi-generator makes of it
with the flags in its first line. The tests hold its names against the portable edition, and `nox -s
matrix` compiles it.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from specs.publishing.document import lookup
from specs.publishing.site import SiteError, facts_text
from specs.publishing.site.sources import Api, Node, Operation

FACTS: Final[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
TEMPLATES: Final = Path(__file__).with_suffix("")
JSON: Final = "application/json"
WIDTH: Final = 34
"""Of a comment, so that a line of it fits into the reference's right column."""


@attrs.frozen(kw_only=True)
class Access:
    """One thing that a request carries to be let in, and the variable that holds its secret."""

    scheme: str
    kind: str
    oauth2: bool
    header: str
    variable: str


@attrs.frozen(kw_only=True)
class Sample:
    """The source of one call in one language; `lang` is the name by which it is coloured."""

    label: str
    lang: str
    source: str


@attrs.frozen(kw_only=True)
class Call:
    """One operation with the values of its examples, and the names that clients give it.

    `optional_parameters` counts those that a call leaves out; `own_server` says whether each
    customer has a server of their own.
    """

    api: str
    id: str
    method: str
    path: str
    server: str
    own_server: bool
    parameters: tuple[tuple[str, str], ...]
    optional_parameters: int
    access: tuple[Access, ...]
    tag: str
    body: Mapping[str, Any]
    schema: str
    required: tuple[str, ...]
    answers: bool
    cancels: bool
    form: bool
    lost: str
    account: str

    @property
    def url(self) -> str:
        """The address with the values of the examples."""
        return self.server + self.path.format(**dict(self.parameters))

    @property
    def module(self) -> str:
        """The API's module in Python."""
        return self.api.replace("-", "_")

    @property
    def go_module(self) -> str:
        """Where a reader may keep the client in Go."""
        return f"example.com/{self.api}"

    @property
    def snake(self) -> str:
        """The operation's name in Python."""
        return snake(self.id)

    @property
    def path_values(self) -> str:
        """The values in the path, as arguments in any of the languages."""
        return ", ".join(literal(value) for _, value in self.parameters)

    @property
    def java_values(self) -> str:
        """The arguments in Java, where those that are left out are null."""
        body = ["body"] if self.body else []
        required = body if self.required else []
        optional = [] if self.required else body
        left_out = ["null"] * self.optional_parameters
        return ", ".join([self.path_values, *required, *left_out, *optional])

    @property
    def widest(self) -> int:
        """The width of the longest name of a scheme with its signs, as gofmt wants it."""
        return max(len(each.scheme) for each in self.access) + len('"":')

    @property
    def required_values(self) -> str:
        """The values of the body's required members, in the order of the schema."""
        return ", ".join(literal(self.body[name]) for name in self.required)

    @property
    def optional(self) -> dict[str, Any]:
        """The other members of the body."""
        return {name: value for name, value in self.body.items() if name not in self.required}

    @property
    def cancellation(self) -> str:
        """What countermand's client is told to cancel, as an expression in Python."""
        if not self.cancels:
            return ""
        named = [f"{snake(name)}={literal(value)}" for name, value in self.parameters]
        named += [
            f"{snake(name)}={literal(self.body[name])}"
            for name in FACTS["members"].get(self.api, ())
        ]
        if amount := FACTS["amounts"].get(self.api):
            named.append(amount.format(amount=next(iter(self.body.values()))))
        lines = "".join(f"    {each},\n" for each in named)
        return f"{self.module}.Cancellation(\n{lines})"


def samples(api: Api, operation: Operation) -> tuple[Sample, ...]:
    """The samples of an operation, in the order of the tabs."""
    made = call(api, operation)
    return tuple(
        Sample(
            label=each["label"],
            lang=each["lang"],
            source=_templates().get_template(each["template"]).render(call=made).strip() + "\n",
        )
        for each in FACTS["languages"]
    )


def call(api: Api, operation: Operation) -> Call:
    """Gather what the samples of an operation say.

    Raises SiteError for a parameter without an example.
    """
    document = api.document
    parameters = [each.raw for each in operation.parameters]
    required = [each for each in parameters if each.get("required")]
    schema, body = _body(operation)
    server = api.document["servers"][0]
    variables = server.get("variables", {})
    defaults = {name: each["default"] for name, each in variables.items()}
    url = server["url"].format(**defaults)
    return Call(
        api=api.name,
        id=operation.id,
        method=operation.method,
        path=operation.path,
        server=url,
        own_server=bool(variables),
        parameters=tuple((each["name"], _example(api, operation, each)) for each in required),
        optional_parameters=len(parameters) - len(required),
        access=tuple(_access(document, operation)),
        tag=operation.node.get("tags")[0],
        body=body,
        schema=schema,
        required=tuple(_required(document, schema)),
        answers=any(
            status.startswith("2") and "content" in each
            for status, each in operation.responses.items()
        ),
        cancels=operation.facts.cancels,
        form=operation.id in FACTS["forms"],
        lost=_lost(operation.facts),
        account=FACTS["accounts"][api.name].format(server=url),
    )


def snake(name: str) -> str:
    """A name in Python's way."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def literal(value: Any) -> str:
    """A text or a number in Python, TypeScript, Go and JSON."""
    return json.dumps(value, ensure_ascii=False)


def _body(operation: Operation) -> tuple[str, Mapping[str, Any]]:
    """The name of the body's schema, and the example that says most; empty without a body."""
    media = operation.body.child("content").child(JSON)
    if not media:
        return "", {}
    values = [each.child("value").raw for each in media.child("examples").members.values()]
    return media.get("schema")["$ref"].rsplit("/", 1)[-1], max(values, key=len)


def _required(document: Node, schema: str) -> Iterator[str]:
    if schema:
        node = lookup(document, f"/components/schemas/{schema}")
        yield from (name for name in node["properties"] if name in node.get("required", ()))


def _example(api: Api, operation: Operation, parameter: Node) -> str:
    if "example" not in parameter:
        raise SiteError(f"{api.name}, {operation.id}: no example of {parameter['name']}")
    return str(parameter["example"])


def _access(document: Node, operation: Operation) -> Iterator[Access]:
    for name in operation.node.get("security")[0]:
        scheme = document["components"]["securitySchemes"][name]
        oauth2 = scheme["type"] == "oauth2"
        yield Access(
            scheme=name,
            kind="bearer" if oauth2 else scheme.get("scheme", "header"),
            oauth2=oauth2,
            header=scheme.get("name", "Authorization"),
            variable=FACTS["secrets"][name],
        )


def _lost(facts: facts_text.Facts) -> str:
    """What to do when no answer comes, without marks of Markdown; nothing for a read."""
    return f"If no answer comes: {facts_text.lost(facts)}".replace("`", "") if facts.cancels else ""


def _comment(text: str, mark: str) -> str:
    """A text as lines of comment."""
    return textwrap.fill(text, WIDTH, initial_indent=mark, subsequent_indent=mark)


def _java(value: Any) -> str:
    """A value in Java, where whole numbers of the portable edition are of the type Long."""
    return literal(value) + ("L" if isinstance(value, int) else "")


@cache
def _templates() -> Environment:
    # Nothing is escaped: a sample is text, which the page that shows it escapes.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        comment=_comment,
        indented=lambda value: json.dumps(value, ensure_ascii=False, indent=2),
        java=_java,
        json=literal,
        upper_first=lambda name: name[:1].upper() + name[1:],
    )
    return environment
