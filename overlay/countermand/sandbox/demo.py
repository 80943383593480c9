"""Cancel at five providers, over a good wire and a bad one: `python -m countermand.sandbox.demo`.

Each story is told twice, with `Client` and with `AsyncClient`, which must fare alike. The figures
are counted where things happen, by the proxy and by the providers; the exit status is 1 where a
cancel was executed twice or what countermand says contradicts the providers.
"""

from __future__ import annotations

import asyncio
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
    """Tell the stories, print the table, and return the exit status."""
    return conclude(time.perf_counter(), *run_all(scenarios))


def run_all(scenarios: Sequence[Scenario]) -> tuple[list[Row], list[Row]]:
    """Play every story with `Client`, and then again with `AsyncClient`."""
    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        return (
            [run_scenario(story, blocking, sandbox, proxy) for story in scenarios],
            [run_scenario(scenario, awaiting, sandbox, proxy) for scenario in scenarios],
        )


def run_scenario(scenario: Scenario, cancel: Cancel, sandbox: Sandbox, proxy: FaultProxy) -> Row:
    """Play one story to its end, and count."""
    prepared = scenario.prepare(sandbox, proxy)
    before = len(proxy.requests)
    proxy.script(*prepared.faults)
    result: Receipt | CountermandError
    try:
        result = cancel(prepared)
    except CountermandError as error:
        result = error
    return Row(
        asked=scenario.asked,
        wrong=scenario.wrong,
        requests=len(proxy.requests) - before,
        executed=len(sandbox.executions(payment=prepared.payment)),
        result=result,
    )


def blocking(prepared: PreparedScenario) -> Receipt:
    """Cancel with `Client`."""
    with Client(prepared.account, *prepared.others, link_identity=prepared.link_identity) as client:
        return client.cancel(prepared.cancellation, user=prepared.user)


def awaiting(prepared: PreparedScenario) -> Receipt:
    """Cancel with `AsyncClient`, in an event loop of its own."""

    async def cancel() -> Receipt:
        accounts = (prepared.account, *prepared.others)
        async with AsyncClient(*accounts, link_identity=prepared.link_identity) as client:
            return await client.cancel(prepared.cancellation, user=prepared.user)

    return asyncio.run(cancel())


def conclude(began: float, rows: Sequence[Row], again: Sequence[Row]) -> int:
    """Print the table and what must not be, and return the exit status."""
    took = time.perf_counter() - began
    print("Five payment providers on this machine, with a proxy in front that breaks the wire.")
    print(f"\n{table(rows)}\n\n{LEGEND}\n")
    found = complaints(rows, again)
    for complaint in found:
        print(f"WRONG: {complaint}")
    if not found:
        total = len(rows) + len(again)
        print(f"{total} cancels, with Client and AsyncClient alike, in {took:.1f} s: none twice.")
    return 1 if found else 0


def complaints(rows: Sequence[Row], again: Sequence[Row]) -> list[str]:
    """Everything that must not be, in words."""
    wrong = [
        f"{row.asked} ({row.wrong}): {row.complaint}" for row in (*rows, *again) if row.complaint
    ]
    unlike = [
        f"{one.asked} ({one.wrong}): Client and AsyncClient differ: {one.gist} and {other.gist}"
        for one, other in zip(rows, again, strict=True)
        if one.gist != other.gist
    ]
    return [*wrong, *unlike]


if __name__ == "__main__":
    sys.exit(main())
