"""Read-backs without a network: their calls are answered from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from countermand import unzer
from tests.support.samples import CANCELLATIONS, KEY

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from countermand import RawResponse
    from countermand.provider import Call, Finding

F = TypeVar("F")


def read(
    answers: Mapping[str, RawResponse | None], cancellation: Any = None
) -> tuple[Finding, list[str]]:
    """Unzer's finding, and the paths that its read-back requested, in order."""
    wanted = cancellation or CANCELLATIONS["unzer"]
    assert unzer.PROVIDER.read_back is not None
    return run_read_back(unzer.PROVIDER.read_back(wanted, KEY), answers)


def run_read_back(
    read_back: Generator[Call[Any], RawResponse | None, F],
    answers: Mapping[str, RawResponse | None],
) -> tuple[F, list[str]]:
    """Answer the calls of a read-back by path; a path that is not in the table gets None."""
    asked: list[str] = []
    try:
        call = next(read_back)
        while True:
            assert (call.operation.effect, call.operation.method) == ("read", "GET")
            asked.append(call.path)
            call = read_back.send(answers.get(call.path))
    except StopIteration as finished:
        found: F = finished.value
        return found, asked
