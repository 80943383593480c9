"""What a reply proves, row by row of the table of evidence, for an operation with every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve
from countermand_clients.operation import (
    Call,
    Echo,
    Operation,
    Place,
    Repeat,
    ReplyEvidence,
    Sign,
    Words,
)

from countermand.provider._evidence import (
    Proof,
    fits_status,
    is_transient,
    is_undecided,
    prove,
    resolve_pointer,
)
from tests.support.samples import reply

if TYPE_CHECKING:
    from countermand import RawResponse

OURS: Final = {"paymentId": "p/1", "requestId": "r"}
PROBLEM: Final = {**OURS, "errors": [{}]}
EVIDENCE: Final = ReplyEvidence(
    executed=(Sign("200", "/done", equals=True), Sign("any", "/cancel", pattern=r"\S")),
    not_executed=(
        Sign("4XX", "/errors/0", type="object"),
        Sign("2XX", "/errors/0", type="object"),
    ),
    undecided=(Words("/code", values=("timeout",)),),
    echoes=(
        Echo("/paymentId", Place("path", "paymentId")),
        Echo("/requestId", Place("body", "requestId"), required=True),
    ),
)
OPERATION: Final = Operation(
    api="example",
    operation_id="cancel",
    method="POST",
    path="/payments/{paymentId}/cancel",
    effect="cancel",
    repeat=Repeat("unknown", "unknown"),
    key=None,
    marker=None,
    read_back=(),
    responses={"200": ("application/json",), "204": ()},
    evidence=EVIDENCE,
)
CALL: Final[Call[Any]] = Call(
    operation=OPERATION,
    path="/payments/p%2F1/cancel",
    query="",
    headers=(),
    content=b'{"requestId": "r"}',
    parse=lambda _status, _body: None,
)
ASKED: Final = "https://api.invalid/v1/payments/p%2F1/cancel"


def call_with(evidence: ReplyEvidence) -> Call[Any]:
    """The call of an operation with other evidence."""
    return evolve(CALL, operation=evolve(OPERATION, evidence=evidence))


@pytest.mark.parametrize(
    ("answer", "proof"),
    [
        # A documented sign of success stands above everything.
        (reply(200, {**OURS, "done": True}), Proof.EXECUTED),
        (reply(409, {**OURS, "cancel": "C1"}), Proof.EXECUTED),
        (reply(307, {**OURS, "cancel": "C1"}), Proof.EXECUTED),
        (reply(200, {**PROBLEM, "done": True, "code": "timeout"}), Proof.EXECUTED),
        # Words that decide nothing stand above a refusal and above the status.
        (reply(400, {**PROBLEM, "code": "timeout"}), Proof.UNDECIDED),
        (reply(200, {**OURS, "code": "timeout"}), Proof.UNDECIDED),
        (reply(429, {**OURS, "code": "timeout"}), Proof.UNDECIDED),
        # The provider's own error document stands above the status.
        (reply(400, PROBLEM), Proof.REFUSED),
        (reply(200, PROBLEM), Proof.REFUSED),
        (reply(401, PROBLEM), Proof.REFUSED),
        (reply(405, PROBLEM), Proof.REFUSED),
        (reply(500, PROBLEM), Proof.NOTHING),
        (reply(302, PROBLEM), Proof.NOTHING),
        # A reply about another request is anybody's, whatever it says.
        (reply(200, {**OURS, "done": True, "requestId": "s"}), Proof.NOTHING),
        (reply(409, {**PROBLEM, "paymentId": "p/2"}), Proof.NOTHING),
        (reply(409, {**OURS, "code": "timeout", "requestId": None}), Proof.NOTHING),
        (reply(429, {**PROBLEM, "requestId": "s"}), Proof.NOT_PROCESSED),
        # A reply that cannot be read is anybody's, too.
        (reply(200, {**OURS, "done": True}, problem="cut"), Proof.NOTHING),
        (reply(409, PROBLEM, problem="cut"), Proof.NOTHING),
        (reply(409, PROBLEM, "text/html"), Proof.NOTHING),
        (reply(200, {**OURS, "done": False}), Proof.NOTHING),
        (reply(201, {**OURS, "done": True}), Proof.NOTHING),
    ],
)
def test_rows_are_tried_from_the_top(answer: RawResponse, proof: Proof) -> None:
    """The first row that fits decides."""
    assert prove(answer, CALL) is proof


NOT_PROCESSED: Final = {307, 308, 401, 405, 411, 413, 414, 415, 417, 421, 425, 426, 429, 431}


@pytest.mark.parametrize("problem", [None, "cut"])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"message": "Forbidden"}', b"[]", b"\xff"])
def test_a_body_that_is_anybody_s_leaves_what_http_says(body: bytes, problem: str | None) -> None:
    """Fourteen statuses say that the request was not processed; every other proves nothing."""
    for status in range(100, 600):
        expected = Proof.NOT_PROCESSED if status in NOT_PROCESSED else Proof.NOTHING
        assert prove(reply(status, body, problem=problem), CALL) is expected, status


@pytest.mark.parametrize(
    ("location", "moved"),
    [
        ("http://api.invalid/v1/payments/p%2F1/cancel", True),
        ("https://other.invalid/v1/payments/p%2F1/cancel", True),
        ("//other.invalid/v1/payments/p%2F1/cancel", True),
        ("https://api.invalid:8443/v1/payments/p%2F1/cancel", True),
        ("https://other.invalid/v1/payments/p%2F1/cancel#top", True),
        ("https://api.invalid/v1/payments/p%2F1/cancel", False),
        ("HTTPS://API.invalid:443/v1/payments/p%2F1/cancel", False),
        ("//api.invalid/v1/payments/p%2F1/cancel", False),
        ("https://user@api.invalid/v1/payments/p%2F1/cancel", False),
        ("/v1/payments/p%2F1/cancel", False),
        ("https://other.invalid/v1/payments/p%2F1/cancel/", False),
        ("https://other.invalid/v1/payments/p/1/cancel", False),
        ("https://other.invalid/v1/payments/p%2F1/cancel?login=1", False),
        ("https://other.invalid/login", False),
        ("https://other.invalid:port/v1/payments/p%2F1/cancel", False),
        ("ftp://other.invalid/v1/payments/p%2F1/cancel", False),
        ("myapp://other.invalid/v1/payments/p%2F1/cancel", False),
        ("file:///v1/payments/p%2F1/cancel", False),
        ("https://[half/v1/payments/p%2F1/cancel", False),
        ("", False),
    ],
)
def test_a_redirect_to_the_same_path_and_query_elsewhere_was_not_processed(
    location: str, *, moved: bool
) -> None:
    """That server knows the request only as one for another address; 303 says "done, look"."""
    for status in (301, 302):
        answer = evolve(reply(status, location=location), url=ASKED)
        assert prove(answer, CALL) is (Proof.NOT_PROCESSED if moved else Proof.NOTHING)
    for status in (300, 303, 304, 305, 200, 404):
        answer = evolve(reply(status, location=location), url=ASKED)
        assert prove(answer, CALL) is Proof.NOTHING


@pytest.mark.parametrize(
    ("asked", "target", "proof"),
    [
        ("http://a.invalid", "http://a.invalid:80", Proof.NOTHING),
        ("http://a.invalid:80", "http://a.invalid", Proof.NOTHING),
        ("https://a.invalid:443", "https://a.invalid", Proof.NOTHING),
        ("http://a.invalid", "http://a.invalid:443", Proof.NOT_PROCESSED),
        ("https://a.invalid", "https://a.invalid:80", Proof.NOT_PROCESSED),
        ("http://a.invalid:8080", "http://a.invalid", Proof.NOT_PROCESSED),
    ],
)
def test_a_port_that_a_scheme_implies_is_no_other_address(
    asked: str, target: str, proof: Proof
) -> None:
    """A redirect to the very address that was asked may follow an executed request."""
    answer = evolve(reply(302, location=f"{target}/x"), url=f"{asked}/x")
    assert prove(answer, CALL) is proof


@pytest.mark.parametrize(
    ("query", "proof"),
    [
        ("update=longPolling", Proof.NOT_PROCESSED),
        ("", Proof.NOTHING),
        ("update=", Proof.NOTHING),
    ],
)
def test_the_query_of_a_redirect_is_the_call_s(query: str, proof: Proof) -> None:
    """`RawResponse.url` has none."""
    location = f"https://other.invalid/v1/payments/p%2F1/cancel?{query}"
    answer = evolve(reply(302, location=location), url=ASKED)
    assert prove(answer, evolve(CALL, query="update=longPolling")) is proof


@pytest.mark.parametrize("location", ["https://other.invalid", "https://other.invalid/v1", ""])
def test_a_redirect_proves_nothing_where_the_url_is_not_known(location: str) -> None:
    """There is nothing to compare its target with."""
    assert prove(reply(302, location=location), CALL) is Proof.NOTHING


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_without_a_target_proves_nothing(status: int) -> None:
    """Nor does it name another address."""
    assert prove(evolve(reply(status), url=ASKED), CALL) is Proof.NOTHING


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        ({"requestId": "r"}, True),
        ({"requestId": "r", "paymentId": None}, True),
        ({"requestId": "r", "paymentId": ""}, True),
        ({"requestId": "r", "paymentId": "p/1"}, True),
        ({"requestId": "r", "paymentId": "p%2F1"}, False),
        ({"requestId": "r", "paymentId": "P/1"}, False),
        ({"requestId": "r", "paymentId": " "}, False),
        ({"requestId": "r", "paymentId": ["p/1"]}, False),
        ({"requestId": "R"}, False),
        ({"requestId": ""}, False),
        ({"requestId": None}, False),
        ({"paymentId": "p/1"}, False),
    ],
)
def test_a_reply_repeats_our_values_or_none(document: dict[str, Any], *, ours: bool) -> None:
    """A required value has to be there; another one is never ours."""
    answer = reply(200, {**document, "done": True})
    assert prove(answer, CALL) is (Proof.EXECUTED if ours else Proof.NOTHING)


def test_numbers_and_texts_of_the_same_digits_are_one_id() -> None:
    """In the request and in the reply."""
    call = evolve(CALL, path="/payments/7/cancel", content=b'{"requestId": 12}')
    for document in ({"paymentId": 7, "requestId": "12"}, {"paymentId": "7", "requestId": 12}):
        assert prove(reply(200, {**document, "done": True}), call) is Proof.EXECUTED
    for other in (7.0, True, [7], "07"):
        document = {"paymentId": other, "requestId": "12", "done": True}
        assert prove(reply(200, document), call) is Proof.NOTHING


def test_a_request_without_a_body_has_no_value_to_repeat() -> None:
    """So a reply that repeats one answers another request."""
    call = evolve(CALL, content=None)
    assert prove(reply(200, {**OURS, "done": True}), call) is Proof.NOTHING


@pytest.mark.parametrize(
    ("responses", "answer", "proof"),
    [
        ({"204": ()}, reply(204, b"", None), Proof.EXECUTED),
        ({"204": ()}, reply(204, b"<html>", None, problem="cut"), Proof.EXECUTED),
        ({"204": ()}, reply(200, {}), Proof.NOTHING),
        ({"200": ("application/json",)}, reply(200, {}), Proof.EXECUTED),
        ({"2XX": ("application/json",)}, reply(299, {}), Proof.EXECUTED),
        ({"200": ("application/json",)}, reply(200, b"", None), Proof.NOTHING),
        ({"200": ("application/json",)}, reply(200, b"[]"), Proof.NOTHING),
        ({"200": ("application/json",)}, reply(200, {}, "text/html"), Proof.NOTHING),
        ({"200": ("application/json",)}, reply(200, b"OK", "text/plain"), Proof.NOTHING),
        ({"200": ("application/json",)}, reply(200, {}, problem="cut"), Proof.NOTHING),
        ({"default": ("application/json",)}, reply(404, {}), Proof.NOTHING),
        ({"404": ()}, reply(404, b"", None), Proof.NOTHING),
    ],
)
def test_without_signs_a_documented_2xx_is_success(
    responses: dict[str, tuple[str, ...]], answer: RawResponse, proof: Proof
) -> None:
    """With the documented kind of body."""
    operation = evolve(OPERATION, responses=responses, evidence=ReplyEvidence())
    assert prove(answer, evolve(CALL, operation=operation)) is proof


@pytest.mark.parametrize(
    ("sign", "shown", "not_shown"),
    [
        (Sign("200"), [{}, {"a": 1}], []),
        (Sign("200", "/a"), [], [{"a": {}}, {"a": []}, {"a": "x"}, {"a": 7}, {"a": None}, {}]),
        (Sign("200", "/a", type="object"), [{"a": {}}, {"a": {"b": 1}}], [
            {}, {"a": None}, {"a": ""}, {"a": "x"}, {"a": 7}, {"a": []}, {"a": [{}]}, {"b": {}},
        ]),
        (Sign("200", "/a", type="array"), [{"a": []}, {"a": [1]}], [{"a": {}}, {"a": "x"}, {}]),
        (Sign("200", "/a", equals=None), [{"a": None}], [{}, {"a": ""}, {"a": False}]),
        (Sign("200", "/a", equals=True), [{"a": True}, {"a": "true"}, {"a": "TRUE"}], [
            {}, {"a": 1}, {"a": "1"}, {"a": False}, {"a": "yes"}, {"a": [True]},
        ]),
        (Sign("200", "/a", equals="x"), [{"a": "x"}], [{"a": "X"}, {"a": "xx"}, {"a": ["x"]}]),
        (Sign("200", "/a", equals=1), [{"a": 1}], [{"a": True}, {"a": "1"}, {"a": 1.0}]),
        (Sign("200", "/a", pattern="^x"), [{"a": "xy"}], [{"a": "yx"}, {"a": None}, {}]),
        (Sign("200", "/a", pattern="^x$"), [{"a": "x"}], [{"a": "x\n"}, {"a": "X"}, {"a": "x\r"}]),
        (Sign("200", "/a", pattern=r"^[$]\$$"), [{"a": "$$"}], [{"a": "$$\n"}, {"a": "$"}]),
        (Sign("200", "/a", pattern="^1"), [{"a": 12}, {"a": "12"}], [{"a": 1.2}, {"a": [1]}]),
        (Sign("200", "/a/0/b", pattern="x"), [{"a": [{"b": "x"}]}], [{"a": []}, {"a": {"b": "x"}}]),
    ],
    ids=str,
)  # fmt: skip
def test_a_sign_is_shown_by_the_value_at_its_pointer(
    sign: Sign, shown: list[Any], not_shown: list[Any]
) -> None:
    """As the specifications' README defines it; text for a flag, as Unzer writes them."""
    call = call_with(ReplyEvidence(executed=(sign,)))
    for document in shown:
        assert prove(reply(200, document), call) is Proof.EXECUTED, document
        assert prove(reply(202, document), call) is Proof.NOTHING, document
    for document in not_shown:
        assert prove(reply(200, document), call) is Proof.NOTHING, document


