"""The pure parts of the comparison, and its bench, with nothing installed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from countermand.sandbox import FaultProxy, Sandbox
from tests.rivals.__main__ import withdraw
from tests.rivals.bench import Bench, heard
from tests.rivals.drivers import telling
from tests.rivals.judging import Measured, Said
from tests.rivals.places import Place, prepare, recipe
from tests.rivals.roster import COUNTERMAND, RIVALS, Client, spec
from tests.rivals.scenarios import APIS, SCENARIOS, Scenario
from tests.rivals.table import complaints, details, markdown, unfit

OK = Said(verdict="ok")
VAGUE = Said(verdict="error", kind="ReadTimeout", maybe=True)
FLAT = Said(verdict="error", kind="ValueError")
PAGE = Said(verdict="error", kind="ServerError", server_error=True)
MUTE = Said(verdict="none", kind="Hung")


def seen(said: Said, executions: int, **facts: Any) -> Measured:
    """A measurement with one request, unless the facts say otherwise."""
    return Measured(said=said, executions=executions, **{"requests": 1, **facts})


@pytest.mark.parametrize(
    "measured",
    [
        seen(OK, 1, proof=True),
        seen(OK, 1, requests=2),
        seen(VAGUE, 1),
        seen(VAGUE, 0),
        seen(FLAT, 0),
        seen(PAGE, 0),
    ],
)
def test_a_verdict_that_agrees_with_the_count_is_right(measured: Measured) -> None:
    """Ok with proof, an error about nothing, and an error that says that it may have been."""
    assert measured.complaint is None


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (seen(OK, 2, proof=True), "executed 2 times"),
        (seen(VAGUE, 2), "executed 2 times"),
        (seen(FLAT, 0, strays=3), "3 requests went astray"),
        (seen(MUTE, 0), "said nothing"),
        (seen(OK, 0, proof=True), "not executed"),
        (seen(OK, 1), "without any proof"),
        (seen(FLAT, 1), "does not say"),
        (seen(PAGE, 1), "does not say"),
        (seen(VAGUE, 1, control=True), "nothing went wrong"),
    ],
)
def test_a_verdict_that_the_count_contradicts_is_wrong(measured: Measured, words: str) -> None:
    """Each way to be wrong is named."""
    assert words in (measured.complaint or "")


def test_only_a_silent_error_with_a_5xx_is_forgivable() -> None:
    """A second execution or a stray request is not forgiven because of a status."""
    assert seen(PAGE, 1).forgivable
    assert not seen(PAGE, 2).forgivable
    assert not seen(PAGE, 1, strays=1).forgivable
    assert not seen(FLAT, 1).forgivable


def test_the_table_shows_counts_verdicts_and_sums() -> None:
    """A cell that was not measured is n/a, and is in no sum."""
    one, two = ("unzer", "reset"), ("unzer", "lost")
    cells = {
        (one, "a"): seen(OK, 2),
        (two, "a"): seen(PAGE, 1, strays=1),
        (one, "b"): seen(VAGUE, 1),
        (two, "b"): seen(PAGE, 1),
    }
    assert markdown([one, two], ["a", "b", "c"], cells).splitlines() == [
        "| provider | what goes wrong | a | b | c |",
        "| --- | --- | --- | --- | --- |",
        "| unzer | reset | 2 **wrong** | 1 right | n/a |",
        "| unzer | lost | 1 **wrong** (1 astray) | 1 **wrong** | n/a |",
        "| all | executed twice or more | 1 of 2 | 0 of 2 | n/a |",
        "| all | wrong verdicts | 2 of 2 | 1 of 2 | n/a |",
        "| all | wrong, forgiving 5xx | 2 of 2 | 0 of 2 | n/a |",
        "| all | executed once, left open | 0 of 2 | 1 of 2 | n/a |",
    ]
    assert complaints("a", cells)[0] == "unzer, reset: executed 2 times"
    assert len(details(cells).splitlines()) == len(cells)


def test_a_rival_that_fails_on_a_good_wire_is_not_compared_there() -> None:
    """Its driver may be at fault, so its cells at that provider go, and a note says why."""
    rival, control = RIVALS[0], SCENARIOS[0].name
    cells = {
        (("unzer", control), rival.name): seen(FLAT, 0, control=True),
        (("unzer", "reset"), rival.name): seen(FLAT, 0),
        (("bento", control), rival.name): seen(OK, 1, control=True, proof=True),
    }
    assert unfit(rival.name, cells) == ["unzer"]
    (note,) = withdraw(RIVALS, cells)
    assert rival.name in note
    assert list(cells) == [(("bento", control), rival.name)]


@pytest.mark.parametrize("output", ["", "no json", "[]", '{"verdict": "perhaps"}', "{}"])
def test_a_driver_that_says_nothing_usable_has_said_nothing(output: str) -> None:
    """What it wrote to its standard error is kept for the details."""
    assert heard(output, "Traceback\nBoom") == Said(verdict="none", kind="Died", detail="Boom")


def test_the_last_line_of_a_driver_counts() -> None:
    """A library may print something of its own before."""
    told = {"verdict": "error", "type": "T", "detail": "d", "maybe": True, "server_error": False}
    said = heard(f"chatter\n{json.dumps(told)}\n", "")
    assert said == Said(verdict="error", kind="T", detail="d", maybe=True)


class ReadTimeout(Exception):  # noqa: N818 - httpx's name
    """Named as httpx names it."""


class StatusError(Exception):
    """Carries a status, as many libraries' errors do."""

    def __init__(self, status: object) -> None:
        super().__init__()
        self.status_code = status


