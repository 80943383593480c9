"""The table of evidence at each provider: status by body, and the verdict that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve

from countermand import vtex
from countermand.provider._verdicts import Refused, Throttled, TokenRejected
from tests.support.samples import (
    CANCELLATIONS,
    KEY,
    PROVIDERS,
    SUCCESS,
    VTEX_PAYMENT,
    interpreted,
    reply,
    short,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand import RawResponse
    from countermand.provider._verdicts import Verdict

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

STATUSES: Final[dict[str, tuple[int, ...]]] = {
    "200": (200,),
    "202": (202,),
    "2xx": (201, 203, 205, 206, 226, 299),
    "3xx": (300, 301, 302, 303, 304, 305, 399),
    "307": (307, 308),
    "401": (401,),
    "403": (403,),
    "404": (404,),
    "405": (405, 411, 413, 414, 415, 417, 421, 425, 426, 431),
    "408": (408, 499),
    "409": (409,),
    "429": (429,),
    "4xx": (400, 402, 406, 407, 410, 412, 416, 418, 422, 423, 424, 428, 451, 460, 498),
    "501": (501,),
    "5xx": (500, 502, 503, 504, 505, 511, 520, 599, 600, 999),
    "1xx": (100, 101, 103),
}
"""The rows of the tables: statuses that mean the same."""
LEGEND: Final = {
    "cancelled": "done: cancelled",
    "manually": "refused: ManualCancellationRequired",
    "captured": "refused: AlreadyCaptured",
    "declined": "refused: Declined",
    "forbidden": "refused: Forbidden",
    "not-found": "refused: NotFound",
    "elsewhere": "refused: Misdirected",
    "accepted": "done: accepted",
    "token": "token rejected",
    "token?": "token rejected",
    "limit": "throttled",
    "limit?": "throttled",
    "maybe": "maybe executed",
    "again": "maybe executed: transient",
}
"""The words of the tables as short verdicts. A gateway may have answered where one ends in `?`."""

FOREIGN_BODIES: Final[dict[str, Any]] = {
    "JSON": [
        {"message": "Forbidden"},
        {"error": {"code": 1}, "status": 403},
        {"errors": []},
        {},
    ],
    "HTML": [(b"<!doctype html><title>Bad gateway</title>", "text/html")],
    "bad JSON": [(b"<html>", "application/json"), (b"[]", "application/json"), (b"null", None)],
    "empty": [(b"", None), (b"", "application/json")],
    "text": [(b"Forbidden", "text/plain"), (b"\xff", "text/plain")],
}
"""Bodies that are nobody's error document."""
FOREIGN: Final = {
    #       JSON       HTML       bad JSON   empty      text
    "200": "maybe      maybe      maybe      maybe      maybe    ",
    "202": "maybe      maybe      maybe      maybe      maybe    ",
    "2xx": "maybe      maybe      maybe      maybe      maybe    ",
    "3xx": "maybe      maybe      maybe      maybe      maybe    ",
    "307": "elsewhere  elsewhere  elsewhere  elsewhere  elsewhere",
    "401": "token?     token?     token?     token?     token?   ",
    "403": "maybe      maybe      maybe      maybe      maybe    ",
    "404": "maybe      maybe      maybe      maybe      maybe    ",
    "405": "elsewhere  elsewhere  elsewhere  elsewhere  elsewhere",
    "408": "again      again      again      again      again    ",
    "409": "again      again      again      again      again    ",
    "429": "limit?     limit?     limit?     limit?     limit?   ",
    "4xx": "maybe      maybe      maybe      maybe      maybe    ",
    "501": "again      again      again      again      again    ",
    "5xx": "again      again      again      again      again    ",
    "1xx": "maybe      maybe      maybe      maybe      maybe    ",
}  # fmt: skip