@pytest.mark.parametrize(
    ("words", "said", "not_said"),
    [
        (Words("/a", values=("x", "y")), [{"a": "x"}, {"a": "y"}], [{"a": "xy"}, {}, {"a": None}]),
        (Words("/a", values=(True,)), [{"a": True}, {"a": "true"}], [{"a": 1}, {"a": False}]),
        (Words("/a", values=(None,)), [{"a": None}], [{}, {"a": ""}]),
        (Words("/a", values=("X",)), [{"a": "x"}, {"a": " X\n"}], [{"a": "X Y"}, {"a": ["x"]}]),
        (Words("/a", values=(7,)), [{"a": 7}, {"a": "7"}], [{"a": 70}, {"a": None}]),
        (Words("/a", pattern="^in"), [{"a": "In time"}, {"a": " in"}], [{"a": "begin"}, {}]),
        (Words("/a", pattern="^[^ ]"), [{"a": "x"}], [{}, {"a": None}, {"a": " "}, {"a": ["x"]}]),
        (Words("/a/b", pattern="7"), [{"a": {"b": 7}}, {"a": {"b": 7.5}}], [{"a": 7}]),
        (Words("/a", pattern="^true$"), [{"a": True}, {"a": "TRUE"}], [{"a": False}, {"a": 1}]),
        (Words("/a", pattern="^(?!x$)"), [{}, {"a": None}, {"a": {}}, {"a": "y"}], [{"a": "x"}]),
        (
            Words("/a/*/b", values=("x",)),
            [{"a": [{}, {"b": "x"}]}, {"a": {"1": {"b": "x"}}}],
            [{"a": []}, {"a": "x"}, {"a": {"b": "x"}}, {"b": "x"}],
        ),
        (Words("/*", pattern="x"), [{"b": 1, "a": "x"}], [{}, {"a": {"b": "x"}}]),
        (Words("/a", values=("x",), status="409"), [{"a": "x"}], [{"a": "y"}]),
        (Words("/a", values=("x",), status="4XX"), [{"a": "x"}], [{"a": "y"}]),
    ],
    ids=str,
)
def test_words_decide_nothing_where_the_value_is_one_of_theirs(
    words: Words, said: list[Any], not_said: list[Any]
) -> None:
    """Under the status that they name, or under any."""
    evidence = ReplyEvidence(undecided=(Words("/never"), words))
    assert all(is_undecided(document, 409, evidence) for document in said)
    assert not any(is_undecided(document, 409, evidence) for document in not_said)
    assert is_undecided(said[0], 500, evidence) is (words.status is None)
    assert prove(reply(409, said[0]), call_with(evidence)) is Proof.UNDECIDED


