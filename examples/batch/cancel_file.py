"""Cancel the payments of a CSV file at Unzer: `python cancel_file.py payments.csv`.

The file has the columns `order`, `payment_id` and `amount`. The order is the key, so the script can
be started again with the same file and the same ledger: each payment is cancelled once.
"""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from countermand import AsyncClient, CancelRequest, CancelResult, Ledger, NotCancelled, unzer

if TYPE_CHECKING:
    from collections.abc import Iterator


def requests(file: Path) -> Iterator[CancelRequest]:
    """One request for each row; rows are read as they are needed."""
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            cancellation = unzer.Cancellation(row["payment_id"], amount=Decimal(row["amount"]))
            yield CancelRequest(cancellation, key=row["order"])


async def cancel_all(file: Path, account: unzer.Account, ledger: Ledger) -> Counter[str]:
    """Cancel, print a line for each row, and count the outcomes."""
    counts: Counter[str] = Counter()
    async with AsyncClient(account, ledger=ledger) as client:
        async for result in client.cancel_many(requests(file), concurrency=20, rate=50.0):
            found = outcome(result)
            print(result.request.key, found, result.error or "", sep="\t")
            counts[found] += 1
    return counts


def outcome(result: CancelResult) -> str:
    """The outcome in words; only `NotCancelled` proves that nothing was cancelled."""
    if result.receipt is not None:
        return str(result.receipt.outcome)
    return "not cancelled" if isinstance(result.error, NotCancelled) else "unknown"


def main(arguments: list[str]) -> int:
    """Cancel the rows of the file; 0 if every payment is cancelled."""
    account = unzer.Account(
        os.environ["UNZER_PRIVATE_KEY"],
        os.environ.get("UNZER_URL", "https://api.unzer.com/v1"),
    )
    with Ledger(os.environ["LEDGER"]) as ledger:
        counts = asyncio.run(cancel_all(Path(arguments[1]), account, ledger))
    print(dict(sorted(counts.items())), file=sys.stderr)
    return 0 if counts.keys() <= {"cancelled", "already cancelled"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