def caused(cause: BaseException) -> Exception:
    """An error that wraps another, as tenacity's does."""
    error = RuntimeError("gave up")
    error.__cause__ = cause
    return error


def test_a_rivals_error_is_read_generously() -> None:
    """The class or a 2xx status of the error or of any of its causes is enough."""
    assert telling.says_maybe(ReadTimeout())
    assert telling.says_maybe(caused(caused(ReadTimeout())))
    assert telling.says_maybe(StatusError(202))
    assert telling.says_maybe(telling.UnexpectedAnswerError("cut", status=200))
    assert not telling.says_maybe(telling.UnexpectedAnswerError("None"))
    assert not telling.says_maybe(StatusError(503))
    assert not telling.says_maybe(StatusError("200"))
    assert not telling.says_maybe(ValueError("520"))
    assert list(telling.statuses(caused(StatusError(503)))) == [503]


def test_causes_that_go_round_in_a_circle_end() -> None:
    """An error may name itself."""
    error = RuntimeError()
    error.reason = error  # type: ignore[attr-defined]
    assert list(telling.chain(error)) == [error]


def test_every_client_has_its_driver_and_every_api_its_specification() -> None:
    """What a run needs is known to be there before anything is installed."""
    assert all(Path(client.script[0]).is_file() for client in (*RIVALS, COUNTERMAND))
    assert all(Path(spec(api)).is_file() for api in APIS)
    assert len({client.name for client in RIVALS}) == len(RIVALS)
    assert all("==" in client.requirements[0] for client in RIVALS)
    assert all(recipe(client) == recipe(client) for client in RIVALS)


def test_every_scenario_is_named_once_and_one_is_the_control() -> None:
    """The first row shows that a client works at all."""
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert [scenario.control for scenario in SCENARIOS].index(True) == 0
    assert all(set(scenario.apis) <= set(APIS) for scenario in SCENARIOS)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """A bench of real parts."""
    with (
        Sandbox() as sandbox,
        FaultProxy(sandbox.url) as proxy,
        FaultProxy(sandbox.url) as elsewhere,
    ):
        yield Bench(sandbox=sandbox, proxy=proxy, elsewhere=elsewhere)


def named(name: str) -> Scenario:
    """A scenario by its name."""
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


@pytest.mark.parametrize(
    ("name", "api", "executions"),
    [
        ("executed, then reset", "unzer", 1),
        ("executed, then reset", "bento", 1),
        ("executed, unknown state", "bento", 1),
        ("not executed, 307 elsewhere", "pace_fueling", 0),
        ("an id is `..`", "bento", 0),
    ],
)
def test_countermands_own_column_is_right(
    bench: Bench, tmp_path: Path, name: str, api: str, executions: int
) -> None:
    """A part of the table that needs nothing installed, in the way the table is made."""
    place = prepare(COUNTERMAND, tmp_path)
    measured = bench.measure(COUNTERMAND, place, named(name), api)
    assert (measured.executions, measured.complaint) == (executions, None)


NAIVE = """
import json, sys, urllib.request
order = json.load(sys.stdin)
url = f"{order['base_url']}/payments/{order['ids']['payment_id']}/authorize/cancels"
fields = {"Authorization": "Basic " + order["basic"], "Content-Type": "application/json"}
body = json.dumps({"amount": order["amount"]}).encode()
for attempt in range(2):
    try:
        urllib.request.urlopen(urllib.request.Request(url, body, fields), timeout=5).read()
    except OSError:
        continue
    break
print(json.dumps({"verdict": "ok"}))
"""


def test_the_bench_sees_a_client_that_sends_twice(bench: Bench, tmp_path: Path) -> None:
    """A rival's second execution is counted at the provider, whatever the rival says."""
    driver = tmp_path / "naive.py"
    driver.write_text(NAIVE, encoding="utf-8")
    client = Client(name="naive", driver=(str(driver),))
    place: Place = prepare(client, tmp_path)
    control = bench.measure(client, place, named("nothing goes wrong"), "unzer")
    assert control.complaint is None
    measured = bench.measure(client, place, named("executed, then reset"), "unzer")
    assert (measured.said, measured.executions, measured.requests) == (OK, 2, 2)
    assert measured.complaint == "executed 2 times"
