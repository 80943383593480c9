"""The ledger: a durable record of cancels, shared by every process that opens the same database.

Needs `countermand[ledger]` (SQLAlchemy), and for PostgreSQL a driver such as psycopg. SQLite serves
one host; PostgreSQL serves many. The code is the same.
"""

from countermand.ledger._store import Ledger, Unresolved

__all__ = ["Ledger", "Unresolved"]

for _public in (Ledger, Unresolved):
    # Callers import them from here, so representations and pickles name this module.
    _public.__module__ = __name__
