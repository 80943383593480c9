"""The error tree: the base of each class, its attributes, and pickling."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from decimal import Decimal
from typing import Any, Final

import pytest

import countermand
from countermand import (
    Advice,
    Attempt,
    CountermandError,
    InvalidCancellation,
    NotCancelled,
    OutcomeUnknown,
    RawResponse,
    Sent,
    errors,
    unzer,
)

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

TREE: Final = {
    "CountermandError": "Exception",
    "NotCancelled": "CountermandError",
    "InvalidCancellation": "NotCancelled",
    "Unauthenticated": "NotCancelled",
    "MissingLinkedIdentity": "Unauthenticated",
    "Forbidden": "NotCancelled",
    "NotFound": "NotCancelled",
    "AlreadyCaptured": "NotCancelled",
    "Declined": "NotCancelled",
    "ManualCancellationRequired": "NotCancelled",
    "RateLimited": "NotCancelled",
    "Misdirected": "NotCancelled",
    "Unreachable": "NotCancelled",
    "LedgerUnavailable": "CountermandError",
    "OutcomeUnknown": "CountermandError",
    "KeyConflict": "CountermandError",
    "CancellationInProgress": "CountermandError",
}
COMMON: Final[dict[str, Any]] = {
    "key": "order-42",
    "cancellation": unzer.Cancellation("s-pay-1", amount=Decimal("1.00")),
    "attempts": (Attempt(sent=Sent.RESPONDED, status=400, at=0.5),),
    "status": 400,
    "raw": RawResponse(status=400, headers=(("a", "b"),), body=b"{}"),
}
OWN: Final[dict[str, dict[str, Any]]] = {
    "MissingLinkedIdentity": {"user": "u", "problem": {"id": "p"}, "action": "log in"},
    "Declined": {"code": "c", "reason": "r"},
    "ManualCancellationRequired": {"code": "cancel-manually", "reason": "r"},
    "RateLimited": {"retry_after": 7.0},
    "Misdirected": {"location": "https://a.example/"},
    "OutcomeUnknown": {
        "advice": Advice.READ,
        "next_step": "Look first",
        "retry_after": 7.0,
        "earlier_references": ("C1",),
    },
}
every = pytest.mark.parametrize("name", TREE)


def made(name: str) -> CountermandError:
    """An error with everything that it can carry."""
    error: CountermandError = getattr(errors, name)("what happened", **COMMON, **OWN.get(name, {}))
    return error


@every
def test_each_error_stands_where_the_tree_has_it(name: str) -> None:
    """Each class has the base that the tree shows."""
    kind = getattr(errors, name)
    parent = getattr(errors, TREE[name], Exception)
    assert issubclass(kind, parent)
    not_certain = {"CountermandError", "OutcomeUnknown", "LedgerUnavailable"}
    not_certain |= {"KeyConflict", "CancellationInProgress"}
    assert issubclass(kind, NotCancelled) is (name not in not_certain)
    assert getattr(countermand, name) is kind


def test_the_tree_is_whole() -> None:
    """No error exists that the tree leaves out, and the module's drawing shows each."""
    kinds = {
        name
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, Exception)
    }
    assert kinds == set(TREE)
    assert set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) == kinds - {"CountermandError"}


@every
def test_an_error_pickles_with_all_that_it_carries(name: str) -> None:
    """Task queues and process pools hand errors on, in any protocol of pickle."""
    error = made(name)
    protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
    pickled = [pickle.loads(pickle.dumps(error, protocol)) for protocol in protocols]
    for again in (*pickled, copy.copy(error)):
        assert type(again) is type(error)
        assert vars(again) == vars(error)
        assert again.args == error.args
        assert (str(again), repr(again)) == (str(error), repr(error))
        assert again.attempts == error.attempts


@every
def test_an_error_s_text_names_message_key_and_status(name: str) -> None:
    """Str for people, repr with the class; both name status and key and hide the body."""
    error = made(name)
    assert "what happened" in str(error)
    assert "order-42" in str(error)
    assert "400" in str(error)
    assert repr(error).startswith(f"{name}(")
    assert str(error) in repr(error) or ascii(str(error)) in repr(error)


@every
def test_an_error_without_facts_is_still_an_error(name: str) -> None:
    """Only the message is required; every attribute exists."""
    error = getattr(errors, name)("what happened")
    assert error.message == "what happened"
    assert (error.key, error.cancellation, error.status, error.raw) == (None,) * 4
    assert error.attempts == ()
    for attribute in OWN.get(name, {}):
        assert hasattr(error, attribute)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "gone"),
        ({"status": 404}, "gone (status 404)"),
        ({"key": "k"}, "gone (key k)"),
        ({"status": 404, "key": "k"}, "gone (status 404, key k)"),
        ({"status": 0, "key": ""}, "gone (status 0, key )"),
    ],
    ids=str,
)
def test_an_error_s_text_is_its_message_and_what_it_was_about(
    facts: dict[str, Any], text: str
) -> None:
    """What is not known is left out; the repr adds the class."""
    error = errors.Forbidden("gone", **facts)
    assert str(error) == text
    assert repr(error) == f"Forbidden({text!r})"


@pytest.mark.parametrize(
    "message", ["Gone", "Gone.", "Lost at MAX", "Lost at MAX.", ".net is gone"]
)
def test_the_next_step_is_a_sentence_of_its_own(message: str) -> None:
    """Behind one full stop, whether the message has its own or not."""
    text = f"{message.removesuffix('.')}. Call again after a while."
    assert str(errors.RateLimited(message)) == text


def test_the_optional_facts_of_an_error_have_defaults() -> None:
    """The defaults of attributes that only some errors have."""
    link = errors.MissingLinkedIdentity("link")
    assert (link.user, link.problem) == (None, {})
    assert link.action == (
        "Let the user log in with the third party, then cancel with the same key."
    )
    unknown = OutcomeUnknown("gone")
    assert (unknown.advice, unknown.next_step) == (Advice.ASK, "")
    assert (unknown.retry_after, unknown.earlier_references) == (None, ())


@every
def test_an_error_carries_what_it_was_given(name: str) -> None:
    """Each fact under its own name."""
    error = made(name)
    for fact, value in {"message": "what happened", **COMMON, **OWN.get(name, {})}.items():
        assert getattr(error, fact) == value
    assert error.args == ("what happened",)


def test_invalid_input_is_also_a_value_error() -> None:
    """Callers that validate input can catch ValueError."""
    with pytest.raises(ValueError, match="empty"):
        unzer.Cancellation("", amount=1)
    assert issubclass(InvalidCancellation, ValueError)
    assert not issubclass(OutcomeUnknown, (NotCancelled, ValueError))


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("", "gone (key k)"),
        ("Look", "gone (key k). Look."),
        ("Look.", "gone (key k). Look."),
        ("Look. . ", "gone (key k). Look."),
        ("Ask for MAX", "gone (key k). Ask for MAX."),
    ],
)
def test_an_unknown_outcome_ends_with_its_next_step(step: str, text: str) -> None:
    """One sentence each, one full stop each."""
    assert str(OutcomeUnknown("gone", key="k", next_step=step)) == text


def test_the_problem_of_a_missing_link_is_a_copy() -> None:
    """The error does not change if the caller's dict changes."""
    problem = {"id": "p"}
    error = errors.MissingLinkedIdentity("link", problem=problem)
    problem["id"] = "q"
    assert error.problem == {"id": "p"}
