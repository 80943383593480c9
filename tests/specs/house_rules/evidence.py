"""Rules about what `x-countermand` says of replies and of money."""

from collections.abc import Iterator
from typing import Any

from tests.specs.reading import Node, Operation, Spec, walk


def signs_have_a_response(operation: Operation) -> list[str]:
    """A sign's status is documented; words may come under another, as nobody lists all."""
    return [
        f"{fact} counts under {sign['status']}, which no response documents; document one"
        for fact, sign in _signs(operation)
        if fact in ("executed", "not-executed") and not _documented(operation, sign)
    ]


def pointers_exist(operation: Operation) -> list[str]:
    """A pointer leads somewhere in a documented body of its status.

    An undocumented status has no schema that could be asked.
    """
    return [
        f"{fact} points to {sign['pointer']!r}, which no documented body of its status has; "
        "describe the member or mend the pointer"
        for fact, sign in _signs(operation)
        if "pointer" in sign and _documented(operation, sign) and not _targets(operation, sign)
    ]


def values_fit_their_schemas(operation: Operation) -> list[str]:
    """A compared value, or one of the type, can stand at its pointer; a pattern meets a text."""
    complaints = []
    for fact, sign in _signs(operation):
        targets = _targets(operation, sign) if "pointer" in sign else []
        values = [*sign.get("values", []), *([sign["equals"]] if "equals" in sign else [])]
        complaints += [
            f"{fact} compares {sign['pointer']} with {value!r}, which its schema forbids; mend one"
            for value in values
            if targets and all(operation.spec.violations(each, value) for each in targets)
        ]
        kind = sign.get("type")
        if targets and kind and not any(_has_type(each, kind) for each in targets):
            complaints.append(
                f"{fact} wants {sign['pointer']} to be an {kind}; its schema has none"
            )
        # Words are also found where the provider writes a text against its own schema.
        searched = "pattern" in sign and fact != "undecided"
        if targets and searched and not any(_has_type(each, "string") for each in targets):
            complaints.append(f"{fact} searches {sign['pointer']}, no text; compare with `equals`")
    return complaints


def codes_are_listed(operation: Operation) -> list[str]:
    """A status of `state` is documented, and a code that is named stands in a description."""
    named = [str(each) for each in _evidence(operation).get("state", [])]
    codes = [each for each in named if not _is_status(each)]
    for _, sign in _signs(operation):
        codes += [v for v in [*sign.get("values", []), sign.get("equals")] if isinstance(v, str)]
    texts = " ".join(str(t) for key, t in walk(operation.spec.node) if key == "description")
    return [
        f"state names the status {each}, which no response documents; document one"
        for each in named
        if _is_status(each) and each not in operation.responses
    ] + [
        f"no description lists the code {code}; write `{code}` and what it means"
        for code in dict.fromkeys(codes)
        if f"`{code}`" not in texts
    ]


def echoes_repeat_the_request(operation: Operation) -> list[str]:
    """An echo names a field or path parameter of the request."""
    return [
        f"echo {echo['name']} is not in the {echo['in']} of the request; name what it repeats"
        for echo in _evidence(operation).get("echo", [])
        if not all(echo["name"] in names for names in operation.names(echo["in"]))
    ]


def amount_exists(operation: Operation) -> list[str]:
    """Every form of the body has the amount, a whole number where it counts minor units."""
    money = operation.node.get("x-countermand", {}).get("money") or {}
    pointer = money.get("amount")
    if pointer is None:
        return []
    complaints = []
    for media_type, media in operation.request_content.items():
        found = list(_at(operation.spec, media.get("schema", {}), pointer.split("/")[1:]))
        if not found:
            complaints.append(f"{media_type} has no amount at {pointer}; mend the pointer")
        elif (money["unit"] == "minor") != any(node.get("type") == "integer" for node in found):
            complaints.append(f"the type of {pointer} does not count {money['unit']} units; fix it")
    return complaints or ([] if operation.request_content else ["there is no body; write null"])


def _evidence(operation: Operation) -> Node:
    evidence = operation.node.get("x-countermand", {}).get("evidence")
    return evidence if isinstance(evidence, dict) else {}


def _signs(operation: Operation) -> Iterator[tuple[str, Node]]:
    """Every sign, word and echo with the name of its list; no status means any."""
    for fact in ("executed", "not-executed", "undecided", "echo"):
        for sign in _evidence(operation).get(fact, []):
            yield fact, {"status": "any", **sign}


def _documented(operation: Operation, sign: Node) -> list[Node]:
    wanted = str(sign["status"])
    return [
        response
        for status, response in operation.responses.items()
        if wanted in ("any", status)
        or (wanted[0] == status[0] and "XX" in (wanted[1:], status[1:]))
    ]


def _targets(operation: Operation, sign: Node) -> list[Node]:
    return [
        target
        for response in _documented(operation, sign)
        for media in response.get("content", {}).values()
        for target in _at(operation.spec, media.get("schema", {}), sign["pointer"].split("/")[1:])
    ]


def _at(spec: Spec, node: Node, tokens: list[str]) -> Iterator[Node]:
    """The schemas of what a pointer leads to, one for each alternative that has it."""
    node = spec.resolved(node)
    for alternatives in ("anyOf", "oneOf", "allOf"):
        for each in node.get(alternatives, []):
            yield from _at(spec, each, tokens)
    if not tokens:
        yield node
        return
    name = tokens[0].replace("~1", "/").replace("~0", "~")
    members: dict[str, Any] = node.get("properties", {})
    if name in members:
        yield from _at(spec, members[name], tokens[1:])
    elif name == "*":
        for each in (*members.values(), *([node["items"]] if "items" in node else [])):
            yield from _at(spec, each, tokens[1:])
    elif name.isdecimal() and "items" in node:
        yield from _at(spec, node["items"], tokens[1:])


def _has_type(schema: Node, wanted: str) -> bool:
    kinds = schema.get("type")
    return wanted in (kinds if isinstance(kinds, list) else [kinds])


def _is_status(text: str) -> bool:
    return len(text) == len("404") and text.isdecimal()


EVIDENCE_RULES = (
    signs_have_a_response,
    pointers_exist,
    values_fit_their_schemas,
    codes_are_listed,
    echoes_repeat_the_request,
    amount_exists,
)
