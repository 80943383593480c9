"""A process of its own that cancels under shared keys: `python -m tests.ledger.crowd`.

Arguments: the ledger's URL, a file to which every cancel that is sent is appended, a number of
threads, and the keys. Prints the references that it got, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from countermand import Policy, unzer
from countermand.ledger import Ledger
from tests.support.transports import DONE, Recorder, call

PATIENT = Policy(deadline=60.0, budget=None)


def sender(path: Path) -> Any:
    """Return an answer function that first records the executed cancel in a file."""

    def answer(request: httpx.Request) -> httpx.Response:
        with path.open("a") as file:
            file.write(f"{request.url.path}\n")
        time.sleep(0.02)
        return httpx.Response(200, json={**DONE, "id": request.url.path})

    return answer


def crowd(ledger: Ledger, path: Path, threads: int, keys: list[str]) -> list[str]:
    """Cancel with each key in each thread; calls wait for a running call with the same key."""
    results: list[str] = []

    def work() -> None:
        for key in keys:
            cancellation = unzer.Cancellation(f"s-pay-{key}", amount=Decimal(1))
            known = call(
                "sync", ledger, "cancel", cancellation, key=key, wait=True,
                transport=Recorder(sender(path)), policy=PATIENT,
            )  # fmt: skip
            results.append(getattr(known, "reference", None) or repr(known))

    crew = [threading.Thread(target=work) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return results


if __name__ == "__main__":
    with Ledger(sys.argv[1]) as opened:
        found = crowd(opened, Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
        sys.stdout.write(json.dumps(found))
