"""Cancel at five providers, with and without network faults: `python -m countermand.sandbox.demo`.

Each scenario runs twice, with `Client` and with `AsyncClient`, and both must have the same result.
The proxy and the providers count requests and executions. The exit status is 1 unless each cancel
was executed once and ended as its scenario tells.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from countermand.client import AsyncClient, Client
from countermand.errors import CountermandError
from countermand.sandbox._demo.report import LEGEND, Row, table
from countermand.sandbox._demo.scenarios import SCENARIOS
from countermand.sandbox.proxy import FaultProxy
from countermand.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from countermand.receipt import Receipt
    from countermand.sandbox._demo.scenarios import PreparedScenario, Scenario

Cancel = Callable[["PreparedScenario"], "Receipt"]


def main(scenarios: Sequence[Scenario] = SCENARIOS) -> int:
    """Run the scenarios, print the table, and return the exit status."""
    logger, nowhere = logging.getLogger("countermand"), logging.NullHandler()
    # The table shows each outcome. Python prints warnings that no handler takes.
    logger.addHandler(nowhere)
    try:
        return print_results(time.perf_counter(), *run_all(scenarios))
    finally:
        logger.removeHandler(nowhere)


def run_all(scenarios: Sequence[Scenario]) -> tuple[list[Row], list[Row]]:
    """Run every scenario with `Client`, and then again with `AsyncClient`."""
    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        return (
            [run_scenario(scenario, cancel_sync, sandbox, proxy) for scenario in scenarios],
            [run_scenario(scenario, cancel_async, sandbox, proxy) for scenario in scenarios],
        )


def run_scenario(scenario: Scenario, cancel: Cancel, sandbox: Sandbox, proxy: FaultProxy) -> Row:
    """Run one scenario, and count its requests and executions."""
    prepared = scenario.prepare(sandbox, proxy)
    before = len(proxy.requests)
    proxy.script(*prepared.faults)
    result: Receipt | CountermandError
    try:
        result = cancel(prepared)
    except CountermandError as error:
        result = error
    return Row(
        action=scenario.action,
        problem=scenario.problem,
        requests=len(proxy.requests) - before,
        executed=len(sandbox.executions(payment=prepared.payment)),
        result=result,
        expected=scenario.expected,
    )


def cancel_sync(prepared: PreparedScenario) -> Receipt:
    """Cancel with `Client`."""
    with Client(prepared.account, *prepared.others, link_identity=prepared.link_identity) as client:
        return client.cancel(prepared.cancellation, user=prepared.user)


def cancel_async(prepared: PreparedScenario) -> Receipt:
    """Cancel with `AsyncClient`, in a new event loop."""

    async def cancel() -> Receipt:
        accounts = (prepared.account, *prepared.others)
        async with AsyncClient(*accounts, link_identity=prepared.link_identity) as client:
            return await client.cancel(prepared.cancellation, user=prepared.user)

    return asyncio.run(cancel())


def print_results(began: float, rows: Sequence[Row], again: Sequence[Row]) -> int:
    """Print the table and the contradictions, and return the exit status."""
    took = time.perf_counter() - began
    print("Five simulated payment providers, behind a proxy that injects network faults.")
    print(f"\n{table(rows)}\n\n{LEGEND}\n")
    contradictions = find_contradictions(rows, again)
    for contradiction in contradictions:
        print(f"WRONG: {contradiction}")
    if not contradictions:
        total = len(rows) + len(again)
        print(
            f"{total} cancels, half of them with AsyncClient, in {took:.1f} s: each executed once."
        )
    return 1 if contradictions else 0


def find_contradictions(rows: Sequence[Row], again: Sequence[Row]) -> list[str]:
    """Describe results that contradict count or scenario, or differ between the clients."""
    wrong = [
        f"{row.action} ({row.problem}): {row.contradiction}"
        for row in (*rows, *again)
        if row.contradiction
    ]
    unlike = [
        f"{one.action} ({one.problem}): Client and AsyncClient differ: "
        f"{one.comparable} and {other.comparable}"
        for one, other in zip(rows, again, strict=True)
        if one.comparable != other.comparable
    ]
    return [*wrong, *unlike]


if __name__ == "__main__":
    sys.exit(main())
