"""The pure parts of the comparison, and its bench, with nothing installed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from countermand.sandbox import FaultProxy, Sandbox
from tests.competitors import driving
from tests.competitors.__main__ import Results, Task, exit_status, tasks, withdraw
from tests.competitors.bench import Bench
from tests.competitors.drivers import telling
from tests.competitors.driving import heard
from tests.competitors.judging import HUNG, Measured, Said
from tests.competitors.places import Place, prepare, recipe
from tests.competitors.roster import COUNTERMAND, RIVALS, Client, spec
from tests.competitors.scenarios import APIS, CREATED, HOSTILE, OUTAGE, SCENARIOS, Scenario
from tests.competitors.table import complaints, details, markdown, unfit

OK = Said(verdict="ok")
VAGUE = Said(verdict="error", kind="ReadTimeout", maybe=True)
FLAT = Said(verdict="error", kind="ValueError")
PAGE = Said(verdict="error", kind="ServerError", server_error=True)
MUTE = Said(verdict="none", kind=HUNG)
DEAD = Said(verdict="none", kind="Died")


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
        (seen(DEAD, 0), "said nothing"),
        (seen(OK, 1, requests=3, answered=False), "without any proof"),
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
        "| all | silent | 0 of 2 | 0 of 2 | n/a |",
        "| all | executed once, left open | 0 of 2 | 1 of 2 | n/a |",
        "| all | requests per call in an outage | n/a | n/a | n/a |",
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


def test_who_is_still_at_it_is_silent_and_no_more_wrong_than_that() -> None:
    """Unless the provider executed it twice meanwhile: then that counts."""
    rows = [("unzer", OUTAGE), ("bento", OUTAGE)]
    cells = {
        (rows[0], "a"): seen(MUTE, 1, requests=7),
        (rows[1], "a"): seen(MUTE, 2, requests=2),
        (rows[0], "b"): seen(DEAD, 1),
    }
    lines = markdown(rows, ["a", "b"], cells).splitlines()
    assert lines[2:] == [
        f"| unzer | {OUTAGE} | 1 **silent** | 1 **wrong** |",
        f"| bento | {OUTAGE} | 2 **wrong** | n/a |",
        "| all | executed twice or more | 1 of 2 | 0 of 1 |",
        "| all | wrong verdicts | 1 of 2 | 1 of 1 |",
        "| all | wrong, forgiving 5xx | 1 of 2 | 1 of 1 |",
        "| all | silent | 1 of 2 | 0 of 1 |",
        "| all | executed once, left open | 0 of 2 | 0 of 1 |",
        "| all | requests per call in an outage | 4.5 | 1.0 |",
    ]
    assert complaints("a", cells)[0] == f"unzer, {OUTAGE}: said nothing"


ABSENT = next(rival for rival in RIVALS if rival.absent)
CONTROL = Task(client=ABSENT, scenario=SCENARIOS[0], api="unzer")


def lacking(kind: str) -> Results:
    """The results of a run with one client that is known to have no cancel."""
    results = Results()
    results.add(CONTROL, seen(Said(verdict="none", kind=kind, detail="it says"), 0))
    assert not results.cells
    return results


def test_a_package_without_a_cancel_is_asked_once_and_fails_the_run_when_it_gets_one() -> None:
    """And what cannot be asked was not measured."""
    place = Place(python="python")
    rows = [(api, scenario) for scenario in SCENARIOS[:2] for api in ("unzer", "bento")]
    assert tasks([ABSENT], {ABSENT: place}, rows) == [CONTROL]
    assert len(tasks([ABSENT], {COUNTERMAND: place, ABSENT: place}, rows)) == len(rows) + 1
    assert exit_status([], lacking("Lacking"), partial=False) == 0
    assert exit_status([], lacking("Found"), partial=True) == 1
    assert exit_status([], lacking("Died"), partial=False) == 2


def test_a_run_fails_where_countermand_is_wrong_or_something_was_not_measured() -> None:
    """The second may be allowed."""
    results = Results()
    assert exit_status([], results, partial=False) == 0
    assert exit_status(["unzer, reset: executed 2 times"], results, partial=True) == 1
    results.late(CONTROL)
    results.late(CONTROL)
    assert len(results.missing) == 1
    assert exit_status([], results, partial=False) == 2
    assert exit_status([], results, partial=True) == 0


@pytest.mark.parametrize("output", ["", "no json", "[]", '{"verdict": "perhaps"}', "{}"])
def test_a_driver_that_says_nothing_usable_has_said_nothing(output: str) -> None:
    """What it wrote to its standard error is kept for the details."""
    assert heard(f"{telling.TOLD}{output}", "Traceback\nBoom") == Said(
        verdict="none", kind="Died", detail="Boom"
    )


def test_a_driver_tells_in_a_line_of_its_own() -> None:
    """Every fact of it is read."""
    told = {"verdict": "error", "type": "T", "detail": "d", "maybe": True, "server_error": False}
    said = heard(f"{telling.TOLD}{json.dumps(told)}\n", "")
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


@pytest.mark.parametrize(
    ("again", "error", "calls"),
    [
        ("", ValueError(), 1),
        ("always", ValueError(), 2),
        ("always", ReadTimeout(), 2),
        ("unless in doubt", ValueError(), 2),
        ("unless in doubt", ReadTimeout(), 1),
    ],
)
def test_a_caller_calls_again_once_where_that_is_asked_for(
    again: str, error: Exception, calls: int
) -> None:
    """After every error, or after those that leave no doubt."""
    made = []

    def send(each: telling.Order) -> None:
        made.append(each)
        raise error

    with pytest.raises(type(error)):
        telling.insist(send, {"again": again})
    assert len(made) == calls


def test_an_outcome_is_what_the_last_cancel_came_to() -> None:
    """The one before, on the same client, makes the connection only."""
    made: list[str] = []

    @contextmanager
    def opened(order: telling.Order) -> Iterator[telling.Send]:
        assert order["key"] == "order"

        def send(each: telling.Order) -> None:
            made.append(each["key"])
            telling.granted(each["id"])

        yield send

    order = {"warm": {"key": "before"}, "again": "", "key": "order", "id": "C1"}
    assert telling.outcome(opened, order) == {"verdict": "ok"}
    assert made == ["before", "order"]
    told = telling.outcome(opened, {**order, "id": None, "warm": None})
    assert (told["verdict"], told["maybe"]) == ("error", False)


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
    assert OUTAGE in {scenario.name for scenario in SCENARIOS}
    assert set(CREATED) == set(HOSTILE) == set(telling.SUCCESS) == set(APIS)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """A bench of real parts."""
    with (
        Sandbox() as sandbox,
        FaultProxy(sandbox.url) as proxy,
        FaultProxy(sandbox.url) as elsewhere,
    ):
        found = Bench(sandbox=sandbox, proxy=proxy, elsewhere=elsewhere)
        yield found
        found.close()


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
        ("nothing goes wrong", "pace_pay", 1),
        ("executed, head cut", "vtex", 1),
        ("kept connection closed before the request", "unzer", 1),
        ("kept connection dies under the request", "vtex", 1),
        ("connection refused", "pace_fueling", 0),
        ("arrives when all is over", "bento", 1),
        ("executed, no answer, called again", "bento", 1),
        ("executed, then a 408 page", "bento", 1),
        ("executed, then a gateway's 409 in JSON", "unzer", 1),
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
for line in sys.stdin:
    order = json.loads(line)
    url = f"{order['base_url']}/payments/{order['ids']['payment_id']}/authorize/cancels"
    fields = {"Authorization": "Basic " + order["basic"], "Content-Type": "application/json"}
    body = json.dumps({"amount": order["amount"]}).encode()
    for attempt in range(2):
        try:
            urllib.request.urlopen(urllib.request.Request(url, body, fields), timeout=5).read()
        except OSError:
            continue
        break
    print("told: " + json.dumps({"verdict": "ok"}), flush=True)
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


def test_a_client_that_dies_or_hangs_has_said_nothing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new process takes the next order."""
    monkeypatch.setattr(driving, "CALL_TIMEOUT", 2.0)
    place, control = prepare(COUNTERMAND, tmp_path), named("nothing goes wrong")
    for name, code, said in (
        ("dies", "raise SystemExit('Boom')", Said(verdict="none", kind="Died", detail="Boom")),
        ("hangs", "import time; time.sleep(60)", None),
    ):
        driver = tmp_path / f"{name}.py"
        driver.write_text(f"import sys\nsys.stdin.readline()\n{code}\n", encoding="utf-8")
        client = Client(name=name, driver=(str(driver),))
        for _ in range(2):
            measured = bench.measure(client, place, control, "unzer")
            assert measured.said == said or (said is None and measured.mute)
