"""The outcome table: every verdict in it is the one that our own client draws."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from countermand import RawResponse, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.provider import Done, MaybeExecuted
from specs.publishing import PublishingError
from specs.publishing.artefacts import outcomes
from specs.publishing.artefacts.outcomes import EXECUTED, MORE, NOT_EXECUTED, UNDECIDED
from specs.publishing.document import Node, operations
from tests.support.samples import BENTO_IDS, KEY, STATION, TRANSACTION, VTEX_PAYMENT

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.provider import BaseCancellation, Provider
    from specs.publishing.artefacts.versions import Api

CANCELS: dict[tuple[str, str], tuple[Provider[Any], BaseCancellation]] = {
    ("pace-pay", "cancelTransaction"): (pace_pay.PROVIDER, pace_pay.Cancellation(TRANSACTION)),
    ("pace-fueling", "cancelTransaction"): (
        pace_fueling.PROVIDER,
        pace_fueling.Cancellation(STATION, TRANSACTION),
    ),
    ("bento", "cancelTransaction"): (
        bento.PROVIDER,
        bento.Cancellation(*BENTO_IDS, refund_amount=5000),
    ),
    ("unzer", "cancelPayment"): (
        unzer.PROVIDER,
        unzer.Cancellation("s-pay-1", amount=Decimal("10.00")),
    ),
    ("unzer", "cancelAuthorization"): (
        unzer.PROVIDER,
        unzer.Cancellation("s-pay-1", amount=Decimal("10.00"), authorization_id="s-aut-1"),
    ),
    ("vtex", "cancelPayment"): (vtex.PROVIDER, vtex.Cancellation(VTEX_PAYMENT)),
}


@pytest.fixture
def table(folder: Path) -> Any:
    """The table of the specification in turn, as it is published."""
    return json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))


def verdict_of_the_client(api: str, operation: Any, answer: Any) -> str:
    """What countermand concludes from an answer to the table's request."""
    provider, cancellation = CANCELS[api, operation["operationId"]]
    call = provider.build_request(cancellation, KEY)
    body = operation["request"]["body"]
    if body is not None:
        call = attrs.evolve(call, content=json.dumps(body).encode())
    reply = RawResponse(
        status=answer["status"],
        headers=tuple((name.lower(), value) for name, value in answer["headers"].items()),
        body=answer["body"].encode(),
        problem="the body was cut" if answer.get("cut") else None,
    )
    match provider.interpret(reply, call, cancellation):
        case Done():
            return EXECUTED
        case MaybeExecuted():
            return UNDECIDED
        case _:
            return NOT_EXECUTED


def test_every_verdict_is_the_one_of_our_client(api: Api, table: Any) -> None:
    """The client was written from the same facts, but not from this table."""
    other = [
        (operation["operationId"], answer, found)
        for operation in table["operations"]
        for answer in operation["answers"]
        if (found := verdict_of_the_client(api.name, operation, answer)) != answer["verdict"]
    ]
    assert other == []


CROSSED = (200, 201, 202, 204, 303, 307, 400, 401, 403, 404, 408, 409, 422, 429, 500, 501, 503)


def test_no_body_is_believed_under_another_status_than_our_client_believes(
    api: Api, table: Any
) -> None:
    """Each body of the table under each status; where a row names what is beyond the facts, not."""
    told = {each.id: each.node.get("x-countermand") for each in operations(api.newest.document)}
    wrong = []
    for operation in table["operations"]:
        request = outcomes.Request(operation["request"]["parameters"], operation["request"]["body"])
        beyond = {each["body"] for each in operation["answers"] if "beyond" in each}
        for row in operation["answers"]:
            for status in CROSSED if row["body"] not in beyond else ():
                answer = {**row, "status": status}
                media_type = row["headers"].get("Content-Type", "")
                given = outcomes.Answer("", status, media_type, row["body"], cut="cut" in row)
                facts = outcomes.judge(told[operation["operationId"]], request, given)
                if facts not in {UNDECIDED, verdict_of_the_client(api.name, operation, answer)}:
                    wrong.append((row["name"], status, facts))
    assert wrong == []


def test_every_cancel_status_and_example_is_in_it(api: Api, table: Any) -> None:
    """With the facts that it follows from, and every verdict at least once."""
    listed = {each["operationId"]: each for each in table["operations"]}
    cancels = [
        each
        for each in operations(api.newest.document)
        if each.node.get("x-countermand")["effect"] == "cancel"
    ]
    assert list(listed) == [each.id for each in cancels]
    for operation in cancels:
        told, facts = listed[operation.id], operation.node.get("x-countermand")
        for fact in ("repeat", "money", "evidence"):
            assert told[fact] == facts[fact]
        answers = told["answers"]
        found = {(each["status"], each["name"]) for each in answers}
        for status, response in operation.responses.items():
            assert (int(status), "empty") in found
            for media in response.child("content").members.values():
                assert {(int(status), name) for name in media.child("examples").names} <= found
        assert {each["verdict"] for each in answers} == {EXECUTED, NOT_EXECUTED, UNDECIDED}


def test_the_rows_that_are_written_by_hand_are_in_it(api: Api, table: Any) -> None:
    """All of them, and none is about an example that is gone."""
    for operation in table["operations"]:
        names = {f"{each['status']} {each['name']}" for each in operation["answers"]}
        assert set(MORE[api.name].get("examples", {})) <= names
        assert {f"{each['status']} {each['name']}" for each in MORE[api.name]["answers"]} <= names


@pytest.mark.parametrize(
    ("verdict", "beyond", "refused"),
    [
        (NOT_EXECUTED, None, False),
        (NOT_EXECUTED, "why", True),
        (UNDECIDED, None, True),
        (UNDECIDED, "why", False),
    ],
)
def test_a_verdict_that_the_facts_do_not_give_needs_a_reason(
    apis: tuple[Api, ...], verdict: str, beyond: str | None, *, refused: bool
) -> None:
    """And one that they give needs none."""
    (pace,) = (each for each in apis if each.name == "pace-pay")
    entry = {"name": "x", "status": 409, "body": {"errors": [{"title": "x"}]}, "verdict": verdict}
    more = {"answers": [{**entry, **({"beyond": beyond} if beyond else {})}]}
    made = outcomes.files(pace.newest.document, "a", "pace-pay", more)
    if refused:
        with pytest.raises(PublishingError, match=r"outcomes.yaml, x: the facts say not-executed"):
            list(made)
    else:
        assert [each.path for each in made] == ["a/outcomes.json"]


def test_an_echo_without_an_example_is_refused(apis: tuple[Api, ...]) -> None:
    """Else no answer could be told from one to another request."""
    (vtex_api,) = (each for each in apis if each.name == "vtex")
    root = copy.deepcopy(vtex_api.newest.document.root)
    facts = root["paths"]["/payments/{paymentId}/cancellations"]["post"]["x-countermand"]
    facts["evidence"]["echo"].append({"pointer": "/tid", "in": "body", "name": "tid"})
    with pytest.raises(PublishingError, match=r"no example of a request has .*'tid'"):
        list(outcomes.files(Node.document(root), "a", "vtex", {}))


def test_a_specification_without_evidence_has_no_table(apis: tuple[Api, ...]) -> None:
    """As the first versions."""
    for each in apis:
        root = copy.deepcopy(each.newest.document.root)
        for operation in operations(Node.document(root)):
            operation.node.get("x-countermand").pop("evidence", None)
        assert list(outcomes.files(Node.document(root), "a", each.name, {})) == []
