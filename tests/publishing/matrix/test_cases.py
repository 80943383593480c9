"""What the matrix asks of a client, and that it sees what a client loses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from specs.publishing.document import read
from specs.publishing.snapshots import ROOT
from tests.publishing.matrix.__main__ import measure
from tests.publishing.matrix.cases import CARD, CHECKS, LARGE, NEW_VALUE, SENDS, Case, cases, lost
from tests.publishing.matrix.toolchains import Failed, Missing, Tool


def asked(api: str, check: str) -> list[Case]:
    """What is asked of a client of the API under one check."""
    document = read((ROOT / f"specs/{api}.yaml").read_bytes())
    return [case for case in cases(api, document) if case.check == check]


@pytest.mark.parametrize(
    ("api", "checks"),
    [
        ("bento", {"examples", "new value", "unknown member", "card", "large"}),
        ("unzer", {"examples", "new value", "unknown member", "error with 2xx"}),
        ("vtex", {"examples", "unknown member", "null"}),
        ("pace-pay", {"examples", "unknown member"}),
        ("pace-fueling", {"examples", "unknown member"}),
    ],
)
def test_every_check_has_a_case_where_it_means_something(api: str, checks: set[str]) -> None:
    """No check passes because nothing was asked."""
    assert {check for check in CHECKS if asked(api, check)} == checks


def test_the_cases_are_what_they_are_called() -> None:
    """New values, a card, nulls, large amounts and unknown members stand where they may come."""
    (new, *_) = asked("bento", "new value")
    assert new.body["data"]["state"] == new.body["data"]["history"][0]["action"] == NEW_VALUE
    assert asked("bento", "card")[0].body["data"]["paymentMethod"] == CARD
    assert asked("bento", "large")[0].body["data"]["totalAmount"] == LARGE
    (verdict, *_) = asked("vtex", "null")
    assert {verdict.body[name] for name in ("message", "code", "cancellationId")} == {None}
    (more, *_) = asked("unzer", "unknown member")
    assert "newMember" in more.body
    assert "newMember" in more.body["resources"]
    assert all(case.body["errors"] for case in asked("unzer", "error with 2xx"))


@pytest.mark.parametrize(
    ("told", "answer", "said"),
    [
        ({"a": {"b": [1]}}, {"a": {"b": [1]}, "more": 2}, ""),
        ({"a": None, "b": {}}, {}, ""),
        ({"errors": [{"code": "E"}]}, {}, "/errors/0/code became null"),
        ({"state": "new"}, {"state": "unknown_default"}, '/state became "unknown_default"'),
    ],
)
def test_what_a_client_loses_is_seen(told: Any, answer: Any, said: str) -> None:
    """A null may be left out, and what is added is no loss."""
    assert lost(Case("examples", "o", "200", "S", told), answer) == said


class Made(Tool):
    """A tool whose every step is known."""

    def generate(self, document: Path, folder: Path) -> None:  # noqa: ARG002
        """Fail where the document's name says so."""
        if document.name == "broken.yaml":
            raise Failed("cannot read it")

    def build(self, folder: Path) -> None:
        """Do nothing."""

    def read(self, folder: Path, cases: Any) -> list[str]:  # noqa: ARG002
        """Read the first answer whole, refuse the second, lose something of the third."""
        return [cases[0].text, "!refused", "{}"][: len(cases)]

    def send(self, folder: Path, api: str, address: str) -> None:  # noqa: ARG002
        """Cancel as told at Bento, a part at Unzer, and nothing elsewhere."""
        if api == "vtex":
            raise Missing("it sends nothing")
        body = {"bento": {"refundAmount": 5000}, "unzer": {"amount": "1.00"}}.get(api)
        method = "PUT" if api == "bento" else "POST"
        httpx.request(method, f"{address}{SENDS[api].path}", json=body, trust_env=False)


@pytest.mark.parametrize(
    ("api", "sends"),
    [
        ("bento", "yes"),
        ("unzer", 'no: sent b\'{"amount":"1.00"}\' as application/json'),
        ("vtex", "not here: it sends nothing"),
        ("pace-pay", "yes"),
    ],
)
def test_a_tool_is_measured_step_by_step(tmp_path: Path, api: str, sends: str) -> None:
    """What passes, what fails with its first reason, and what cannot be tried."""
    told = [
        Case(check, "o", "200", "S", {"a": 1}) for check in ("examples", "card", "unknown member")
    ]
    found = measure(Made("made", "orval"), Path("good.yaml"), tmp_path / "a", api, told)
    accept = {"accept": "by hand: asks for */*"} if api == "pace-pay" else {}
    assert found == {
        "generates": "yes",
        "compiles": "yes",
        "examples": "yes",
        "card": "no: o 200: refused",
        "unknown member": "no: o 200: /a became null",
        "sends": sends,
        **accept,
    }


def test_a_client_that_reads_fewer_answers_has_failed(tmp_path: Path) -> None:
    """No answer counts as read because nothing was said of it."""
    told = [Case(check, "o", "200", "S", {"a": 1}) for check in CHECKS]
    found = measure(Made("made", "orval"), Path("good.yaml"), tmp_path / "a", "bento", told)
    assert {found[check] for check in CHECKS} == {f"no: 3 of {len(CHECKS)} answers were read"}


def test_a_document_that_cannot_be_read_ends_the_measurement(tmp_path: Path) -> None:
    """The steps that follow say nothing, and nothing is counted as passed."""
    found = measure(Made("made", "orval"), Path("broken.yaml"), tmp_path / "a", "bento", [])
    assert json.dumps(found) == '{"generates": "no: cannot read it"}'
