"""The outcome table: what each answer to a cancel proves, with fixtures for tests in any language.

`judge` applies the facts of a specification as specs/README.md explains them. The fixtures are
every example of an answer, what gateways send under every status, and those of outcomes.yaml.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import yaml

from specs.publishing import PublishingError
from specs.publishing.artefacts.tree import File, json_file
from specs.publishing.document import (
    ABSENT,
    DanglingReferenceError,
    Node,
    Operation,
    lookup,
    operations,
    same,
)

MORE: Final[Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
"""Answers that no specification shows, by API."""
EXECUTED: Final = "executed"
NOT_EXECUTED: Final = "not-executed"
UNDECIDED: Final = "undecided"

DOLLAR: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
"""A `$` of a pattern, or an escaped character or a class, in which a `$` is only itself."""
NOT_PROCESSED: Final = (307, 308, 401, 405, 411, 413, 414, 415, 417, 421, 425, 426, 429, 431)
"""HTTP defines these statuses as "not processed", from the provider and from a gateway."""
OTHERS: Final = (200, 201, 202, 204, 303, 304, 400, 403, 404, 406, 408, 409, 410, 422, 499)
FAILURES: Final = (500, 501, 502, 503, 504, 520)
MULTIPLE_CHOICES: Final = 300
"""The first status that is no success."""
BODILESS: Final = (204, 304)
"""HTTP forbids a body there."""
STRANGERS: Final = {
    "empty": ("", ""),
    "page": ("text/html", "<html><body><h1>Unauthorized, or gone</h1></body></html>"),
    "foreign": ("application/json", '{"message": "Forbidden"}'),
}
"""What a gateway in front of the provider may send: the media type and the body."""

MEANING: Final = {
    EXECUTED: "The request was carried out, or accepted.",
    NOT_EXECUTED: "This request was not carried out. An earlier one may have been.",
    UNDECIDED: "The request may have been carried out. Ask; do not take it for a failure.",
}


@attrs.frozen
class Answer:
    """An answer; `cut` if the connection ended before the whole body was there."""

    name: str
    status: int
    media_type: str = ""
    body: str = ""
    cut: bool = False
    summary: str = ""

    @property
    def value(self) -> Any:
        """The JSON object, or the plain text, that a reader finds; else None."""
        if self.cut:
            return None
        if self.media_type.endswith("json"):
            value = json.loads(self.body) if self.body else None
            return value if isinstance(value, dict) else None
        return self.body if self.media_type == "text/plain" else None


@attrs.frozen
class Request:
    """The request that the answers are for: its parameters by place and name, and its body."""

    path: Mapping[str, str]
    body: Any


def judge(facts: Mapping[str, Any], request: Request, answer: Answer) -> str:
    """What an answer proves by the facts alone.

    An answer that shows success and a refusal contradicts itself and proves nothing.
    """
    known, value = facts["evidence"], answer.value
    if all(_ours(echo, request, value) for echo in known.get("echo", ())):
        executed = _shown(known["executed"], answer.status, value)
        refused = _shown(known["not-executed"], answer.status, value)
        if executed:
            return UNDECIDED if refused else EXECUTED
        if any(_says(words, answer.status, value) for words in known.get("undecided", ())):
            return UNDECIDED
        if refused:
            return NOT_EXECUTED
    return NOT_EXECUTED if answer.status in NOT_PROCESSED else UNDECIDED


def _shown(signs: Any, status: int, value: Any) -> bool:
    return any(_shows(sign, status, value) for sign in signs)


def _shows(sign: Mapping[str, Any], status: int, value: Any) -> bool:
    if not _fits(sign, status):
        return False
    if "pointer" not in sign:
        return True
    found = _at(value, sign["pointer"])
    if "pattern" in sign:
        return isinstance(found, str) and expression(sign["pattern"]).search(found) is not None
    if "type" in sign:
        return isinstance(found, {"array": list, "object": dict}[sign["type"]])
    return same(found, sign["equals"])


def _fits(sign: Mapping[str, Any], status: int) -> bool:
    return str(sign.get("status", "any")) in ("any", str(status), f"{status // 100}XX")


def _says(words: Mapping[str, Any], status: int, value: Any) -> bool:
    """Whether an answer has words that decide nothing. In doubt it has them."""
    if not _fits(words, status):
        return False
    found = [value]
    for name in words["pointer"].split("/")[1:]:
        found = [each for holder in found for each in _members(holder, name)]
    if "pattern" in words:
        searched = expression(words["pattern"], re.IGNORECASE)
        return any(searched.search(_word(each)) for each in found or [None])
    return any(_is_word(each, word) for each in found for word in words["values"])


def _members(holder: Any, name: str) -> list[Any]:
    """What a token of a pointer leads to; `*` leads to every member."""
    if name == "*":
        if isinstance(holder, dict):
            return list(holder.values())
        return holder if isinstance(holder, list) else []
    found = _at(holder, f"/{name}")
    return [] if found is ABSENT else [found]


def _is_word(value: Any, word: Any) -> bool:
    return value is None if word is None else _word(value).lower() == _word(word).lower()


def _word(value: Any) -> str:
    """A text without the space around it, a number or boolean as JSON writes it, or nothing."""
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value) if isinstance(value, bool | int | float) else ""


def expression(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """A pattern as ECMA-262 reads it: Python's `$` matches before a newline at the end, too."""
    return re.compile(
        DOLLAR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern), flags
    )


