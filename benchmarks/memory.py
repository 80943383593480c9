"""Memory by tracemalloc, which counts the same on every machine; and the long run."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from attrs import frozen

from benchmarks.contenders import KEPT, OURS, OURS_ASYNC
from benchmarks.processes import ContenderError

if TYPE_CHECKING:
    from typing import Any

    from benchmarks.contenders import Contender, Interpreters
    from benchmarks.processes import Bench

CROWD: Final = 1000
KEYS: Final = 500

CHUNK: Final = 10_000
CHUNKS: Final = 10
SKIPPED: Final = 2
"""Chunks until the client's memory of keys is full and forgets for the first time."""


@frozen
class Memory:
    """Bytes."""

    call_in_crowd: float
    """The most that was allocated for a call among a thousand."""
    remembered_key: float


def memory(bench: Bench, interpreters: Interpreters) -> Memory:
    """Measure both, each in a client that has warmed up."""
    crowd = _python(interpreters, OURS_ASYNC)
    with bench.running(crowd, OURS_ASYNC, "plain") as client:
        client.ask(calls=CROWD, at_once=CROWD)
        in_crowd = _without_errors(client.ask(calls=CROWD, at_once=CROWD, memory=True))["peak"]
    with bench.running(_python(interpreters, OURS), OURS, "plain") as client:
        client.ask(calls=100)
        key = _without_errors(client.ask(calls=KEYS, memory=True))["kept"]
    return Memory(in_crowd, key)


def _without_errors(told: dict[str, Any]) -> dict[str, Any]:
    """Refuse a batch with a failed call, which needs less memory."""
    if told["errors"]:
        raise ContenderError(str(told["example"]))
    return told


@frozen
class LongRun:
    """What 100,000 cancels in one client did to its CPU and memory."""

    cpu: tuple[float, ...]
    """CPU of a cancel in each chunk, as a ratio to httpx in between."""
    resident: tuple[int, ...]
    """Bytes after each chunk."""

    @property
    def cpu_growth(self) -> float:
        """The last third's CPU as a ratio to that of the first chunks."""
        return median(self.cpu[-3:]) / median(self.cpu[:3])

    @property
    def memory_growth(self) -> float:
        """Bytes that came in after the memory of keys was full."""
        return float(self.resident[-1] - self.resident[SKIPPED - 1])


def long_run(bench: Bench, interpreters: Interpreters) -> LongRun:
    """Cancel 100,000 payments, with bare httpx in between as the measure of the machine."""
    cpu, resident = [], []
    with (
        bench.running(_python(interpreters, OURS), OURS, "plain") as client,
        bench.running(_python(interpreters, KEPT), KEPT, "plain") as baseline,
    ):
        for _ in range(CHUNKS):
            told = client.ask(calls=CHUNK)
            cpu.append(told["cpu"] / baseline.ask(calls=CHUNK // 10)["cpu"])
            resident.append(told["resident"] or 0)
    return LongRun(tuple(cpu), tuple(resident))


def _python(interpreters: Interpreters, contender: Contender) -> str:
    python = interpreters.of(contender)
    assert python
    return python
