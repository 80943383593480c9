"""What every driver does besides its one cancel: read the order, and tell how it ended, in JSON.

A driver runs in its rival's own environment, so nothing here needs more than the standard library.
"""

import json
import sys
from collections.abc import Callable, Iterator
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

SUCCESS = {"unzer": (200, 201), "bento": (202,), "pace_fueling": (204,)}
"""The statuses that the specifications document as success."""

Order = dict[str, Any]


class UnexpectedAnswerError(Exception):
    """No exception of the library's, but not the documented answer either.

    `status` is the answer's status where the library lets its caller see it.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def run(cancel: Callable[[Order], object]) -> None:
    """Make the cancel that standard input describes, and print what became of it."""
    order = json.load(sys.stdin)
    sys.path[:0] = order["generated"]
    try:
        cancel(order)
    except Exception as error:  # noqa: BLE001 - a rival may raise anything
        told = {
            "verdict": "error",
            "type": type(error).__name__,
            "detail": str(error)[:300],
            "maybe": says_maybe(error),
            "server_error": any(500 <= status < 600 for status in statuses(error)),
        }
    else:
        told = {"verdict": "ok"}
    tell(told)


def tell(told: dict[str, object]) -> None:
    """Print the last line, which is the one that is read."""
    sys.stdout.write(f"\n{json.dumps(told)}\n")


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
        for holder in (link, getattr(link, "info", None), getattr(link, "response", None)):
            for name in ("status", "status_code"):
                status = getattr(holder, name, None)
                if isinstance(status, int):
                    yield status
