"""Says in words what an Arazzo step calls, what it must show and where it goes on from there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from specs.publishing.site import SiteError

Node = Mapping[str, Any]
VERBS: Final = {"regex": "matches", "jsonpath": "holds", "xpath": "holds"}


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


def criterion(node: Node) -> str:
    """A condition, in Markdown."""
    condition = str(node["condition"])
    if "context" not in node:
        return f"`{condition}`"
    return f"`{node['context']}` {VERBS.get(str(node.get('type')), 'meets')} `{condition}`"


def routes(step: Node) -> Iterator[str]:
    """The steps after a step, a sentence for each case."""
    for member, opening in (("onSuccess", "If that holds"), ("onFailure", "If that does not hold")):
        for action in step.get(member, []):
            when = " and ".join(criterion(each) for each in action.get("criteria", []))
            yield f"{opening}{f', and {when}' if when else ''}: {_goal(action)}."


def _goal(action: Node) -> str:
    if action["type"] == "end":
        return "the workflow ends"
    if action["type"] == "retry":
        return f"try again, at most {action.get('retryLimit', 1)} times"
    return f"go on with `{action.get('stepId', action.get('workflowId'))}`"
