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

from countermand import AsyncClient, CancelRequest, OutcomeUnknown, unzer
from countermand.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator


def requests(file: Path) -> Iterator[CancelRequest]:
    """One request for each row; rows are read as they are needed."""
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            cancellation = unzer.Cancellation(row["payment_id"], amount=Decimal(row["amount"]))
            yield CancelRequest(cancellation, key=row["order"])


async def cancel_all(file: Path, account: unzer.Account, ledger: Ledger) -> Counter[str]:
    """Cancel, print a line for each row, and count the ends."""
    ends: Counter[str] = Counter()
    async with AsyncClient(account, ledger=ledger) as client:
        async for result in client.cancel_many(requests(file), concurrency=20, rate=50.0):
            if result.receipt is not None:
                end = str(result.receipt.outcome)
            else:
                end = "unknown" if isinstance(result.error, OutcomeUnknown) else "not cancelled"
            print(result.request.key, end, result.error or "", sep="\t")
            ends[end] += 1
    return ends


def main(arguments: list[str]) -> int:
    """Cancel the rows of the file; 0 if every payment is cancelled."""
    account = unzer.Account(
        os.environ["UNZER_PRIVATE_KEY"],
        os.environ.get("UNZER_URL", "https://api.unzer.com/v1"),
    )
    with Ledger(os.environ["LEDGER"]) as ledger:
        ends = asyncio.run(cancel_all(Path(arguments[1]), account, ledger))
    print(dict(ends), file=sys.stderr)
    return 0 if ends.keys() <= {"cancelled", "already cancelled"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
