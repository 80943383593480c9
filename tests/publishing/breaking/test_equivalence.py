"""What means the same is no breaking change, and what only looks the same to Python is one."""

from typing import Any

import pytest

from specs.publishing.breaking.verdicts import Level
from tests.publishing.breaking.changes import answered, asked, body, cancel, done, parameter, schema
from tests.publishing.breaking.comparisons import Edit, kinds, level, nothing

ALTERNATIVES = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}


def alternatives(keyword: str) -> Edit:
    """Give the answer a field that is one of several."""
    return lambda d: answered(d).update(v={keyword: list(ALTERNATIVES), "description": "V."})


@pytest.mark.parametrize(
    "change",
    [
        lambda d: parameter(d, 1).update(style="form"),
        lambda d: parameter(d, 1).update(explode=True),
        lambda d: parameter(d, 1).update(allowReserved=False),
        lambda d: parameter(d, 2).update(style="simple", explode=False),
        lambda d: d["components"]["parameters"]["ThingId"].update(style="simple"),
        lambda d: done(d)["headers"]["X-Words"].update(style="simple", explode=False),
        lambda d: schema(d, "Things").update(uniqueItems=False, minItems=0),
        lambda d: answered(d)["amount"].update(minLength=0),
        lambda d: answered(d)["amount"].update(readOnly=False, writeOnly=False, nullable=False),
        lambda d: answered(d)["amount"].update(deprecated=False),
        lambda d: d["components"]["securitySchemes"]["basic"].update(scheme="Basic"),
        lambda d: body(d).update({"Application/JSON": body(d).pop("application/json")}),
        lambda d: schema(d, "Level")["enum"].reverse(),
        lambda d: cancel(d)["security"].append({"basic": []}),
        lambda d: schema(d, "Outcome")["oneOf"].reverse(),
    ],
)
def test_a_default_that_is_spelt_out_is_no_change_of_meaning(change: Edit) -> None:
    """Neither are letter case where none counts, and order where there is none."""
    assert kinds(nothing, change) == {"equivalent"}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
def test_the_order_of_nameless_alternatives_says_nothing(keyword: str) -> None:
    """They are recognised by what they are, and one that changed is still seen."""
    prepare = alternatives(keyword)
    assert kinds(prepare, lambda d: answered(d)["v"][keyword].reverse()) == {"equivalent"}

    def both(d: Any) -> None:
        answered(d)["v"][keyword].reverse()
        answered(d)["v"][keyword][0] = {"type": "null"}

    assert kinds(prepare, both) == {"response-type-changed"}


def test_the_order_of_a_servers_choices_says_nothing() -> None:
    """One more of them does."""

    def choices(d: Any) -> Any:
        return d["servers"][0]["variables"]["host"]

    prepare = lambda d: choices(d).update(enum=["api.example", "b.example"])  # noqa: E731
    assert kinds(prepare, lambda d: choices(d)["enum"].reverse()) == {"equivalent"}
    assert level(prepare, lambda d: choices(d)["enum"].append("c.example")) is Level.MAJOR


@pytest.mark.parametrize(
    "change",
    [
        lambda d: parameter(d, 1).update(style="spaceDelimited"),
        lambda d: parameter(d, 1).update(explode=False),
        lambda d: schema(d, "Things").update(uniqueItems=True),
        lambda d: answered(d)["amount"].update(minLength=1),
        lambda d: answered(d)["amount"].update(readOnly=True),
        lambda d: d["components"]["securitySchemes"]["basic"].update(scheme="Bearer"),
    ],
)
def test_anything_but_the_default_is_a_change(change: Edit) -> None:
    """The same keywords with another value break somebody."""
    assert level(nothing, change) is Level.MAJOR


def field(holder: Any, **keywords: Any) -> None:
    """Give a schema one more field."""
    holder["n"] = {"description": "N.", **keywords}


@pytest.mark.parametrize(
    ("prepare", "change", "kind"),
    [
        (
            lambda d: d["components"]["examples"]["Done"]["value"].update(n=1),
            lambda d: d["components"]["examples"]["Done"]["value"].update(n=True),
            "example-changed",
        ),
        (
            lambda d: field(asked(d), default=0),
            lambda d: asked(d)["n"].update(default=False),
            "request-default-changed",
        ),
        (
            lambda d: field(asked(d), const=1),
            lambda d: asked(d)["n"].update(const=True),
            "request-limit-changed",
        ),
        (
            lambda d: field(answered(d), enum=[0, 2]),
            lambda d: answered(d)["n"].update(enum=[0, 2, False]),
            "response-enum-value-added",
        ),
        (
            lambda d: cancel(d).update({"x-note": {"n": 1}}),
            lambda d: cancel(d)["x-note"].update(n=True),
            "extension-changed",
        ),
    ],
)
def test_a_number_is_no_truth_value(prepare: Edit, change: Edit, kind: str) -> None:
    """To Python 1 is true and 0 is false, to whoever reads JSON they are not."""
    assert kinds(prepare, change) == {kind}
