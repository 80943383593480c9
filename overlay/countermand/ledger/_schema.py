"""The ledger's tables and their migrations.

The schema is two tables, so migrations are a list of functions rather than a tool: the database
holds the number of those that have run, and each runs in one transaction under the writers' lock.
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
    sa.Column("subject", sa.String(64), index=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("cancellation", sa.Text, nullable=False),
    sa.Column("user_name", sa.Text),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("unclear", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("dispatched", sa.Text, nullable=False),
    sa.Column("dispatched_at", sa.Double),
    sa.Column("quiet_since", sa.Double),
    sa.Column("quiet_moment", sa.Text),
    sa.Column("conclusion", sa.Text),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("closed_at", sa.Double),
    sa.Column("holder", sa.String(32)),
    sa.Column("held_until", sa.Double),
    sa.Column("settled_at", sa.Double),
    sa.Column("vouched_after", sa.Double),
    sa.Column("settled_by", sa.Text),
    sa.Column("settled_why", sa.Text),
)

SCHEMA: Final = sa.Table(
    "countermand_schema", METADATA, sa.Column("version", sa.Integer, primary_key=True)
)


class epoch(FunctionElement[float]):  # noqa: N801 - named as SQL functions are
    """The database's own clock, in seconds since the epoch."""

    type: sa.types.TypeEngine[float] = sa.Double()
    inherit_cache = True


@compiles(epoch, "sqlite")
def _sqlite_epoch(_element: object, _compiler: object, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch, "postgresql")
def _postgresql_epoch(_element: object, _compiler: object, **_options: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


def _first(connection: sa.Connection) -> None:
    CANCELLATIONS.create(connection)


MIGRATIONS: Final[tuple[Callable[[sa.Connection], None], ...]] = (_first,)
"""In order; a released one is never changed, and what follows must not rely on tables above."""


class NewerSchemaError(Exception):
    """The database was written by a newer version."""


def migrate(connection: sa.Connection) -> None:
    """Bring the schema up to date.

    Raises:
        NewerSchemaError: the database was written by a newer version of this package.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(4_207_849_484)))
    SCHEMA.create(connection, checkfirst=True)
    version = connection.scalar(sa.select(sa.func.max(SCHEMA.c.version))) or 0
    if version > len(MIGRATIONS):
        raise NewerSchemaError(f"the ledger's schema {version} is newer than this package's")
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        migration(connection)
        connection.execute(SCHEMA.insert().values(version=number))
