"""Compares recorded traffic with the specifications: what is seen and not described."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import attrs

from specs.publishing.drift.har import header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from specs.publishing.drift.described import Description, Node, Operation

Entry = dict[str, Any]

REQUEST_FIELDS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
"""Fields that HTTP itself gives a meaning (RFC 9110, RFC 9112), in requests; OpenAPI describes
`accept` and `content-type` elsewhere, and the rest nowhere."""

RESPONSE_FIELDS: Final = frozenset(
    {"connection", "content-length", "content-type", "date", "server", "transfer-encoding"}
)
"""The same in answers: fields of the connection and of the representation only. What says
something about the API, as `Allow` does, is to be described."""

NOT_ALLOWED: Final = 405
OUTSIDE: Final = frozenset({404, NOT_ALLOWED})
"""How an API answers for an address below its base that it does not have."""


@attrs.frozen(order=True)
class Finding:
    """Something that was seen and is not described."""

    api: str
    operation: str
    status: int
    where: str
    words: str


@attrs.frozen(kw_only=True)
class Judgement:
    """What the comparison came to."""

    entries: int
    outside: int
    """Entries for addresses that an API does not have, and that it refused as such."""
    findings: Mapping[Finding, int]
    """How often each was seen."""
    seen: frozenset[tuple[str, str, str]]
    """API, operation and the key of the response."""


def judge(
    entries: Iterable[Entry], descriptions: Mapping[str, Description], bases: Mapping[str, str]
) -> Judgement:
    """Compare the entries of a HAR with the specifications.

    Args:
        entries: The traffic.
        descriptions: The specifications by API.
        bases: The base URL of each API; an entry that is below none of them is a finding.
    """
    findings: Counter[Finding] = Counter()
    seen: set[tuple[str, str, str]] = set()
    total = outside = 0
    for entry in entries:
        total += 1
        api, path = _below(entry["request"]["url"], bases)
        operation = descriptions[api].find(entry["request"]["method"], path) if api else None
        status = entry["response"]["status"]
        if operation is None:
            refused = bool(api) and status in OUTSIDE
            outside += refused
            # The description of a 405 stands at the methods that the address does know.
            for other in descriptions[api].at(path) if api and status == NOT_ALLOWED else ():
                seen.add((api, other.name, str(status)))
                for where, words in _compare(other, entry, path):
                    findings[Finding(api, other.name, status, where, words)] += 1
            if not refused:
                findings[Finding(api, "", status, "operation", _nobodys(entry, api, path))] += 1
            continue
        found = operation.response(status)
        if found:
            seen.add((api, operation.name, found[0]))
        for where, words in _compare(operation, entry, path):
            findings[Finding(api, operation.name, status, where, words)] += 1
    return Judgement(entries=total, outside=outside, findings=findings, seen=frozenset(seen))


def _nobodys(entry: Entry, api: str, path: str) -> str:
    method = entry["request"]["method"]
    if api:
        return f"no specification describes {method} {path}"
    return f"{method} {entry['request']['url']} is below the base of no API"


def _below(url: str, bases: Mapping[str, str]) -> tuple[str, str]:
    parts = urlsplit(url)
    plain = f"{parts.scheme}://{parts.netloc}{parts.path}"
    for api, base in bases.items():
        if plain.startswith(f"{base}/"):
            return api, plain.removeprefix(base)
    return "", parts.path


def _compare(operation: Operation, entry: Entry, path: str) -> Iterator[tuple[str, str]]:
    status = entry["response"]["status"]
    found = operation.response(status)
    if found is None:
        yield "status", f"{status} is not described"
    else:
        yield from _response(operation, found[1], entry["response"])
    # A request that was refused may have been anything.
    if status < 300:  # noqa: PLR2004 - the end of success
        yield from _request(operation, entry["request"], path)


def _response(operation: Operation, node: Node, response: Entry) -> Iterator[tuple[str, str]]:
    described = {name.lower(): item for name, item in node.get("headers", {}).items()}
    seen = {item["name"].lower(): item["value"] for item in response["headers"]}
    for name in sorted(seen.keys() - described.keys() - RESPONSE_FIELDS):
        yield "response header", f"{name} is not described"
    for name, item in described.items():
        settings = operation.description.resolved(item)
        if name in seen:
            if wrong := operation.description.wrong_text(settings["schema"], seen[name]):
                yield "response header", f"{name}: {wrong}"
        elif settings.get("required"):
            yield "response header", f"{name} is missing"
    yield from _body(operation, "response body", node, response["headers"], response["content"])


def _body(
    operation: Operation, where: str, node: Node, headers: list[dict[str, str]], content: Entry
) -> Iterator[tuple[str, str]]:
    text, described = content.get("text", ""), node.get("content", {})
    if not text:
        if described and node.get("required", True):
            yield where, "it is missing"
        return
    kind = header(headers, "content-type").partition(";")[0].strip().lower()
    if kind not in described:
        expected = ", ".join(described) or "no body at all"
        yield where, f"its media type {kind or '(none)'} is not described, but {expected} is"
    elif content.get("encoding") == "base64":
        yield where, "it is no text"
    elif wrong := operation.description.wrong_body(described[kind], kind, text):
        yield where, wrong


def _request(operation: Operation, request: Entry, path: str) -> Iterator[tuple[str, str]]:
    given = {item["name"].lower(): item["value"] for item in request["headers"]}
    query = dict(parse_qsl(urlsplit(request["url"]).query, keep_blank_values=True))
    yield from _parameters(operation, "path", operation.ids(path) or {})
    yield from _parameters(operation, "query", query)
    yield from _parameters(operation, "header", given)
    if not any(alternative <= given.keys() for alternative in operation.credentials):
        yield "security", "it was let in without the described credentials"
    body = operation.body
    node = {**body, "required": body.get("required", False)}
    yield from _body(
        operation, "request body", node, request["headers"], request.get("postData", {})
    )


def _parameters(
    operation: Operation, location: str, given: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    described = operation.parameters(location)
    known = set(described)
    if location == "header":
        known |= REQUEST_FIELDS | frozenset().union(*operation.credentials)
    for name in sorted(given.keys() - known):
        yield f"request {location}", f"{name} is not described, and was accepted"
    for name, parameter in described.items():
        if name in given:
            if wrong := operation.description.wrong_text(parameter["schema"], given[name]):
                yield f"request {location}", f"{name} was accepted, {wrong}"
        elif parameter.get("required"):
            yield f"request {location}", f"{name} is required, and was not needed"