VTEX_IDS: Final = {"paymentId": VTEX_PAYMENT, "requestId": vtex.request_id(KEY)}
PROBLEM: Final = {"errors": [{"code": "1000", "title": "no"}]}
FAILED: Final = {"code": "PG0051", "outcome": "failedRetryable"}
OWN_DOCUMENTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "Pay": ("pace_pay", PROBLEM),
    "Fueling": ("pace_fueling", PROBLEM),
    "Bento": ("bento", {"message": "no", "causes": []}),
    "declined": ("bento", {"message": "no", "status": FAILED}),
    "Unzer": ("unzer", {"errors": [{"code": "API.320.200.138", "merchantMessage": "no"}]}),
    "charged": ("unzer", {"errors": [{"code": "API.340.100.018"}]}),
    "timeout": ("unzer", {"errors": [{"code": "COR.900.100.300"}]}),
    "VTEX": ("vtex", {**VTEX_IDS, "cancellationId": None, "code": "x"}),
    "manual": ("vtex", {**VTEX_IDS, "cancellationId": None, "code": "cancel-manually"}),
    "success": ("vtex", {**VTEX_IDS, "cancellationId": "C1"}),
}
"""Documents that only the provider writes."""
OWN_FIRST: Final = {
    #       Pay       Fueling   Bento     declined  Unzer
    "200": "maybe     maybe     maybe     declined  declined ",
    "202": "maybe     maybe     maybe     declined  declined ",
    "2xx": "maybe     maybe     maybe     declined  declined ",
    "3xx": "maybe     maybe     maybe     maybe     maybe    ",
    "307": "elsewhere elsewhere elsewhere elsewhere elsewhere",
    "401": "token     token     token     token     token    ",
    "403": "forbidden forbidden forbidden declined  forbidden",
    "404": "not-found not-found not-found declined  not-found",
    "405": "declined  declined  declined  declined  declined ",
    "408": "declined  declined  declined  declined  declined ",
    "409": "declined  declined  declined  declined  declined ",
    "429": "limit     limit     limit     limit     limit    ",
    "4xx": "declined  declined  declined  declined  declined ",
    "501": "again     again     again     again     again    ",
    "5xx": "again     again     again     again     again    ",
    "1xx": "maybe     maybe     maybe     maybe     maybe    ",
}  # fmt: skip
OWN_MORE: Final = {
    #       charged   timeout   VTEX      manual    success
    "200": "captured  maybe     declined  manually  cancelled",
    "202": "captured  maybe     declined  manually  cancelled",
    "2xx": "captured  maybe     declined  manually  cancelled",
    "3xx": "maybe     maybe     maybe     maybe     cancelled",
    "307": "elsewhere maybe     elsewhere elsewhere cancelled",
    "401": "captured  maybe     token     token     cancelled",
    "403": "captured  maybe     declined  manually  cancelled",
    "404": "captured  maybe     declined  manually  cancelled",
    "405": "captured  maybe     declined  manually  cancelled",
    "408": "captured  again     declined  manually  cancelled",
    "409": "captured  again     again     manually  cancelled",
    "429": "captured  maybe     limit     limit     cancelled",
    "4xx": "captured  maybe     declined  manually  cancelled",
    "501": "again     again     again     manually  cancelled",
    "5xx": "again     again     again     again     cancelled",
    "1xx": "maybe     maybe     maybe     maybe     cancelled",
}  # fmt: skip
OWN: Final = {row: f"{words} {OWN_MORE[row]}" for row, words in OWN_FIRST.items()}
"""Their verdicts, a column for each document."""

every_provider = pytest.mark.parametrize("api", PROVIDERS)
every_column = pytest.mark.parametrize("column", OWN_DOCUMENTS)


def cells(table: dict[str, str], column: int) -> Iterator[tuple[int, str]]:
    """Each status and the word of its row in a column."""
    for row, words in table.items():
        for status in STATUSES[row]:
            yield status, words.split()[column]


def matches(verdict: Verdict, word: str) -> bool:
    """Whether a verdict is a word of the tables, with its mark of a gateway."""
    foreign = isinstance(verdict, (TokenRejected, Throttled)) and verdict.foreign
    return short(verdict) == LEGEND[word] and foreign is word.endswith("?")


def foreign_replies(column: str, status: int) -> Iterator[RawResponse]:
    """A reply with each body of a column."""
    for body in FOREIGN_BODIES[column]:
        content, kind = body if isinstance(body, tuple) else (body, "application/json")
        yield reply(status, content, kind)


def read_as_execute(api: str, answer: RawResponse) -> Verdict:
    """The verdict of `execute` on a reply to the same request."""
    call = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY)
    return PROVIDERS[api].interpret_reply(answer, call)


@every_provider
@pytest.mark.parametrize("column", FOREIGN_BODIES)
def test_a_body_that_is_nobody_s_leaves_what_http_says(api: str, column: str) -> None:
    """A gateway may answer so after the provider has executed the request, to `execute` too."""
    for status, word in cells(FOREIGN, list(FOREIGN_BODIES).index(column)):
        for answer in foreign_replies(column, status):
            assert matches(interpreted(api, answer), word), (status, answer.body)
            assert matches(read_as_execute(api, answer), word), (status, answer.body)


