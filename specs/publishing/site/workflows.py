"""Says an Arazzo workflow as decisions in words, which stand in workflows.yaml.

The words belong to the workflow as it is: they name each of its steps, and a digest of its logic.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing.site import SiteError
from specs.publishing.site.sources import Api

Node = Mapping[str, Any]
WORDS: Final[Node] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
LOGIC: Final = ("stepId", "operationId", "successCriteria", "onSuccess", "onFailure")
"""The members of a step that decide what is called, and what follows."""


@attrs.frozen(kw_only=True)
class Case:
    """What may come, what is known then, in Markdown, and the kind of it."""

    when: str
    then: str
    kind: str


@attrs.frozen(kw_only=True)
class Step:
    """What to do, in Markdown, the operation that is called for it, and every case that follows."""

    do: str
    api: str
    operation: str
    cases: tuple[Case, ...]


@attrs.frozen(kw_only=True)
class Decisions:
    """One workflow: its name, its title, what it needs, and its steps."""

    name: str
    title: str
    inputs: Node
    steps: tuple[Step, ...]


def decisions(api: Api, words: Node = WORDS) -> tuple[Decisions, ...]:
    """Every workflow of an API.

    Raises SiteError where the words and the workflow do not belong together.
    """
    known = dict(words["apis"].get(api.name, {}))
    noted, found = str(known.pop("logic", "")), digest(api.workflow)
    if noted != found:
        raise SiteError(
            f"{api.name}: the workflow decides otherwise than when it was put into words; read"
            f' workflows.yaml against it, and note `logic: "{found}"` there'
        )
    names = [workflow["workflowId"] for workflow in api.workflow["workflows"]]
    if list(known) != names:
        raise SiteError(f"{api.name}: workflows.yaml needs the workflows {', '.join(names)}")
    return tuple(
        Decisions(
            name=workflow["workflowId"],
            title=workflow["summary"],
            inputs=workflow["inputs"],
            steps=tuple(_steps(api, workflow, known[workflow["workflowId"]], words["kinds"])),
        )
        for workflow in api.workflow["workflows"]
    )


def digest(workflow: Node) -> str:
    """A short text that changes with what the workflows ask and where they go on."""
    logic = [
        [each["workflowId"], [{key: step.get(key) for key in LOGIC} for step in each["steps"]]]
        for each in workflow["workflows"]
    ]
    return hashlib.sha256(json.dumps(logic).encode()).hexdigest()[:12]


def called(step: Node, document: Node, api: str) -> tuple[str, str]:
    """The API and the operation that a step of an API's workflow calls.

    It names them as `$sourceDescriptions.<name>.<operationId>`, or with the plain id.
    """
    named = step.get("operationId")
    if not isinstance(named, str):
        raise SiteError(f"{api}: step {step['stepId']} calls no operation by its operationId")
    if named.startswith("$sourceDescriptions."):
        _, source, operation = named.split(".", 2)
        return source, operation
    sources = document["sourceDescriptions"]
    return (sources[0]["name"] if len(sources) == 1 else api), named


def _steps(api: Api, workflow: Node, words: Node, kinds: list[str]) -> Iterator[Step]:
    steps = {step["stepId"]: step for step in workflow["steps"]}
    groups = [names.split(", ") for names in words]
    if [name for group in groups for name in group] != list(steps):
        raise SiteError(f"{api.name}: workflows.yaml needs the steps {', '.join(steps)}, in order")
    for (first, *_), said in zip(groups, words.values(), strict=True):
        cases = tuple(Case(when=when, then=then, kind=kind) for when, then, kind in said["cases"])
        if unknown := {case.kind for case in cases} - set(kinds):
            raise SiteError(f"{api.name}: {first} has a case of no kind: {', '.join(unknown)}")
        other, operation = called(steps[first], api.workflow, api.name)
        yield Step(do=said["do"], api=other, operation=operation, cases=cases)
