"""Drivers against the real server, one small batch each, and a server that lies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import races
from benchmarks.answers import answer
from benchmarks.contenders import OURS, Contender, Interpreters
from benchmarks.processes import Bench, ContenderError, bench

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Interpreters({(): sys.executable}, {})
OWN = {
    (race.wire, each): each
    for race in races.FULL
    for each in race.contenders
    if not each.requirements and race.at_once == 1 and race.wire != "distant"
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Bench]:
    """Server and relay."""
    with bench() as running:
        yield running


@pytest.mark.parametrize(("wire", "contender"), OWN, ids=lambda each: getattr(each, "name", each))
def test_every_client_gets_the_answer_that_it_takes_for_cancelled(
    stage: Bench, wire: str, contender: Contender
) -> None:
    """The driver judges each answer, so a batch without errors did the work."""
    with stage.running(sys.executable, contender, wire) as client:
        told = client.ask(calls=2)
        assert (told["errors"], told["example"]) == (0, None)
        assert 0 < told["p50"] <= told["p99"]


def test_a_call_that_fails_is_counted(stage: Bench) -> None:
    """Nothing listens there."""
    broken = Bench(urls={"plain": "http://127.0.0.1:9"}, authority=stage.authority, core=None)
    with broken.running(sys.executable, races.KEPT, "plain") as client:
        told = client.ask(calls=2)
    assert told["errors"] == 2
    assert "ConnectError" in told["example"]


def test_a_client_that_does_not_run_is_named(stage: Bench) -> None:
    """Its own words stand in the error, and a race goes on without it."""
    wrong = Contender(name="wrong", script="httpx", variant="none")
    with (
        pytest.raises(ContenderError, match="KeyError"),
        stage.running(sys.executable, wrong, "plain"),
    ):
        pass
    absent = Contender(name="absent", script="httpx", variant="kept", requirements=("absent==1",))
    race = races.Race(
        name="r", contenders=(OURS, wrong, absent), baseline=OURS.name, calls=1, seconds=0.0
    )
    ran = races.run(race, stage, Interpreters(HERE.found, {("absent==1",): "no such thing"}))
    assert len(ran.rounds[OURS.name]) == races.MIN_ROUNDS
    assert ran.missing["absent"] == "no such thing"
    assert "does not run" in ran.missing["wrong"]


@pytest.mark.parametrize(
    ("target", "body", "size"),
    [
        (b"/payments/v1/orders/or_1/transactions/tx_1/_cancel", b"{}", (700, 1100)),
        (b"/payments/v1/orders/or_1/transactions/tx_1", b"", (600, 1100)),
        (b"/payments/s-pay-1/authorize/cancels", b"{}", (700, 1100)),
        (b"/payments/1/cancellations", b'{"paymentId": "1"}', (700, 1100)),
        (b"/v1/payment_intents/pi_1/cancel", b"", (700, 1100)),
        (b"/transactions/1", b"", (0, 0)),
    ],
)
def test_an_answer_is_about_a_kilobyte(target: bytes, body: bytes, size: tuple[int, int]) -> None:
    """Except PACE's, whose success has no body."""
    _, content = answer(target, body)
    assert size[0] <= len(content) <= size[1]


def test_drivers_import_nothing_of_this_project_but_what_they_measure() -> None:
    """A rival's environment has neither `benchmarks` nor attrs."""
    folder = Path(races.KEPT.path).parent
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    assert len(texts) > 7
    assert not any("benchmarks" in text or "import attrs" in text for text in texts)
