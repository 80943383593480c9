"""Comparisons of the tests' specification with a changed one, without a repository around them."""

from collections.abc import Callable
from typing import Any

from specs.publishing.breaking.comparison import compare
from specs.publishing.breaking.verdicts import Level, due_level
from tests.publishing.breaking.repositories import document

Edit = Callable[[Any], object]


def nothing(d: Any) -> None:
    """Leave the document as it is."""


def kinds(prepare: Edit, change: Edit) -> set[str]:
    """The kinds of changes that are seen, given what the base has beside the usual."""
    base, head = document(), document()
    for each in (base, head):
        prepare(each)
    change(head)
    return {found.kind for found in compare(base, head)}


def level(prepare: Edit, change: Edit) -> Level:
    """The gravest level of the changes."""
    base, head = document(), document()
    for each in (base, head):
        prepare(each)
    change(head)
    return due_level(compare(base, head))
