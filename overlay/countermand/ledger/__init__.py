"""The ledger: a durable key store in SQLite (one host) or PostgreSQL (many hosts).

Every process that opens the same database shares its keys. Before a request is sent, its attempt is
recorded, so a crash cannot hide it. While one call has the lease on a key, no other call works with
that key or on that payment. A key with a final result returns that result and sends nothing. A key
without an end is listed by `unresolved` until a look, a call or a person ends it.

SQLite needs nothing else; PostgreSQL needs `countermand[postgresql]`.
"""

from countermand.ledger._reconciliation import Change, Reconciliation
from countermand.ledger._states import State
from countermand.ledger._store import Event, KeyRecord, Ledger, Unresolved, UnresolvedCount

__all__ = [
    "Change",
    "Event",
    "KeyRecord",
    "Ledger",
    "Reconciliation",
    "State",
    "Unresolved",
    "UnresolvedCount",
]

for _public in (
    Change,
    Event,
    Ledger,
    Reconciliation,
    State,
    KeyRecord,
    Unresolved,
    UnresolvedCount,
):
    # Representations and pickles name the public module.
    _public.__module__ = __name__
