"""Looking for a cancel of PACE Fueling's at PACE Pay: gone, captured, or no proof."""

from __future__ import annotations

from typing import Any

import pytest

from countermand import Outcome, RawResponse, pace_fueling
from countermand.errors import AlreadyCaptured
from countermand.provider._verdicts import Finding, Found, NotKnown, Refuted
from tests.support.read_backs import run_read_back
from tests.support.samples import CANCELLATIONS, KEY, TRANSACTION, reply

PATH = f"/transactions/{TRANSACTION}"
PACE = "application/vnd.api+json"


def look(answer: RawResponse | None) -> Finding:
    """What the reading makes of PACE Pay's answer."""
    cancellation: Any = CANCELLATIONS["pace_fueling"]
    found, asked = run_read_back(pace_fueling.read_back(cancellation, KEY), {PATH: answer})
    assert asked == [PATH]
    return found


@pytest.mark.parametrize(
    "answer",
    [reply(410, {"errors": [{"title": "Resource is gone"}]}, PACE), reply(410, b"", None)],
    ids=["error", "empty"],
)
def test_gone_means_cancelled(answer: RawResponse) -> None:
    """410 is how PACE's own apps know a cancelled transaction."""
    found = look(answer)
    assert isinstance(found, Found)
    assert found.done.outcome is Outcome.CANCELLED


@pytest.mark.parametrize(
    "answer",
    [
        reply(410, b"<html>Gone</html>", "text/html"),
        reply(410, b"this version of the API is gone", "text/plain"),
        reply(410, {"message": "version retired"}),
        reply(410, {"errors": "gone"}),
        reply(410, {"errors": []}, PACE),
        reply(410, {"errors": ["gone"]}),
    ],
    ids=["page", "text", "JSON", "errors as text", "no error", "an error as text"],
)
def test_what_is_not_pace_s_own_gone_proves_nothing(answer: RawResponse) -> None:
    """Web servers and retired APIs have their own reasons to call something gone."""
    assert isinstance(look(answer), NotKnown)


@pytest.mark.parametrize("spelling", [TRANSACTION, TRANSACTION.upper()])
def test_a_transaction_that_is_shown_is_completed(spelling: str) -> None:
    """So the money was captured; a UUID is the same in any letter case."""
    found = look(reply(200, {"data": {"id": spelling, "type": "transaction"}}, PACE))
    assert isinstance(found, Refuted)
    assert found.refused.error is AlreadyCaptured
    assert found.refused.about_payment


@pytest.mark.parametrize(
    "answer",
    [
        None,
        reply(404, {"errors": []}, PACE),
        reply(403, {"errors": []}, PACE),
        reply(302, b"", None, location="https://elsewhere.example/"),
        reply(200, b"<html>", "text/html"),
        reply(200, {"data": {"id": "another"}}, PACE),
        reply(200, {"data": []}, PACE),
        reply(200, {}, PACE),
        reply(201, {"data": {"id": TRANSACTION}}, PACE),
        reply(299, b"", None),
    ],
    ids=["none", "404", "403", "302", "page", "foreign", "list", "empty", "201", "299"],
)
def test_anything_else_proves_nothing(answer: RawResponse | None) -> None:
    """404 above all: one page says cancelled, PACE's apps say not complete yet."""
    assert isinstance(look(answer), NotKnown)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "PACE Pay returned no usable reply about the transaction"),
        (reply(404), "404 Not Found at PACE Pay proves nothing about a cancel"),
        (reply(200, {"data": {}}, PACE), "200 OK at PACE Pay proves nothing about a cancel"),
        (reply(200, {"data": {"id": None}}), "200 OK at PACE Pay proves nothing about a cancel"),
    ],
)
def test_a_read_that_proves_nothing_has_a_reason(answer: RawResponse | None, message: str) -> None:
    """With the status that PACE Pay gave."""
    assert look(answer) == NotKnown(message)


def test_a_captured_transaction_refutes_the_cancel() -> None:
    """The message is complete."""
    found = look(reply(200, {"data": {"id": TRANSACTION}}, PACE))
    assert isinstance(found, Refuted)
    assert found.refused.message == (
        "the transaction is completed at PACE Pay, so the money was captured"
    )
