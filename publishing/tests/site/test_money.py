"""Statements about money, held against the specifications."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from publishing.site import money
from publishing.site.sources import Api

ENTRIES = [
    (api, entry["topic"])
    for api, entries in yaml.safe_load(money.TABLE.read_text(encoding="utf-8"))["apis"].items()
    for entry in entries
]


def documents(apis: tuple[Api, ...]) -> dict[str, Any]:
    """Copies of the specifications that a test may spoil."""
    return {api.name: copy.deepcopy(dict(api.document)) for api in apis}


def test_every_api_is_told_about_on_every_topic(apis: tuple[Api, ...]) -> None:
    """A reader finds the same six things about each API, in the same order."""
    said = money.statements(documents(apis))
    orders = {tuple(statement.topic for statement in said[api.name]) for api in apis}
    assert orders == {("success", "amount", "trap", "moment", "late", "unknown")}


@pytest.mark.parametrize(("name", "topic"), ENTRIES)
def test_a_statement_falls_with_the_words_that_it_rests_on(
    apis: tuple[Api, ...], name: str, topic: str
) -> None:
    """When the specification stops saying it, the site cannot go on saying it."""
    spoilt = documents(apis)
    at = next(each.at for each in money.statements(spoilt)[name] if each.topic == topic)
    parent, _, last = at.rpartition("/")
    money.resolve(spoilt[name], parent)[last.replace("~1", "/")] = "Something else."
    with pytest.raises(money.UnfoundedError, match=f"^{name}: .* no longer says"):
        money.statements(spoilt)


def test_a_statement_about_a_place_that_is_gone_fails(apis: tuple[Api, ...]) -> None:
    """A renamed schema is noticed."""
    spoilt = documents(apis)
    del spoilt["bento"]["components"]["schemas"]["CancelRequest"]
    with pytest.raises(money.UnfoundedError, match="there is no /components/schemas/CancelRequest"):
        money.statements(spoilt)


def test_a_missing_topic_fails(apis: tuple[Api, ...], tmp_path: Path) -> None:
    """An API cannot be told about by halves."""
    content = yaml.safe_load(money.TABLE.read_text(encoding="utf-8"))
    content["apis"]["vtex"].pop()
    table = tmp_path / "money.yaml"
    table.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(money.UnfoundedError, match=r"^vtex: one statement for each"):
        money.statements(documents(apis), table)


def test_an_api_without_statements_fails(apis: tuple[Api, ...]) -> None:
    """A new API is not published before somebody has said how money behaves there."""
    more = {**documents(apis), "sixth": {}}
    with pytest.raises(money.UnfoundedError, match="says nothing about sixth"):
        money.statements(more)
