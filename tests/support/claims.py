"""Key claims and results for tests of key stores, and access to every stored row."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

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

if TYPE_CHECKING:
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


def rows(ledger: Ledger) -> list[dict[str, Any]]:
    """Every column of every row of every table."""
    engine = ledger._database.engine
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return [
            dict(row._mapping)
            for table in tables.sorted_tables
            for row in connection.execute(sa.select(table))
        ]


def run_sql(ledger: Ledger, statement: str) -> None:
    """Change something behind the ledger's back."""
    with ledger._database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def age(ledger: Ledger, seconds: float) -> None:
    """Let time pass for everything that is written down."""
    run_sql(
        ledger,
        "UPDATE countermand_cancellations SET "
        f"attempt_recorded_at = attempt_recorded_at - {seconds}, "
        f"last_attempt_at = last_attempt_at - {seconds}, last_attempt_host_time = NULL, "
        f"lease_until = lease_until - {seconds}, closed_at = closed_at - {seconds}, "
        f"created_at = created_at - {seconds}",
    )


SAMPLES = {
    "unzer": CANCEL,
    "unzer-full": unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL),
    "bento": bento.Cancellation("or_1", "tx_1", refund_amount=500),
    "vtex": vtex.Cancellation("payment-1"),
}
