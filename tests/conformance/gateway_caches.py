"""Scenario 25: a gateway answers from a cache, and the provider never gets the request."""

import json
from collections.abc import Iterator

from countermand.sandbox import faults
from tests.conformance.cases import RECEIPT, UNKNOWN, Entry
from tests.conformance.casting import Cast
from tests.conformance.gateways import ONCE
from tests.conformance.stage import Stage
from tests.conformance.trusted import CACHED_NOTHING, CACHED_SAME

AGE = b"age: 60\r\n\r\n"
NAMING = frozenset({"bento", "unzer", "vtex"})
"""Whose answers name a payment or a request; PACE's name nothing."""
NAMING_REQUESTS = frozenset({"unzer", "vtex"})


def other_payment(cast: Cast) -> None:
    """What was said of one payment is said again of another, which nobody cancels."""
    cached = _answer(cast)
    trusted = None if cast.api in NAMING else CACHED_NOTHING
    with cast.stage(policy=ONCE, trusted=trusted) as stage:
        _ask_twice(stage, cached, afterwards=RECEIPT if cast.api == "vtex" else UNKNOWN)


def other_request(cast: Cast) -> None:
    """The same payment again, under another key: an answer that names its request is not ours."""
    with cast.stage("first", policy=ONCE) as first:
        first.cancel(RECEIPT)
        cached = first.proxy.requests[-1].answer
    trusted = None
    if cast.api not in NAMING_REQUESTS:
        trusted = CACHED_SAME if cast.api in NAMING else CACHED_NOTHING
    made = first.payment
    with cast.stage("second", policy=ONCE, trusted=trusted, made=made, others=1) as stage:
        _ask_twice(stage, cached, afterwards=UNKNOWN)


def nameless(cast: Cast) -> None:
    """The answer to another payment lacks the ids that the protocol makes mandatory."""
    body = json.dumps({"cancellationId": "C-1", "code": None, "message": None}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
    with cast.stage(policy=ONCE) as stage:
        cached = b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)
        _ask_twice(stage, cached, afterwards=RECEIPT)


def _answer(cast: Cast) -> bytes:
    """What the provider says to a cancel that goes well."""
    with cast.stage("first", policy=ONCE) as stage:
        stage.cancel(RECEIPT)
        return stage.proxy.requests[-1].answer


def _ask_twice(stage: Stage, cached: bytes, *, afterwards: frozenset[str]) -> None:
    """Cancel and get the cached answer; then with the same key, past the cache."""
    stage.script(faults.Raw(cached.replace(b"\r\n\r\n", b"\r\n" + AGE, 1)))
    believed = stage.trusted is not None
    stage.cancel(RECEIPT if believed else UNKNOWN)
    again = stage.cancel(RECEIPT if believed else afterwards, "the same key again")
    if again.unknown:
        stage.resolve()


def entries() -> Iterator[Entry]:
    """Scenario 25."""
    yield Entry(scenario=25, variant="other-payment", play=other_payment, quick=True)
    yield Entry(scenario=25, variant="other-request", play=other_request, quick=True)
    yield Entry(scenario=25, variant="nameless", play=nameless, apis=("vtex",), quick=True)
