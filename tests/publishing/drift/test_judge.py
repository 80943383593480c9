"""The judge of drift: silent about what is described, and never about anything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing.drift.described import Description
from specs.publishing.drift.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = dict[str, Any]


def test_the_rounds_show_nothing_that_is_not_described(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """The sandbox and the specifications agree."""
    judgement = judge(entries, descriptions, bases)
    assert dict(judgement.findings) == {}
    assert judgement.entries == len(entries)


def body(**members: object) -> Callable[[Entry], None]:
    """Return what adds members to the answer's body."""

    def spoil(entry: Entry) -> None:
        content = entry["response"]["content"]
        content["text"] = json.dumps({**json.loads(content["text"]), **members})

    return spoil


def nested(entry: Entry) -> None:
    """Add a member deep inside the answer."""
    content = entry["response"]["content"]
    whole = json.loads(content["text"])
    whole["data"]["status"]["severity"] = "high"
    content["text"] = json.dumps(whole)


def sent(entry: Entry) -> None:
    """Add a member to the request."""
    entry["request"]["postData"]["text"] = json.dumps({"amount": "1.00", "hurry": True})


def field(part: str, name: str, value: str) -> Callable[[Entry], None]:
    """Return what adds a header field."""
    return lambda entry: entry[part]["headers"].append({"name": name, "value": value})


def without(part: str, name: str) -> Callable[[Entry], None]:
    """Return what takes a header field away."""

    def spoil(entry: Entry) -> None:
        fields = entry[part]["headers"]
        fields[:] = [item for item in fields if item["name"] != name]

    return spoil


def replaced(part: str, **members: object) -> Callable[[Entry], None]:
    """Return what replaces members of the entry."""
    return lambda entry: entry[part].update(members)


def path(old: str, new: str) -> Callable[[Entry], None]:
    """Return what changes the address."""
    return lambda entry: entry["request"].update(url=entry["request"]["url"].replace(old, new))


