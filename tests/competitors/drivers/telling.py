"""What every driver does besides its cancels: read an order a line, and tell how each ended.

A driver runs in its rival's own environment, so nothing here needs more than the standard library.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

SENT = frozenset(
    {
        # httpx and httpx2: the request is out, and the answer did not come or broke off.
        "ReadTimeout",
        "ReadError",
        "RemoteProtocolError",
        # urllib3 and requests: the same.
        "ReadTimeoutError",
        "ProtocolError",
    }
)
"""Exceptions whose documented meaning is that an answer was awaited."""

SUCCESS = {
    "unzer": (200, 201),
    "bento": (202,),
    "pace_fueling": (204,),
    "pace_pay": (204,),
    "vtex": (200,),
}
"""The statuses that the specifications document as success."""

BARE = ("pace_fueling", "pace_pay")
"""Where a success has no body."""

TOLD = "told: "
"""What a line that tells something begins with; a library may print lines of its own."""

Order = dict[str, Any]

Send = Callable[[Order], object]
"""Makes one cancel."""

Opened = Callable[[Order], AbstractContextManager[Send]]
"""A client as its README opens it, for as many cancels as are made with it."""


class UnexpectedAnswerError(Exception):
    """No exception of the library's, but not the documented answer either.

    `status` is the answer's status where the library lets its caller see it.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def run(opened: Opened) -> None:
    """Carry out the orders that come on standard input, and tell what became of each."""
    for line in sys.stdin:
        order = json.loads(line)
        sys.path[:0] = [folder for folder in order["generated"] if folder not in sys.path]
        tell(outcome(opened, order))


def outcome(opened: Opened, order: Order) -> dict[str, object]:
    """What a rival says about one cancel."""
    try:
        with opened(order) as send:
            if order["warm"]:
                send({**order, **order["warm"]})
            insist(send, order)
    except Exception as error:  # noqa: BLE001 - a rival may raise anything
        return {
            "verdict": "error",
            "type": type(error).__name__,
            "detail": str(error)[:300],
            "maybe": says_maybe(error),
            "server_error": any(500 <= status < 600 for status in statuses(error)),
        }
    return {"verdict": "ok"}


def insist(send: Send, order: Order) -> None:
    """Cancel, and where the order is to call again after an error, once more."""
    try:
        send(order)
    except Exception as error:
        doubted = order["again"] == "unless in doubt" and says_maybe(error)
        if not order["again"] or doubted:
            raise
        send(order)


def tell(told: dict[str, object]) -> None:
    """Print a line that is read."""
    sys.stdout.write(f"\n{TOLD}{json.dumps(told)}\n")
    sys.stdout.flush()


def granted(cancellation_id: object) -> None:
    """Raise where VTEX's provider did not cancel: a null id says so, whatever the status."""
    if cancellation_id is None:
        raise UnexpectedAnswerError("the cancellationId is null")


def says_maybe(error: BaseException) -> bool:
    """Whether an error says that the cancel may have been executed.

    An attribute `maybe` decides; else the classes of the error and of what caused it, or a success
    status that one of them carries.
    """
    if isinstance(maybe := getattr(error, "maybe", None), bool):
        return maybe
    sent = any(type(link).__name__ in SENT for link in chain(error))
    return sent or any(200 <= status < 300 for status in statuses(error))


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that it names as its cause, in whatever attribute."""
    waiting, seen = [error], set()
    while waiting:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        causes = (link.__cause__, link.__context__, getattr(link, "reason", None))
        waiting += [cause for cause in causes if isinstance(cause, BaseException)]


def statuses(error: BaseException) -> Iterator[int]:
    """Every HTTP status that the error or one of its causes carries."""
    for link in chain(error):
        for holder in (link, getattr(link, "info", None), getattr(link, "_to_response", None)):
            for name in ("status", "status_code"):
                status = getattr(holder, name, None)
                if isinstance(status, int):
                    yield status
