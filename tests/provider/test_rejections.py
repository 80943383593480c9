"""What a 2xx of any operation says against itself: `execute` must not call it a success."""

from __future__ import annotations

from typing import Any, Final

import pytest

from countermand.errors import AlreadyCaptured, Declined, ManualCancellationRequired
from countermand.provider._verdicts import MaybeExecuted, Refused
from tests.support.samples import PROVIDERS, reply

FAILED: Final = {"outcome": "failed", "code": "PG1", "description": "No money"}
NO_MONEY: Final = Refused(
    error=Declined,
    message="declined: No money",
    error_fields={"code": "PG1", "reason": "No money"},
    about_payment=True,
)
CODED: Final = {"errors": [{"code": "API.340.100.018", "merchantMessage": "charged"}]}
CASES: Final[list[tuple[str, object, object]]] = [
    ("bento", {"data": {"state": "Refunding"}}, None),
    ("bento", {"data": {"status": FAILED}}, NO_MONEY),
    ("bento", {"status": FAILED}, NO_MONEY),
    ("bento", {"data": [], "status": FAILED}, NO_MONEY),
    ("bento", {"data": {"state": "RefundFailed"}}, None),
    ("bento", [], None),
    ("unzer", {"id": "s-pay-1", "state": {"name": "canceled"}}, None),
    ("unzer", {"isError": False}, None),
    (
        "unzer",
        {"isError": "true", "message": {"code": "COR.1", "customer": "no"}},
        Refused(
            error=Declined,
            message="declined: COR.1: no",
            error_fields={"code": "COR.1", "reason": "no"},
            about_payment=True,
        ),
    ),
    (
        "unzer",
        CODED,
        Refused(
            error=AlreadyCaptured, message="API.340.100.018: charged", about_payment=True
        ),
    ),
    (
        "unzer",
        {**CODED, "isSuccess": True},
        MaybeExecuted(message="200 OK proves nothing: not the documented answer", answered=True),
    ),
    ("unzer", [], None),
    ("vtex", {"cancellationId": "C1"}, None),
    ("vtex", {"paymentId": "p"}, None),
    (
        "vtex",
        {"cancellationId": None, "code": "x", "message": "no"},
        Refused(
            error=Declined, message="declined: x: no", error_fields={"code": "x", "reason": "no"}
        ),
    ),
    (
        "vtex",
        {"cancellationId": None, "code": "cancel-manually", "message": "by hand"},
        Refused(
            error=ManualCancellationRequired,
            message="cancel-manually: by hand",
            error_fields={"code": "cancel-manually", "reason": "by hand"},
            about_payment=True,
        ),
    ),
    ("vtex", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("api", "document", "verdict"), CASES, ids=str)
def test_a_2xx_that_speaks_against_itself_is_no_success(
    api: str, document: Any, verdict: object
) -> None:
    """Each provider has its own way to say no under a status that says yes."""
    find_rejection = PROVIDERS[api].find_rejection
    assert find_rejection is not None
    assert find_rejection(reply(200, document)) == verdict


@pytest.mark.parametrize("api", ["bento", "unzer", "vtex"])
def test_a_2xx_that_cannot_be_read_has_no_rejection(api: str) -> None:
    """`interpret` decides whether such a reply is accepted."""
    find_rejection = PROVIDERS[api].find_rejection
    assert find_rejection is not None
    assert find_rejection(reply(200, b"<html>", "text/html")) is None
    assert find_rejection(reply(200, {"status": FAILED, **CODED}, problem="cut")) is None


@pytest.mark.parametrize("api", ["pace_pay", "pace_fueling"])
def test_pace_has_no_such_way(api: str) -> None:
    """Its status is the verdict."""
    assert PROVIDERS[api].find_rejection is None