@every_column
def test_the_provider_s_own_document_is_its_word(column: str) -> None:
    """Under the statuses where the specification says so, to `execute` too."""
    api, document = OWN_DOCUMENTS[column]
    for status, word in cells(OWN, list(OWN_DOCUMENTS).index(column)):
        answer = reply(status, document)
        assert matches(interpreted(api, answer), word), status
        assert matches(read_as_execute(api, answer), word), status


CUT: Final = {"307": "elsewhere", "405": "elsewhere", "401": "token?", "429": "limit?"}


@every_column
def test_a_document_that_is_cut_or_of_another_type_is_nobody_s(column: str) -> None:
    """A part of it could be anybody's; what was cut may be whole the next time."""
    api, document = OWN_DOCUMENTS[column]
    for row, words in FOREIGN.items():
        for status in STATUSES[row]:
            cut = interpreted(api, reply(status, document, problem="cut"))
            assert matches(cut, CUT.get(row, "again")), status
            page = interpreted(api, reply(status, document, "text/html"))
            assert matches(page, words.split()[1]), status


@every_provider
def test_a_204_is_success_only_where_it_is_documented(api: str) -> None:
    """PACE answers so, and then nothing after the status counts."""
    word = "cancelled" if api in {"pace_pay", "pace_fueling"} else "maybe"
    for column in FOREIGN_BODIES:
        for answer in foreign_replies(column, 204):
            assert matches(interpreted(api, answer), word)
    cut = interpreted(api, reply(204, b"", None, problem="cut"))
    assert matches(cut, "again" if word == "maybe" else word)


@every_provider
def test_a_document_of_another_provider_is_foreign(api: str) -> None:
    """Bento's and Unzer's, PACE's and VTEX's are told apart by what only each of them has."""
    others = {name: document for name, (other, document) in OWN_DOCUMENTS.items() if other != api}
    if api.startswith("pace"):
        # An array of `errors` is PACE's document, whatever the codes in it.
        others = {name: each for name, each in others.items() if "errors" not in each}
    assert others
    for name, document in others.items():
        assert matches(interpreted(api, reply(409, document)), "again"), name
        assert matches(interpreted(api, reply(403, document)), "maybe"), name


@every_provider
@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_of_the_very_request_to_another_address_was_not_processed(
    api: str, status: int
) -> None:
    """Any other target may be the answer to a request that was executed."""
    path = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY).path
    for target, word in (
        (f"https://new.invalid/v1{path}", "elsewhere"),
        (f"https://api.invalid/v1{path}", "maybe"),
        (f"https://new.invalid{path}", "maybe"),
        (f"https://new.invalid/v1{path}?from=old", "maybe"),
        ("/login", "maybe"),
    ):
        answer = evolve(reply(status, location=target), url=f"https://api.invalid/v1{path}")
        assert matches(interpreted(api, answer), word), target


@every_provider
@pytest.mark.parametrize("status", [308, 405, 421])
def test_what_http_says_speaks_of_no_payment(api: str, status: int) -> None:
    """So it is no evidence about an earlier request."""
    for body in ({}, {"message": "no"}, b"<html>"):
        verdict = interpreted(api, reply(status, body))
        assert isinstance(verdict, Refused)
        assert not verdict.about_payment


@every_column
def test_a_redirect_speaks_of_no_payment_whatever_its_body_claims(column: str) -> None:
    """A refusal about the payment would be evidence about an earlier request."""
    api, document = OWN_DOCUMENTS[column]
    verdict = interpreted(api, reply(308, document, location="/"))
    assert not getattr(verdict, "about_payment", False)


@pytest.mark.parametrize(("api", "documented"), [("bento", {202}), ("unzer", {200, 201})])
def test_a_success_in_a_body_is_success_under_its_documented_status(
    api: str, documented: set[int]
) -> None:
    """Under no other one but at VTEX, as its table shows."""
    for status in (*range(200, 300), 302, 400, 403, 404, 422):
        word = "cancelled" if status in documented else "maybe"
        assert matches(interpreted(api, reply(status, SUCCESS[api][1])), word), status
    for status in (408, 409, 499, 500, 503):
        assert matches(interpreted(api, reply(status, SUCCESS[api][1])), "again"), status
