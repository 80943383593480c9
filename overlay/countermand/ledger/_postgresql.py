"""PostgreSQL: its words, what its errors mean, and how a transaction is sent. Pure."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Final, TypeVar

from countermand.ledger._tasks import Dialect, Row, Statement

if TYPE_CHECKING:
    from countermand.ledger._tasks import Transaction

T = TypeVar("T")

Conversation = Generator[tuple[Statement, ...], list[list[Row]], T]
"""The statements of a transaction as they are sent, each tuple in one go; it gets their rows."""

POSTGRESQL: Final = Dialect(
    now="extract(epoch FROM clock_timestamp())::double precision",
    row_lock="FOR UPDATE",
    free_rows="FOR UPDATE SKIP LOCKED",
    elements="SELECT json_array_elements_text",
    # Not to_regclass: after waiting for a lock it may remember that there was no table.
    has_schema="SELECT count(*) AS found FROM pg_catalog.pg_class "
    "WHERE relname = 'countermand_schema' AND pg_catalog.pg_table_is_visible(oid)",
    json="json",
    random_id="replace(gen_random_uuid()::text, '-', '')",
    parameter=r"%(\1)s",
)

BEGIN: Final = Statement("BEGIN")
SETTINGS: Final = Statement("""
SELECT set_config('default_transaction_isolation', 'read committed', false),
CASE WHEN current_setting('synchronous_commit') = 'off'
THEN set_config('synchronous_commit', 'on', false) END
""")
"""What a new connection is set to. Reads after waiting for a lock must see what was committed
before it was granted; and with `off`, a server that crashes loses what it has confirmed."""
TIMEOUT: Final = "SELECT set_config('statement_timeout', :timeout, false)"
LOCK: Final = "SELECT 1 AS locked FROM pg_advisory_xact_lock(CAST(:number AS bigint))"
COMMIT: Final = Statement("COMMIT")

REPEATABLE: Final = ("08", "23505", "25006", "40", "57P01", "57P02", "57P03")
"""Beginnings of the codes after which the work is tried again on a new connection: it is broken,
the server takes no writes, shuts down or starts, or another transaction was quicker."""

LIBPQ: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "connect_timeout": 10,
    "tcp_user_timeout": 10_000,
}
"""Parameters that detect a dead server. Parameters of the URL take precedence."""


def is_repeatable(code: str | None) -> bool:
    """Whether the work may succeed on a new connection.

    Args:
        code: The SQLSTATE; None if the connection broke.
    """
    return code is None or code.startswith(REPEATABLE)


def converse(transaction: Transaction[T], lead: tuple[Statement, ...]) -> Conversation[T]:
    """Yield the statements of a transaction as they are to be sent, each tuple in one go.

    A transaction of one statement needs no other: it commits by itself.

    Args:
        transaction: The transaction.
        lead: Statements that are to be sent before it.
    """
    if lead:
        yield lead
    procedure = transaction.start()
    committed = False
    try:
        batch = next(procedure)
        lead = ()
        alone = batch.last and len(batch.statements) == 1 and transaction.lock is None
        if not alone:
            lock = () if transaction.lock is None else (_lock(transaction.lock),)
            lead = (BEGIN, *lock)
        while True:
            assert not committed, "a transaction goes on after its last batch"
            committed = batch.last
            tail = (COMMIT,) if committed and not alone else ()
            rows = yield (*lead, *batch.statements, *tail)
            begin, lead = len(lead), ()
            batch = procedure.send(rows[begin : begin + len(batch.statements)])
    except StopIteration as finished:
        if not committed:
            yield (COMMIT,)
        result: T = finished.value
        return result


def _lock(number: int) -> Statement:
    return Statement(LOCK, {"number": number})


def limit(milliseconds: int) -> Statement:
    """Limit each statement from now on."""
    return Statement(TIMEOUT, {"timeout": str(milliseconds)})
