"""Tables of the ledger and their migrations.

The database stores the number of migrations that have run. Each runs in one transaction, under the
lock that admits one writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Callable

METADATA: Final = sa.MetaData()

CANCELLATIONS: Final = sa.Table(
    "countermand_cancellations",
    METADATA,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("api", sa.String(32), nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("payment_lock", sa.String(64), index=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("cancellation", sa.Text, nullable=False),
    sa.Column("user_name", sa.Text),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("maybe_executed", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("attempt_log", sa.Text, nullable=False),
    sa.Column("attempt_recorded_at", sa.Double),
    sa.Column("last_attempt_at", sa.Double),
    sa.Column("last_attempt_host_time", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("closed_at", sa.Double),
    sa.Column("owner", sa.String(32)),
    sa.Column("lease_until", sa.Double),
    sa.Column("confirmed_absent_after", sa.Double),
    sa.Column("resolved_at", sa.Double),
    sa.Column("resolved_by", sa.Text),
    sa.Column("resolved_reason", sa.Text),
)
"""One row for each key. Times are seconds since 1970 by the database's clock.

`attempt_log` lists each recorded attempt: owner, number, time, and the same time by the clocks of
the host. `attempt_recorded_at` is the last of these times. `last_attempt_at` is the latest time at
which a request may have been sent: that of the last recording, or of the end of a call that has
sent something. `last_attempt_host_time` is the same moment by the clocks of the host.
`confirmed_absent_after` is the number of seconds between that moment and a person's confirmation
that nothing was executed. `closed_at` is the time at which the key left the state `open`.
"""

SCHEMA: Final = sa.Table(
    "countermand_schema", METADATA, sa.Column("version", sa.Integer, primary_key=True)
)


class epoch(FunctionElement[float]):  # noqa: N801 - named as SQL functions are
    """The database's clock, in seconds since 1970."""

    type: sa.types.TypeEngine[float] = sa.Double()
    inherit_cache = True


@compiles(epoch, "sqlite")
def _sqlite_epoch(_element: object, _compiler: object, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch, "postgresql")
def _postgresql_epoch(_element: object, _compiler: object, **_options: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


def _create_cancellations(connection: sa.Connection) -> None:
    CANCELLATIONS.create(connection)


MIGRATIONS: Final[tuple[Callable[[sa.Connection], None], ...]] = (_create_cancellations,)
"""In order. A released one is never changed; later ones must not use the tables above."""


class NewerSchemaError(Exception):
    """The database has the schema of a newer version of this package."""


def migrate(connection: sa.Connection) -> None:
    """Run the migrations that have not run yet.

    Raises:
        NewerSchemaError: the schema belongs to a newer version of this package.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(4_207_849_484)))
    SCHEMA.create(connection, checkfirst=True)
    version = connection.scalar(sa.select(sa.func.max(SCHEMA.c.version))) or 0
    if version > len(MIGRATIONS):
        raise NewerSchemaError(
            f"schema version {version} is newer than this package's; update countermand"
        )
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        migration(connection)
        connection.execute(SCHEMA.insert().values(version=number))