def test_a_text_is_the_whole_body_of_a_reply_in_plain_text() -> None:
    """The empty pointer names it; in a JSON body it names the object."""
    call = call_with(ReplyEvidence(not_executed=(Sign("403", "", pattern="requires scope"),)))
    assert prove(reply(403, b"requires scope", "text/plain"), call) is Proof.REFUSED
    for other in (
        reply(403, b"forbidden", "text/plain"),
        reply(403, b"requires scope", "text/html"),
        reply(403, b'"requires scope"'),
        reply(403, {"message": "requires scope"}),
        reply(403, b"requires scope", "text/plain", problem="cut"),
        reply(404, b"requires scope", "text/plain"),
    ):
        assert prove(other, call) is Proof.NOTHING


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a", (True, 1)),
        ("/n", (True, None)),
        ("/l/1", (True, "second")),
        ("/l/2", (False, None)),
        ("/l/-1", (False, None)),
        ("/l/01", (False, None)),
        ("/o/p/q", (True, 2)),
        ("/o/x/q", (False, None)),
        ("/a/b", (False, None)),
        ("/s~1t", (True, 3)),
        ("/t~0u", (True, 4)),
        ("/~01", (True, 5)),
        ("/", (True, 6)),
    ],
)
def test_a_pointer_names_a_value_of_a_document(pointer: str, found: tuple[bool, object]) -> None:
    """As RFC 6901 says; null is a value."""
    document = {
        "a": 1, "n": None, "l": ["first", "second"], "o": {"p": {"q": 2}},
        "s/t": 3, "t~u": 4, "~1": 5, "": 6,
    }  # fmt: skip
    assert resolve_pointer(document, pointer) == found
    assert resolve_pointer(document, "") == (True, document)
    assert resolve_pointer(None, "") == (False, None)


