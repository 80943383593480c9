"""Reads Arazzo workflows as a reader would follow them: inputs, steps, what each step must show."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

Node = Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Input:
    """What has to be known before the workflow begins."""

    name: str
    type: str
    required: bool
    description: str


@attrs.frozen(kw_only=True)
class Step:
    """One call of a workflow.

    Args:
        name: The step's id.
        operation: The operation that it calls.
        api: The API of that operation; None for the workflow's own.
        description: Markdown.
        criteria: What must hold for the step to count as done.
        routes: Where it goes on from here, in words.
        outputs: What later steps may use of it.
    """

    name: str
    operation: str
    api: str | None
    description: str
    criteria: tuple[str, ...]
    routes: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class Workflow:
    """A way to call the API; `name` is its id, `description` is Markdown."""

    name: str
    title: str
    description: str
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class Told:
    """A file of workflows, and what it says about all of them; `description` is Markdown."""

    summary: str
    description: str
    workflows: tuple[Workflow, ...]


class WorkflowError(Exception):
    """A workflow names an operation in a way that the page has no words for."""


def told(document: Node, api: str) -> Told:
    """An Arazzo document with every workflow of it.

    Raises:
        WorkflowError: a step calls something else than an operation by its id.
    """
    return Told(
        summary=document["info"].get("summary", ""),
        description=document["info"].get("description", ""),
        workflows=tuple(_workflow(each, document, api) for each in document["workflows"]),
    )


def _workflow(each: Node, document: Node, api: str) -> Workflow:
    return Workflow(
        name=each["workflowId"],
        title=each.get("summary", each["workflowId"]),
        description=each.get("description", ""),
        inputs=tuple(_inputs(each.get("inputs", {}))),
        steps=tuple(_step(step, document, api) for step in each["steps"]),
        outputs=tuple((name, str(value)) for name, value in each.get("outputs", {}).items()),
    )


def _inputs(schema: Node) -> Iterator[Input]:
    required = schema.get("required", [])
    for name, node in schema.get("properties", {}).items():
        yield Input(
            name=name,
            type=str(node.get("type", "anything")),
            required=name in required,
            description=node.get("description", ""),
        )


def _step(step: Node, document: Node, api: str) -> Step:
    source, operation = _operation(step, document)
    return Step(
        name=step["stepId"],
        operation=operation,
        api=None if source in {None, api} else source,
        description=step.get("description", ""),
        criteria=tuple(_criterion(each) for each in step.get("successCriteria", [])),
        routes=tuple(_routes(step)),
        outputs=tuple((name, str(value)) for name, value in step.get("outputs", {}).items()),
    )


def _operation(step: Node, document: Node) -> tuple[str | None, str]:
    """The source and the id in `$sourceDescriptions.<name>.<operationId>` or a plain id."""
    named = step.get("operationId")
    if not isinstance(named, str):
        raise WorkflowError(f"{step['stepId']} calls no operation by its operationId")
    if not named.startswith("$sourceDescriptions."):
        sources = document["sourceDescriptions"]
        return (sources[0]["name"] if len(sources) == 1 else None), named
    _, source, operation = named.split(".", 2)
    return source, operation


def _criterion(node: Node) -> str:
    condition = str(node["condition"])
    if "context" not in node:
        return f"`{condition}`"
    verb = {"regex": "matches", "jsonpath": "holds", "xpath": "holds"}.get(
        str(node.get("type", "")), "meets"
    )
    return f"`{node['context']}` {verb} `{condition}`"


def _routes(step: Node) -> Iterator[str]:
    for word, opening in (("onSuccess", "If that holds"), ("onFailure", "If that does not hold")):
        for action in step.get(word, []):
            when = " and ".join(_criterion(each) for each in action.get("criteria", []))
            yield f"{opening}{f', and {when}' if when else ''}: {_goal(action)}."


def _goal(action: Node) -> str:
    if action["type"] == "end":
        return "the workflow ends"
    if action["type"] == "retry":
        return f"try again, at most {action.get('retryLimit', 1)} times"
    return f"go on with `{action.get('stepId', action.get('workflowId'))}`"