CASES: dict[str, tuple[str, int, Callable[[Entry], None], str]] = {
    "status": ("unzer", 200, replaced("response", status=202), "status: 202 is not described"),
    "member": ("vtex", 200, body(settledAt="now"), "response body: the whole: Unevaluated"),
    "deep member": ("bento", 202, nested, "response body: data/status: Unevaluated"),
    "type": ("bento", 202, body(data=[]), "response body: data: [] is not of type 'object'"),
    "open enum": (
        "unzer",
        200,
        body(state={"id": 0, "name": "frozen"}),
        "response body: ",
    ),
    "header": (
        "bento",
        202,
        field("response", "X-Trace", "1"),
        "response header: x-trace is not described",
    ),
    "header that is described elsewhere": (
        "vtex",
        200,
        field("response", "Allow", "POST"),
        "response header: allow is not described",
    ),
    "media type": (
        "vtex",
        200,
        lambda entry: entry["response"]["headers"].insert(
            0, {"name": "content-type", "value": "text/html; charset=utf-8"}
        ),
        "response body: its media type text/html is not described, but application/json is",
    ),
    "no body": ("vtex", 200, replaced("response", content={}), "response body: it is missing"),
    "a body": (
        "pace_pay",
        204,
        replaced("response", content={"text": "{}"}),
        "response body: its media type (none) is not described, but no body at all is",
    ),
    "no JSON": (
        "vtex",
        200,
        replaced("response", content={"text": "{"}),
        "response body: it is no",
    ),
    "no text": (
        "vtex",
        200,
        replaced("response", content={"text": "/g==", "encoding": "base64"}),
        "response body: it is no text",
    ),
    "sent member": ("unzer", 201, sent, "request body: the whole: Additional properties"),
    "sent header": (
        "unzer",
        200,
        field("request", "Idempotency-Key", "1"),
        "request header: idempotency-key is not described, and was accepted",
    ),
    "sent query": (
        "pace_pay",
        204,
        path("/cancel", "/cancel?force=1"),
        "request query: force is not described, and was accepted",
    ),
    "sent path": (
        "pace_pay",
        204,
        path("/cancel", ".1/cancel"),
        "request path: transactionId was accepted, the whole:",
    ),
    "no credentials": (
        "unzer",
        200,
        without("request", "authorization"),
        "security: it was let in without the described credentials",
    ),
    "half of the credentials": (
        "vtex",
        200,
        without("request", "x-vtex-api-apptoken"),
        "security: it was let in without the described credentials",
    ),
    "no request body": (
        "vtex",
        200,
        replaced("request", postData={}),
        "request body: it is missing",
    ),
    "address": ("unzer", 200, path("/payments", "/charges"), "operation: no specification"),
    "origin": (
        "unzer",
        200,
        path("sandbox", "elsewhere"),
        "operation: GET https://elsewhere.invalid/unzer/v1/payments/",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_whatever_is_not_described_is_found(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str], case: str
) -> None:
    """One thing is changed in one exchange that was right, and there is one finding."""
    api, status, spoil, expected = CASES[case]
    entry = next(
        entry
        for entry in entries
        if entry["request"]["url"].startswith(f"{bases[api]}/")
        and entry["response"]["status"] == status
    )
    assert not judge([entry], descriptions, bases).findings
    spoil(entry)
    (finding,) = judge([entry], descriptions, bases).findings
    assert f"{finding.where}: {finding.words}".startswith(expected)


def test_a_request_that_was_refused_may_have_been_anything(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """Nobody has to describe what is turned away."""
    entry = next(entry for entry in entries if entry["response"]["status"] == 401)
    field("request", "X-Odd", "1")(entry)
    assert not judge([entry], descriptions, bases).findings


def test_an_address_that_nobody_has_may_be_refused(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """404 is no news there; anything else would be."""
    entry = next(e for e in entries if e["response"]["status"] == 404)
    entry["request"]["url"] = f"{bases['unzer']}/customers/1"
    judgement = judge([entry], descriptions, bases)
    assert (judgement.outside, dict(judgement.findings)) == (1, {})


@pytest.mark.parametrize("status", [404, 405])
def test_an_address_below_no_base_is_found_even_if_it_was_refused(
    entries: list[Entry],
    descriptions: dict[str, Description],
    bases: dict[str, str],
    status: int,
) -> None:
    """Whoever asked there meant none of the APIs, or a base is wrong."""
    entry = next(e for e in entries if e["response"]["status"] == status)
    for url in ("http://elsewhere/unzer/v1/payments/1", bases["unzer"]):
        entry["request"]["url"] = url
        judgement = judge([entry], descriptions, bases)
        (finding,) = judgement.findings
        assert judgement.outside == 0
        assert (finding.api, finding.where, finding.status) == ("", "operation", status)
        assert finding.words.endswith("is below the base of no API")


def test_a_method_that_is_not_allowed_is_told_which_ones_are(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """The header is described, so it is looked at."""
    entry = next(entry for entry in entries if entry["response"]["status"] == 405)
    assert "allow" in {item["name"] for item in entry["response"]["headers"]}
    assert not judge([entry], descriptions, bases).findings
    bare = Description.of("unzer")
    bare.document["components"]["responses"]["MethodNotAllowed"].pop("headers", None)
    (finding, *_) = judge([entry], {**descriptions, "unzer": bare}, bases).findings
    assert (finding.where, finding.words) == ("response header", "allow is not described")


def test_a_described_header_is_checked(
    entries: list[Entry], descriptions: dict[str, Description], bases: dict[str, str]
) -> None:
    """Bento's Retry-After may be there, or not."""
    (entry, *_) = (entry for entry in entries if entry["response"]["status"] == 429)
    assert "retry-after" in {item["name"] for item in entry["response"]["headers"]}
    assert not judge([entry], descriptions, bases).findings
    without("response", "retry-after")(entry)
    assert not judge([entry], descriptions, bases).findings