@pytest.mark.parametrize(
    ("content", "proof"),
    [
        (b"requestId=r", Proof.EXECUTED),
        (b"name=\xff&requestId=r", Proof.EXECUTED),
        (b"requestId=%72&other=", Proof.EXECUTED),
        (b"requestId=s", Proof.NOTHING),
        (b"", Proof.NOTHING),
        (None, Proof.NOTHING),
    ],
)
def test_a_form_is_compared_whatever_its_bytes(content: bytes | None, proof: Proof) -> None:
    """A caller's own operation may send any."""
    answer = reply(200, {**OURS, "done": True})
    assert prove(answer, evolve(CALL, content=content)) is proof


@pytest.mark.parametrize(
    ("pattern", "statuses"),
    [
        ("any", {100, 200, 400, 404, 499, 500, 799}),
        ("4XX", {400, 404, 499}),
        ("404", {404}),
        ("2XX", {200}),
        ("40", set()),
    ],
)
def test_a_status_fits_a_number_a_class_or_any(pattern: str, statuses: set[int]) -> None:
    """As in a specification."""
    every = {100, 200, 400, 404, 499, 500, 799}
    assert {status for status in every if fits_status(pattern, status)} == statuses


def test_a_repeat_may_get_another_answer_after_a_few_statuses_alone() -> None:
    """Any other page will be the same page again; what was cut may be whole the next time."""
    transient = {status for status in range(100, 600) if is_transient(reply(status))}
    assert transient == {408, 409, 499, *range(500, 600)}
    assert is_transient(reply(600))
    assert is_transient(reply(200, problem="cut"))