def _at(value: Any, pointer: str) -> Any:
    """What stands at a pointer, or ABSENT, which equals nothing."""
    if pointer == "":
        return value
    try:
        return lookup(value, pointer)
    except DanglingReferenceError:
        return ABSENT


def _ours(echo: Mapping[str, Any], request: Request, value: Any) -> bool:
    found = _at(value, echo["pointer"])
    if found in (None, "", ABSENT):
        return not echo.get("required", False)
    sent = request.path if echo["in"] == "path" else request.body
    return bool(found == (sent or {}).get(echo["name"]))


def files(document: Node, folder: str, api: str, more: Mapping[str, Any]) -> Iterator[File]:
    """Yield the table of a specification whose cancels state what proves what.

    `more` is the entry of outcomes.yaml; older versions have none.
    """
    cancels = [each for each in operations(document) if _is_told(each)]
    if not cancels:
        return
    table = {
        "api": api,
        "version": document.root["info"]["version"],
        "verdicts": MEANING,
        "operations": [_operation(each, more) for each in cancels],
    }
    yield json_file(f"{folder}/outcomes.json", table, "outcomes")


def _is_told(operation: Operation) -> bool:
    facts = operation.node.get("x-countermand", {})
    return facts.get("effect") == "cancel" and "evidence" in facts


def _operation(operation: Operation, more: Mapping[str, Any]) -> dict[str, Any]:
    facts = operation.node.get("x-countermand")
    request, shown = _request(operation)
    rows = [_row(facts, request, each) for each in _answers(operation)]
    for row in rows:
        # What a client knows beside the facts, of an example.
        row.update(more.get("examples", {}).get(f"{row['status']} {row['name']}", {}))
    return {
        "operationId": operation.id,
        **{name: facts[name] for name in ("repeat", "money", "evidence")},
        "request": shown,
        "answers": [*rows, *(_stated(facts, request, each) for each in more.get("answers", ()))],
    }


def _request(operation: Operation) -> tuple[Request, dict[str, Any]]:
    """A request with every value that an answer may repeat; the first one that has them."""
    path = {p.get("name"): p.get("example") for p in operation.parameters if p.get("in") == "path"}
    echoes = operation.node.get("x-countermand")["evidence"].get("echo", ())
    wanted = {echo["name"] for echo in echoes if echo["in"] == "body"}
    media = operation.body.child("content").child("application/json").child("examples").members
    bodies = [example.get("value") for example in media.values()] or [None]
    body = next((each for each in bodies if wanted <= set(each or ())), None)
    if wanted and body is None:
        raise PublishingError(f"{operation.id}: no example of a request has {sorted(wanted)}")
    shown = {"method": operation.method.upper(), "path": operation.path, "parameters": path}
    return Request(path, body), {**shown, "body": body}


def _answers(operation: Operation) -> Iterator[Answer]:
    """Every answer that follows from the specification."""
    statuses: dict[int, None] = dict.fromkeys(int(status) for status in operation.responses)
    for status in statuses:
        content = operation.responses[str(status)].child("content")
        for media_type, media in content.members.items():
            for name, example in media.child("examples").members.items():
                text, summary = _text(example.get("value")), example.get("summary", "")
                yield Answer(name, status, media_type, text, summary=summary)
                if status < MULTIPLE_CHOICES:
                    yield Answer(f"{name}, cut", status, media_type, text[:-2], cut=True)
    for status in sorted({*statuses, *NOT_PROCESSED, *OTHERS, *FAILURES}):
        for name, (media_type, body) in STRANGERS.items():
            if name == "empty" or status not in BODILESS:
                yield Answer(name, status, media_type, body)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(facts: Any, request: Request, answer: Answer) -> dict[str, Any]:
    return {
        "name": answer.name,
        **({"summary": answer.summary} if answer.summary else {}),
        "status": answer.status,
        "headers": {"Content-Type": answer.media_type} if answer.media_type else {},
        "body": answer.body,
        **({"cut": True} if answer.cut else {}),
        "verdict": judge(facts, request, answer),
    }


def _stated(facts: Any, request: Request, entry: dict[str, Any]) -> dict[str, Any]:
    """A row of outcomes.yaml, whose verdict follows from the facts or is beyond them."""
    media_type = entry.get("type", "application/json")
    answer = Answer(entry["name"], entry["status"], media_type, _text(entry["body"]))
    row = _row(facts, request, answer)
    if (row["verdict"] == entry["verdict"]) is ("beyond" in entry):
        raise PublishingError(
            f"outcomes.yaml, {entry['name']}: the facts say {row['verdict']};"
            " `beyond` has to say why the verdict is another one, and only then"
        )
    return {**row, **{key: entry[key] for key in ("verdict", "beyond") if key in entry}}
