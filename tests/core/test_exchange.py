"""The result of an exchange that broke off, from its progress."""

from __future__ import annotations

import pytest

from countermand import RawResponse, Sent
from countermand._core.exchange import SendProgress, TransportFailure


@pytest.mark.parametrize(
    ("progress", "known"),
    [
        (SendProgress(sent=Sent.NOT_SENT), TransportFailure(sent=Sent.NOT_SENT, problem="reset")),
        (
            SendProgress(sent=Sent.MAYBE_SENT),
            TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
        ),
        (
            SendProgress(sent=Sent.RESPONDED),
            TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
        ),
        (
            SendProgress(sent=Sent.RESPONDED, status=204),
            RawResponse(status=204, problem="reset"),
        ),
        (
            SendProgress(sent=Sent.MAYBE_SENT, status=204),
            TransportFailure(sent=Sent.MAYBE_SENT, problem="reset"),
        ),
    ],
    ids=["not sent", "maybe sent", "a head without a status", "a status", "sent once more"],
)
def test_a_failed_exchange_has_the_result_of_its_progress(
    progress: SendProgress, known: object
) -> None:
    """A received status is kept without its body; without a status nothing is certain."""
    assert progress.result("reset") == known


def test_an_answer_that_has_ended_holds_everything_that_came() -> None:
    """Also that a transport sent the request more than once, and what is wrong with the body."""
    progress = SendProgress(sent=Sent.MAYBE_SENT, url="http://api.invalid/x", sent_again=True)
    progress.on_head(200, (("x", "y"),))
    assert progress.sent is Sent.RESPONDED
    progress.body += b"half"
    answer = progress.on_end("cut")
    assert answer == RawResponse(
        status=200,
        headers=(("x", "y"),),
        body=b"half",
        problem="cut",
        url="http://api.invalid/x",
        sent_again=True,
    )
    assert progress.result("reset") is answer
