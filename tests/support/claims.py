"""Key claims and results for tests of key stores, and access to every stored row."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import psycopg

from countermand import (
    FULL,
    Advice,
    Attempt,
    Evidence,
    Outcome,
    OutcomeUnknown,
    RawResponse,
    Receipt,
    Sent,
    bento,
    unzer,
    vtex,
)
from countermand._core.idempotency import KeyClaim
from countermand.ledger._sqlite import SQLITE
from countermand.ledger._tasks import DatabaseError, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countermand.ledger import Ledger
    from countermand.provider._cancellations import BaseCancellation

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
ENDPOINT = "https://api.unzer.com/v1"
PAYMENT_LOCK = "a" * 64
ATTEMPTS = (
    Attempt(sent=Sent.NOT_SENT, problem="refused", at=0.25),
    Attempt(sent=Sent.RESPONDED, status=200, at=1.5),
)


@cache
def claimant(
    key: str = "order-42",
    cancellation: BaseCancellation = CANCEL,
    destination: str = ENDPOINT,
    payment_lock: str | None = None,
) -> KeyClaim:
    """A claim on a key; the same arguments give the same claim."""
    return KeyClaim(
        key=key,
        cancellation=cancellation,
        destination=destination,
        user="ada",
        payment_lock=payment_lock,
        owner=token_hex(16),
    )


another = claimant.__wrapped__
"""A claim by another owner."""


def raw(body: bytes, status: int = 200) -> RawResponse:
    """A JSON reply as it is stored: of its headers, only the type."""
    return RawResponse(status=status, headers=(("content-type", "application/json"),), body=body)


def receipt(key: str = "order-42", **facts: Any) -> Receipt:
    """A receipt with everything that one can carry."""
    known: dict[str, Any] = {
        "outcome": Outcome.CANCELLED,
        "key": key,
        "reference": "s-cnl-1",
        "amount": Decimal("10.00"),
        "evidence": Evidence.REPLY,
        "attempts": ATTEMPTS,
        "raw": raw(b'{"id": "s-cnl-1", "isSuccess": true}'),
    }
    return Receipt(**{**known, **facts})


def unknown(key: str = "order-42", **facts: Any) -> OutcomeUnknown:
    """An unknown outcome."""
    known = {"advice": Advice.READ, "next_step": "Look first", "attempts": ATTEMPTS, **facts}
    return OutcomeUnknown("lost", key=key, cancellation=CANCEL, **known)


@contextmanager
def raw_connection(ledger: Ledger) -> Iterator[Any]:
    """A connection of its own to a ledger's database, which commits each statement."""
    database: Any = ledger._database
    if database.dialect is SQLITE:
        with closing(sqlite3.connect(database._path, isolation_level=None)) as connection:
            yield connection
    else:
        with psycopg.connect(**database._parameters, autocommit=True) as connection:
            yield connection


def rows(ledger: Ledger) -> list[dict[str, Any]]:
    """Every column of every row of every table."""
    found: list[dict[str, Any]] = []
    with raw_connection(ledger) as connection:
        for table in ("countermand_schema", "countermand_cancellations"):
            cursor = connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            found += [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return found


def run_sql(ledger: Ledger, statement: str) -> None:
    """Change something behind the ledger's back."""
    with raw_connection(ledger) as connection:
        connection.execute(statement)


def before_transactions(ledger: Ledger, hook: Callable[[Transaction[Any]], None]) -> None:
    """Call something before each transaction of a ledger, blocking or not; it may raise."""
    list(ledger.unresolved())
    database: Any = ledger._database
    blocking = database._transact

    def transact(transaction: Transaction[Any], *arguments: Any) -> Any:
        hook(transaction)
        return blocking(transaction, *arguments)

    database._transact = transact
    if ledger._async_database is None:
        return
    # The tables are there.
    other: Any = ledger._async_database
    other._ready = True
    awaited = other._transact

    async def transact_async(transaction: Transaction[Any], *arguments: Any) -> Any:
        hook(transaction)
        return await awaited(transaction, *arguments)

    other._transact = transact_async


def break_down(ledger: Ledger, *numbers: int) -> list[int]:
    """Let these transactions of the ledger fail, counted from 1, or all; returns their numbers."""
    counted: list[int] = []

    def hook(_transaction: object) -> None:
        counted.append(len(counted) + 1)
        if not numbers or counted[-1] in numbers:
            raise DatabaseError("gone")

    before_transactions(ledger, hook)
    return counted


def age(ledger: Ledger, seconds: float) -> None:
    """Let time pass for everything that is written down."""
    run_sql(
        ledger,
        "UPDATE countermand_cancellations SET "
        f"attempt_recorded_at = attempt_recorded_at - {seconds}, "
        f"last_attempt_at = last_attempt_at - {seconds}, last_attempt_host_time = NULL, "
        f"unchanged_at = unchanged_at - {seconds}, unchanged_host_time = NULL, "
        f"lease_until = lease_until - {seconds}, closed_at = closed_at - {seconds}, "
        f"created_at = created_at - {seconds}",
    )


SAMPLES = {
    "unzer": CANCEL,
    "unzer-full": unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL),
    "bento": bento.Cancellation("or_1", "tx_1", refund_amount=500),
    "vtex": vtex.Cancellation("payment-1"),
}
