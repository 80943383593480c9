"""Says in words what each answer to a cancel proves: the published table, by status and body."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from specs.publishing.site import TEXTS

VERDICTS: Final[dict[str, str]] = TEXTS["verdicts"]
BODIES: Final[dict[str, str]] = TEXTS["bodies"]
"""What a gateway may send, by its name in the table."""


def rows(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The status, the body and the verdict of every kind of answer, in Markdown.

    First every status that the API itself uses, then all others.
    """
    answers = [each for each in table["answers"] if not each.get("cut")]
    own = [each for each in answers if each["name"] not in BODIES]
    documented = {each["status"] for each in own}
    strangers = [each for each in answers if each["name"] in BODIES]
    for status in sorted(documented):
        for answer in (each for each in own if each["status"] == status):
            said = _sentence(answer.get("summary", answer["name"]))
            words = " ".join([said, *([answer["beyond"]] if "beyond" in answer else [])])
            yield str(status), words, VERDICTS[answer["verdict"]]
        yield from _strange(str(status), [each for each in strangers if each["status"] == status])
    for verdict, said in VERDICTS.items():
        others = {
            each["status"]
            for each in strangers
            if each["status"] not in documented and each["verdict"] == verdict
        }
        if others:
            yield ", ".join(map(str, sorted(others))), "Any body that is not the API's own.", said


def _strange(status: str, answers: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """The answers of a gateway under one status, together where they prove the same."""
    for verdict, said in VERDICTS.items():
        kinds = [BODIES[each["name"]] for each in answers if each["verdict"] == verdict]
        if kinds:
            yield status, _sentence(", ".join(kinds)), said


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
