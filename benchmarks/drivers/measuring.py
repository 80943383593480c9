"""What every client's script shares: it takes orders, one line of JSON each, and answers them.

Only the standard library: a rival's environment has nothing else. A script names its variants in a
dict and calls `main`. A variant opens a client and yields a function that makes one cancel and
raises unless the answer says that it is cancelled.
"""

import asyncio
import gc
import json
import os
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from threading import Thread
from typing import Any

TOKEN = "token-0123456789abcdef"  # noqa: S105 - nobody checks it
AMOUNT = 500

Setup = Mapping[str, Any]
"""`url`, and `ca`: the file of the authority for TLS, or None."""
Cancel = Callable[[int], object]
AsyncCancel = Callable[[int], Awaitable[object]]
Open = Callable[[Setup], Iterator[Cancel]]
AsyncOpen = Callable[[Setup], AsyncIterator[AsyncCancel]]


class NotCancelledError(Exception):
    """The answer does not say that the payment is cancelled."""


def path(number: int) -> str:
    """The path of one cancel at Bento."""
    return f"/payments/v1/orders/or_{number:026d}/transactions/tx_{number:026d}/_cancel"


def check(status: int, document: Any) -> None:
    """Judge an answer as a careful caller of a bare client would."""
    if status != 202 or document["data"]["state"] != "AuthVoided":  # noqa: PLR2004
        raise NotCancelledError(f"{status}: {document}")


def measured(latencies: list[float], errors: list[str], cpu: float, wall: float) -> dict[str, Any]:
    """The figures of a batch, in seconds for each call."""
    count, ordered = len(latencies) + len(errors), sorted(latencies)
    return {
        "cpu": cpu / count,
        "wall": wall / count,
        "p50": ordered[len(ordered) // 2] if ordered else None,
        "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] if ordered else None,
        "max": ordered[-1] if ordered else None,
        "errors": len(errors),
        "example": errors[0] if errors else None,
    }


def run_batch(cancel: Cancel, first: int, calls: int, at_once: int = 1) -> dict[str, Any]:
    """Cancel so many payments, `at_once` of them at a time in threads."""
    latencies: list[float] = []
    errors: list[str] = []
    numbers = iter(range(first, first + calls))
    clock = time.perf_counter

    def worker() -> None:
        for number in numbers:
            before = clock()
            try:
                cancel(number)
            except Exception as error:  # noqa: BLE001 - counted
                errors.append(repr(error))
            else:
                latencies.append(clock() - before)

    others = [Thread(target=worker) for _ in range(at_once - 1)]
    cpu, began = time.process_time(), clock()
    for thread in others:
        thread.start()
    worker()
    for thread in others:
        thread.join()
    return measured(latencies, errors, time.process_time() - cpu, clock() - began)


async def run_crowd(cancel: AsyncCancel, first: int, calls: int, at_once: int) -> dict[str, Any]:
    """Cancel so many payments, `at_once` of them at a time; the next begins as one ends."""
    latencies: list[float] = []
    errors: list[str] = []
    numbers = iter(range(first, first + calls))
    clock = time.perf_counter

    async def worker() -> None:
        for number in numbers:
            before = clock()
            try:
                await cancel(number)
            except Exception as error:  # noqa: BLE001 - counted
                errors.append(repr(error))
            else:
                latencies.append(clock() - before)

    cpu, began = time.process_time(), clock()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return measured(latencies, errors, time.process_time() - cpu, clock() - began)


@contextmanager
def _memory(calls: int) -> Iterator[dict[str, Any]]:
    """Bytes for each call: the most that were allocated meanwhile, and what is still there."""
    told: dict[str, Any] = {}
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    yield told
    peak = tracemalloc.get_traced_memory()[1]
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    told |= {"peak": (peak - before) / calls, "kept": (after - before) / calls}


def resident() -> int | None:
    """Bytes of memory that the process occupies, on Linux."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def _orders() -> Iterator[tuple[dict[str, Any], int]]:
    """Each order, and the number of its first payment: no two cancels are the same."""
    first = 1
    for line in sys.stdin:
        order = json.loads(line)
        yield order, first
        first += order["calls"]


def _tell(told: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({**told, "resident": resident()}) + "\n")
    sys.stdout.flush()


def serve(opened: Open, setup: Setup) -> None:
    """Carry out orders with a blocking client."""
    with contextmanager(opened)(setup) as cancel:
        _tell({"ready": True})
        for order, first in _orders():
            gc.collect()
            arguments = (cancel, first, order["calls"], order.get("at_once", 1))
            if order.get("memory"):
                with _memory(order["calls"]) as told:
                    told.update(run_batch(*arguments))
            else:
                told = run_batch(*arguments)
            _tell(told)


async def serve_async(opened: AsyncOpen, setup: Setup) -> None:
    """Carry out orders with an asynchronous client."""
    async with asynccontextmanager(opened)(setup) as cancel:
        _tell({"ready": True})
        for order, first in _orders():
            gc.collect()
            arguments = (cancel, first, order["calls"], order.get("at_once", 1))
            if order.get("memory"):
                with _memory(order["calls"]) as told:
                    told.update(await run_crowd(*arguments))
            else:
                told = await run_crowd(*arguments)
            _tell(told)


def main(
    blocking: Mapping[str, Open] | None = None, asynchronous: Mapping[str, AsyncOpen] | None = None
) -> None:
    """Run one variant: `python SCRIPT VARIANT SETUP`."""
    variant, setup = sys.argv[1], json.loads(sys.argv[2])
    if setup.get("core") is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {setup["core"]})
    if blocking and variant in blocking:
        serve(blocking[variant], setup)
    else:
        asyncio.run(serve_async((asynchronous or {})[variant], setup))
