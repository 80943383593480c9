"""The gateways of the suite: nothing is left out, and trust is given where the table gives it."""

from typing import Any

import pytest

from tests.conformance.cases import APIS, STORES, Call, Case, Observation
from tests.conformance.catalogue import catalogue
from tests.conformance.gateway_answers import (
    ALL_BODIES,
    BODIES,
    CHOSEN,
    STATUSES,
    TELLING,
    Body,
    GatewayAnswer,
    Place,
    answers,
    with_ids,
)
from tests.conformance.gateway_report import COLUMNS, gateways
from tests.conformance.judging import doubles, violations, wrong_verdicts
from tests.conformance.running import Result
from tests.conformance.trusted import trust

CASES = catalogue()


def answer(api: str, status: int, body: Body, place: Place = "none") -> GatewayAnswer:
    """The answer with this status and body, as the suite plays it."""
    (found,) = answers(api, body, (status,))[:1]
    return GatewayAnswer(api=api, status=status, body=body, place=place, document=found.document)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("body", ALL_BODIES)
def test_every_status_is_answered_with_every_body(api: str, body: Body) -> None:
    """All from 300 to 599; those that gateways send, with a ledger and without."""
    played = [
        (status, case.store)
        for case in CASES
        if case.api == api and case.variant.startswith(f"{body}-")
        for status in getattr(case.play, "keywords", {}).get("statuses", ())
    ]
    assert {status for status, _ in played} == (set(STATUSES) if body in BODIES[api] else set())
    telling = CHOSEN if body in BODIES["bento"] else TELLING
    both = {(status, store) for status in telling for store in STORES}
    assert body not in BODIES[api] or both <= set(played)


@pytest.mark.parametrize("body", ["html", "foreign", "empty", "undecided"])
@pytest.mark.parametrize(
    "status", [300, 303, 304, 400, 403, 404, 408, 409, 410, 451, 499, 500, 504]
)
def test_nothing_is_believed_that_a_gateway_may_have_said(status: int, body: Body) -> None:
    """Neither a web page nor JSON of anyone else, nor words by which Unzer does not know."""
    apis = [api for api in APIS if body in BODIES[api] and (api, body) != ("vtex", "undecided")]
    assert [trust(answer(api, status, body)) for api in apis] == [None] * len(apis)


@pytest.mark.parametrize(
    ("status", "place", "verdict"),
    [
        (301, "same", "Misdirected"),
        (302, "same", "Misdirected"),
        (307, "none", "Misdirected"),
        (308, "other", "Misdirected"),
        (401, "none", "Unauthenticated"),
        (405, "none", "Declined"),
        (429, "none", "RateLimited"),
    ],
)
def test_http_is_believed_where_it_says_that_nothing_was_processed(
    status: int, place: Place, verdict: str
) -> None:
    """And then the key is free."""
    found = trust(answer("bento", status, "html", place))
    assert found
    assert (verdict in found.verdicts, found.frees) == (True, True)


def test_a_redirect_to_another_path_proves_nothing() -> None:
    """The server may have executed the request, and shows where the result is."""
    places: tuple[Place, ...] = ("other", "none")
    assert [trust(answer("unzer", 302, "html", place)) for place in places] == [None, None]


@pytest.mark.parametrize(
    ("api", "status", "body", "frees"),
    [
        ("pace_pay", 400, "own", True),
        ("pace_pay", 404, "own", False),
        ("pace_pay", 403, "plain", True),
        ("pace_fueling", 404, "own", None),
        ("pace_fueling", 422, "own", True),
        ("pace_fueling", 502, "own", None),
        ("bento", 422, "own", False),
        ("bento", 408, "own", True),
        ("unzer", 403, "own", True),
        ("unzer", 408, "state", None),
        ("unzer", 401, "undecided", None),
        ("vtex", 404, "own", True),
        ("vtex", 500, "own", None),
        ("vtex", 501, "own", False),
        ("vtex", 409, "undecided", None),
        ("vtex", 409, "own", None),
        ("vtex", 404, "undecided", True),
    ],
)
def test_a_document_of_the_provider_is_believed_unless_a_look_can_tell_more(
    api: str, status: int, body: Body, frees: object
) -> None:
    """The last column is whether the key is free then; None where nothing is believed."""
    found = trust(answer(api, status, body))
    assert (found.frees if found else None) is frees


def test_a_vtex_provider_names_the_ids_of_the_request() -> None:
    """Else its answer would be about another one."""
    sent = b'{"paymentId": "P-1", "requestId": "R-1"}'
    document = with_ids(answer("vtex", 404, "own"), sent)
    assert (document["paymentId"], document["requestId"]) == ("P-1", "R-1")
    assert "paymentId" not in with_ids(answer("vtex", 404, "foreign"), sent)


def seen(verdict: str, executions: int, trusted: str | None, intended: int = 1) -> Observation:
    """One call that ended so, and what was executed."""
    call: dict[str, Any] = {
        "what": "cancel",
        "key": "order-1",
        "allowed": frozenset({verdict}),
        "requests": 1,
        "elapsed": 0.1,
        "deadline": 1.0,
        "before": 0,
        "returned": executions,
        "until": executions,
        "refused": verdict == "Declined",
        "unknown": verdict == "OutcomeUnknown",
        "trusted": trusted is not None,
    }
    return Observation(
        label="play",
        api="bento",
        calls=(Call(verdict=verdict, **call),),
        executions=executions,
        intended=intended,
        trusted=trusted,
    )


FALSE = seen("Declined", 1, None)
BELIEVED = seen("Declined", 2, "HTTP says so", intended=2)
OPEN = seen("OutcomeUnknown", 2, None)


def test_the_judge_lets_a_false_refusal_pass_only_where_it_is_to_be_believed() -> None:
    """And an execution too many only where the key was free."""
    assert (len(wrong_verdicts(FALSE)), doubles(FALSE)) == (1, ())
    assert violations(BELIEVED) == ()
    assert (wrong_verdicts(OPEN), len(doubles(OPEN))) == ((), 1)


def test_the_report_counts_by_provider() -> None:
    """Cells, executions too many, false verdicts, and how the first calls ended."""
    case = Case(
        scenario=23, variant="x", api="bento", flavour="sync", store="none", play=lambda _cast: None
    )
    observations = (FALSE, BELIEVED, OPEN)
    result = Result(case=case, observations=observations, violations=(), seconds=0.1)
    head, bento, *_ = gateways([result]).splitlines()
    assert [name in head for name in COLUMNS] == [True] * len(COLUMNS)
    assert bento.split() == ["bento", "3", "3", "1", "1", "1", "1", "0", "1", "2", "1"]
    assert gateways([]) == ""
