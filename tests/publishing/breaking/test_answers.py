"""Answers that were promised in another way before: by a range, as closed, as empty."""

from typing import Any

import pytest

from specs.publishing.breaking.verdicts import Level
from tests.publishing.breaking.changes import GET, cancel, done, purge, schema
from tests.publishing.breaking.comparisons import kinds, level, nothing

WORDS = {"type": "array", "items": {"type": "string"}}
OTHER = {"description": "Words.", "content": {"application/json": {"schema": WORDS}}}


def answers(d: Any) -> Any:
    """The answers to the cancel."""
    return cancel(d)["responses"]


@pytest.mark.parametrize("covered", ["4XX", "default"])
def test_a_status_out_of_a_range_is_what_the_range_promised(covered: str) -> None:
    """A reader who takes every 4XX for a failure's body gets something else for one of them."""

    def prepare(d: Any) -> None:
        answers(d)[covered] = answers(d).pop("404")

    seen = kinds(prepare, lambda d: answers(d).update({"404": OTHER}))
    assert {"response-added", "response-type-changed"} <= seen
    same = lambda d: answers(d).update({"404": answers(d)[covered]})  # noqa: E731
    assert kinds(prepare, same) == {"response-added"}


def test_a_status_out_of_a_range_may_have_examples_of_its_own() -> None:
    """Those of the range are still there."""

    def prepare(d: Any) -> None:
        answers(d)["4XX"] = answers(d).pop("404")

    def change(d: Any) -> None:
        (media,) = answers(d)["4XX"]["content"].values()
        examples = {"missing": {"summary": "Missing", "value": {"code": "E404"}}}
        content = {"application/json": {**media, "examples": examples}}
        answers(d)["404"] = {**answers(d)["4XX"], "content": content}

    assert kinds(prepare, change) == {"response-added"}


def test_a_success_out_of_a_range_is_nothing_new() -> None:
    """Who reads 2XX reads 202 as well; out of nothing it would be a success unheard of."""

    def prepare(d: Any) -> None:
        answers(d)["2XX"] = answers(d)["200"]

    assert kinds(prepare, lambda d: answers(d).update({"202": done(d)})) == {"response-added"}
    seen = kinds(nothing, lambda d: answers(d).update({"202": done(d)}))
    assert seen == {"response-added-success"}


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
def test_a_field_that_comes_to_a_closed_answer_breaks_readers(keyword: str) -> None:
    """They were told that there is no other, and may refuse it."""
    new = {"type": "string", "description": "New."}
    seen = kinds(
        lambda d: schema(d, "Cancel").update({keyword: False}),
        lambda d: schema(d, "Cancel")["properties"].update(new=new),
    )
    assert seen == {"closed-response-field-added"}


def test_a_body_that_comes_to_an_empty_success_breaks_readers() -> None:
    """They took it to be empty, and generated code returns something else."""
    content = OTHER["content"]
    seen = kinds(nothing, lambda d: purge(d)["responses"]["204"].update(content=content))
    assert seen == {"response-body-added"}


def test_a_body_that_comes_to_a_failure_is_news() -> None:
    """Nobody has to read why something failed, as nobody has to know of one more way to fail."""

    def prepare(d: Any) -> None:
        d["paths"][GET]["delete"]["responses"]["409"] = {"description": "Not now."}

    content = OTHER["content"]
    gained = level(prepare, lambda d: purge(d)["responses"]["409"].update(content=content))
    assert gained is Level.MINOR
