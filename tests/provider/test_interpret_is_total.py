"""Any reply whatsoever gives a verdict: no status, header or body makes `interpret` raise."""

from __future__ import annotations

import encodings
import json
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countermand import RawResponse
from countermand.provider._responses import verdict_from_success
from countermand.provider._verdicts import Verdict
from tests.support.samples import (
    CANCELLATIONS,
    KEY,
    LAW,
    PROVIDERS,
    SUCCESS,
    UNZER_FULL,
    example,
    interpreted,
    reply,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TOTAL = settings(LAW, max_examples=400)
NAMES = st.sampled_from(
    [
        "errors",
        "code",
        "detail",
        "title",
        "status",
        "data",
        "state",
        "outcome",
        "description",
        "message",
        "causes",
        "orderId",
        "transactionId",
        "history",
        "cancellationId",
        "paymentId",
        "requestId",
        "isSuccess",
        "isPending",
        "isError",
        "amount",
        "merchant",
        "customer",
        "merchantMessage",
        "id",
        "resources",
        "processing",
    ]
)
PROBLEM = st.sampled_from(
    [
        "missing-linked-identity",
        "API.340.100.014",
        "API.340.100.018",
        "API.710.000.002",
        "cancel-manually",
        "failedRetryable",
        "succeeded",
        "AuthVoided",
        "RefundFailed",
        "true",
        "1E+9",
        "NaN",
        "�",
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | PROBLEM
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=6) | VALUES
BODIES = st.binary() | DOCUMENTS.map(lambda value: json.dumps(value).encode())
TYPES = st.sampled_from(
    ["application/json", "application/vnd.api+json", "text/html", "application/json;charset=utf-16"]
)
HEADERS = st.lists(
    st.tuples(st.just("content-type"), TYPES | st.text())
    | st.tuples(st.sampled_from(["location", "retry-after", "x"]), st.text()),
    max_size=3,
).map(tuple)
REPLIES = st.builds(
    RawResponse,
    status=st.integers(100, 999) | st.sampled_from([200, 201, 202, 204, 401, 422, 501]),
    headers=HEADERS,
    body=BODIES,
    problem=st.none() | st.text(),
)
every_provider = pytest.mark.parametrize("api", PROVIDERS)


@every_provider
@TOTAL
@given(answer=REPLIES)
def test_any_reply_gets_a_verdict(api: str, answer: RawResponse) -> None:
    """Whatever came back, a cancel ends in a verdict and not in an exception."""
    assert isinstance(interpreted(api, answer), Verdict)


@TOTAL
@given(answer=REPLIES)
def test_any_reply_to_a_full_cancel_gets_a_verdict(answer: RawResponse) -> None:
    """The one `interpret` whose verdict depends on the cancellation."""
    assert isinstance(interpreted("unzer", answer, UNZER_FULL), Verdict)


@every_provider
@TOTAL
@given(answer=REPLIES)
def test_any_reply_to_another_operation_gets_a_verdict(api: str, answer: RawResponse) -> None:
    """The same for what `execute` runs."""
    call = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY)
    assert isinstance(PROVIDERS[api].interpret_error(answer), Verdict)
    assert isinstance(verdict_from_success(answer, call), Verdict)


@pytest.mark.parametrize("api", SUCCESS)
@TOTAL
@given(extra=st.dictionaries(NAMES | st.text(), VALUES, max_size=4))
def test_a_documented_success_with_any_member_replaced_gets_a_verdict(
    api: str, extra: dict[str, Any]
) -> None:
    """Unknown enums, missing and wrongly typed fields: the typed body may be missing, no more."""
    status, document = SUCCESS[api]
    inner = {"data": {**document["data"], **extra}} if api == "bento" else {}
    answer = reply(status, json.dumps({**document, **extra, **inner}).encode())
    assert isinstance(interpreted(api, answer), Verdict)


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    ["x"],
    [[]],
    [{}],
    {},
    {"x": 1},
    {"code": []},
]
ERROR = {
    "errors": [{"code": "x", "detail": "x", "title": "x", "merchantMessage": "x"}, {"code": "y"}],
    "message": "x",
    "code": "x",
    "state": "RefundFailed",
    "status": {"code": "x", "description": "x", "outcome": "failedRetryable"},
    "causes": [{"message": "x"}],
    "isError": True,
    "cancellationId": None,
}
PRINTED = {
    "pace_pay": ERROR,
    "pace_fueling": ERROR,
    "bento": json.loads(example("bento.cancelTransaction.202.captured.json")),
    "unzer": json.loads(example("unzer.cancelPayment.200.cancelled.json")),
    "vtex": {**SUCCESS["vtex"][1], "message": "x", "code": "x"},
}


def variants(value: Any) -> Iterator[Any]:
    """The value with each of its members, at any depth, replaced by each odd value."""
    yield from ODD
    if isinstance(value, dict):
        for name, inner in value.items():
            for odd in variants(inner):
                yield {**value, name: odd}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for odd in variants(inner):
                yield [*value[:place], odd, *value[place + 1 :]]


@every_provider
@pytest.mark.parametrize("status", [200, 202, 302, 401, 422, 500, 501])
@pytest.mark.parametrize("whole", ["printed", "error"])
def test_any_member_of_any_type_gets_a_verdict(api: str, status: int, whole: str) -> None:
    """A printed answer and an error with everything in it, spoiled in one place after another."""
    for document in variants(PRINTED[api] if whole == "printed" else ERROR):
        answer = reply(status, json.dumps(document).encode())
        assert isinstance(interpreted(api, answer), Verdict), document
        assert isinstance(PROVIDERS[api].interpret_error(answer), Verdict), document
        if api == "unzer":
            assert isinstance(interpreted(api, answer, UNZER_FULL), Verdict), document


@every_provider
@pytest.mark.parametrize(
    "charset", [module.name for module in pkgutil.iter_modules(encodings.__path__)]
)
def test_any_charset_that_python_knows_gets_a_verdict(api: str, charset: str) -> None:
    """Among Python's codecs are transformations and modules that are no codec at all."""
    answer = reply(200, {"a": 1}, f"application/json; charset={charset}")
    assert isinstance(interpreted(api, answer), Verdict)
