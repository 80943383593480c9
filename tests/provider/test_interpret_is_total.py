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
from countermand.provider._responses import verdict_from_reply
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

pytestmark = pytest.mark.usefixtures("untraced")
TOTAL = settings(LAW, max_examples=100)
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
        "paymentReference",
        "pending",
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
        "COR.900.100.300",
        "cancel-manually",
        "in progress",
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
    [
        "application/json",
        "application/vnd.api+json",
        "text/plain",
        "application/json;charset=utf-16",
    ]
)
LOCATIONS = st.text() | st.sampled_from(["//", "http://[::1", "http://a:b/", "//h:99999/", "?x"])
HEADERS = st.lists(
    st.tuples(st.just("content-type"), TYPES | st.text())
    | st.tuples(st.just("location"), LOCATIONS)
    | st.tuples(st.sampled_from(["retry-after", "x"]), st.text()),
    max_size=3,
).map(tuple)
REPLIES = st.builds(
    RawResponse,
    status=st.integers(100, 999) | st.sampled_from([200, 201, 202, 204, 302, 401, 409, 422]),
    headers=HEADERS,
    body=BODIES,
    problem=st.none() | st.text(),
    url=st.just("https://api.invalid/v1") | LOCATIONS,
)
every_provider = pytest.mark.parametrize("api", PROVIDERS)


def assert_total(answer: RawResponse) -> None:
    """Every provider has a verdict on the reply, to a cancel and to `execute`."""
    for api, provider in PROVIDERS.items():
        call = provider.build_request(CANCELLATIONS[api], KEY)
        assert isinstance(interpreted(api, answer), Verdict), api
        assert isinstance(provider.interpret_reply(answer, call), Verdict), api
        assert isinstance(verdict_from_reply(answer, call), Verdict), api
    assert isinstance(interpreted("unzer", answer, UNZER_FULL), Verdict)


@TOTAL
@given(answer=REPLIES)
def test_any_reply_gets_a_verdict(answer: RawResponse) -> None:
    """Whatever came back, a cancel ends in a verdict and not in an exception."""
    assert_total(answer)


@TOTAL
@given(extra=st.dictionaries(NAMES | st.text(), VALUES, max_size=4))
def test_a_documented_success_with_any_member_replaced_gets_a_verdict(
    extra: dict[str, Any],
) -> None:
    """Unknown enums, missing and wrongly typed fields: the typed body may be missing, no more."""
    for api, (status, document) in SUCCESS.items():
        inner = {"data": {**document["data"], **extra}} if api == "bento" else {}
        answer = reply(status, json.dumps({**document, **extra, **inner}).encode())
        assert isinstance(interpreted(api, answer), Verdict), api


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
    call = PROVIDERS[api].build_request(CANCELLATIONS[api], KEY)
    for document in variants(PRINTED[api] if whole == "printed" else ERROR):
        answer = reply(status, json.dumps(document).encode())
        assert isinstance(interpreted(api, answer), Verdict), document
        assert isinstance(PROVIDERS[api].interpret_reply(answer, call), Verdict), document
        if api == "unzer":
            assert isinstance(interpreted(api, answer, UNZER_FULL), Verdict), document


@every_provider
def test_any_charset_that_python_knows_gets_a_verdict(api: str) -> None:
    """Among Python's codecs are transformations and modules that are no codec at all."""
    for module in pkgutil.iter_modules(encodings.__path__):
        for kind in ("application/json", "text/plain"):
            answer = reply(200, {"a": 1}, f"{kind}; charset={module.name}")
            assert isinstance(interpreted(api, answer), Verdict), module.name
