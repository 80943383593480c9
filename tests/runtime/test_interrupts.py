"""Ctrl-C at any moment is raised, with the error of this package as its cause."""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest
from countermand_clients.bento.api.transactions import cancel_transaction

from countermand import (
    Client,
    CountermandError,
    NotCancelled,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Unreachable,
    bento,
    pace_pay,
)
from tests.support.flavours import PLAIN_TLS
from tests.support.rawserver import (
    NO_CONTENT,
    TEST_TIMEOUT,
    Conversation,
    RawServer,
    answer,
    hang,
    read,
    say,
)

UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
PACE = pace_pay.Cancellation(UUID)
BENTO = bento.Cancellation("or_1", "tx_1", refund_amount=5)
UNLINKED = answer(
    401,
    b'{"errors":[{"code":"missing-linked-identity"}]}',
    "content-type: application/vnd.api+json",
)
ACCEPTED = answer(202, b'{"data":{"state":"Refunding"}}', "content-type: application/json")


def interrupt(*_arguments: object, **_options: object) -> Any:
    """Raise KeyboardInterrupt here."""
    raise KeyboardInterrupt


def interrupted(client: Client, cancellation: Any) -> CountermandError:
    """Cancel until Ctrl-C, and return its cause."""
    with pytest.raises(KeyboardInterrupt) as caught:
        client.cancel(cancellation, key="order-42")
    known = caught.value.__cause__
    assert isinstance(known, CountermandError)
    assert known.key == "order-42"
    return known


def client_of(server: RawServer, **options: Any) -> Client:
    """A client with both accounts."""
    token = options.pop("token", "token-one")
    accounts = (pace_pay.Account(token, server.url), bento.Account(token, server.url, read=False))
    settings = {"policy": Policy(budget=None), "verify": PLAIN_TLS, "trust_env": False, **options}
    return Client(*accounts, **settings)


@pytest.fixture
def _sigusr1() -> Iterator[None]:
    """The signal raises as Ctrl-C does."""
    former = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, former)


@pytest.mark.usefixtures("_sigusr1")
@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 20", b"HTTP/1.1 202 X\r\ncontent-length: 9\r\n\r\n{"]
)
def test_a_signal_during_the_wait_for_an_answer_leaves_it_unknown(before: bytes) -> None:
    """A real signal, while the call is blocked in a read; the connection is closed."""
    main = threading.main_thread().ident
    assert main is not None

    def strike(_conversation: Conversation) -> None:
        time.sleep(0.05)  # The call is to be blocked in its read by now.
        signal.pthread_kill(main, signal.SIGUSR1)

    with RawServer([read, say(before), strike, hang]) as server, client_of(server) as client:
        known = interrupted(client, BENTO)
        assert server.left.acquire(timeout=TEST_TIMEOUT)
        assert type(known) is OutcomeUnknown
        assert len(known.attempts) == 1
        with pytest.raises(OutcomeUnknown):
            client.cancel(BENTO, key="order-42")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("cancellation", "reply", "expected"),
    [
        (PACE, answer(503), OutcomeUnknown),
        (PACE, answer(429), RateLimited),
    ],
)
def test_ctrl_c_between_two_attempts_reports_the_first(
    cancellation: Any, reply: bytes, expected: type[CountermandError]
) -> None:
    """The error follows from the verdict of the last attempt."""
    with (
        RawServer([read, say(reply), hang]) as server,
        client_of(server, sleep=interrupt) as client,
    ):
        assert type(interrupted(client, cancellation)) is expected


def test_ctrl_c_in_the_token_callable_means_that_nothing_was_sent() -> None:
    """And the key is free at once."""
    tokens = iter([KeyboardInterrupt, None])

    def token(_user: object) -> str:
        if next(tokens):
            raise KeyboardInterrupt
        return "token-one"

    with RawServer([read, say(NO_CONTENT)]) as server, client_of(server, token=token) as client:
        known = interrupted(client, PACE)
        assert type(known) is Unreachable
        assert len(known.attempts) == 0
        assert len(client.cancel(PACE, key="order-42").attempts) == 1


@pytest.mark.parametrize("where", ["token", "link_identity"])
def test_a_time_limit_that_strikes_in_a_callable_goes_through(where: str) -> None:
    """The exception of a signal handler, as a job queue's limit raises it; the key stays free."""

    class TimeLimit(Exception):  # noqa: N818 - as Celery names its own
        pass

    def strike(_signal: int, _frame: object) -> None:
        raise TimeLimit

    def limited(_argument: object) -> str:
        if not struck:
            struck.append(True)
            signal.raise_signal(signal.SIGUSR1)
        return "token-two"

    struck: list[bool] = []
    former = signal.signal(signal.SIGUSR1, strike)
    scripts = [[read, say(UNLINKED)]] * 2 if where == "link_identity" else []
    try:
        with (
            RawServer(*scripts, [read, say(NO_CONTENT)]) as server,
            client_of(server, **{where: limited}) as client,
        ):
            with pytest.raises(TimeLimit) as caught:
                client.cancel(PACE, key="order-42")
            assert isinstance(caught.value.__cause__, NotCancelled)
            assert client.cancel(PACE, key="order-42").attempts[-1].status == 204
    finally:
        signal.signal(signal.SIGUSR1, former)


def test_ctrl_c_inside_a_transport_of_ones_own_may_have_been_sent() -> None:
    """The progress of a custom transport is unknown."""

    class Struck(httpx.BaseTransport):
        handle_request = interrupt

    account = bento.Account("token-one", "http://bento.invalid", read=False)
    with Client(account, transport=Struck()) as client:
        assert type(interrupted(client, BENTO)) is OutcomeUnknown


@attrs.define
class StrikingClock:
    """A clock that raises KeyboardInterrupt once the server has answered."""

    server: RawServer
    struck: bool = False

    def __call__(self) -> float:
        """Read the clock."""
        if self.server.requests and not self.struck:
            self.struck = True
            raise KeyboardInterrupt
        return time.monotonic()


def test_ctrl_c_right_after_an_answer_is_not_taken_for_nothing_sent() -> None:
    """Between the read of an answer and its verdict a request has still been executed."""
    with (
        RawServer([read, say(ACCEPTED)]) as server,
        client_of(server, clock=StrikingClock(server)) as client,
    ):
        known = interrupted(client, BENTO)
        assert len(server.requests) == 1
        assert not isinstance(known, NotCancelled)
        assert len(known.attempts) == 1


def test_ctrl_c_inside_a_log_handler_is_not_taken_for_nothing_sent() -> None:
    """The same, where the caller's logging is slow."""

    class Struck(logging.Handler):
        emit = interrupt

    logger = logging.getLogger("countermand")
    handler, level = Struck(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with RawServer([read, say(ACCEPTED)]) as server, client_of(server) as client:
            known = interrupted(client, BENTO)
            assert not isinstance(known, NotCancelled)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_ctrl_c_while_an_answer_is_interpreted_goes_through() -> None:
    """It stays KeyboardInterrupt, and the request counts as sent."""
    call = attrs.evolve(
        cancel_transaction.call("or_1", "tx_1"), parse=lambda _status, _body: interrupt()
    )
    with RawServer([read, say(ACCEPTED)]) as server, client_of(server) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.execute(call)
        assert len(server.requests) == 1
    assert isinstance(caught.value.__cause__, OutcomeUnknown)
