"""PostgreSQL connections that drop: the transaction is repeated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event, exc

from countermand import unzer
from countermand._core.commands import AlreadyFinished, KeyHistory, Rejected
from countermand.errors import LedgerUnavailable
from countermand.ledger import Ledger
from tests.support.claims import claimant, receipt
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.transports import Recorder, call

CANCEL = unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))
both = pytest.mark.parametrize("flavour", FLAVOURS)


class Cutter:
    """Ends PostgreSQL connections from outside, at chosen statements of a ledger."""

    def __init__(self, url: sa.URL, *places: int) -> None:
        self.ledger = Ledger(url.render_as_string(hide_password=False))
        self.ledger.claim(claimant("warm"))
        self.ledger.record_outcome(claimant("warm"), receipt("warm"))
        self.count, self.cut = 0, 0
        self._places = places
        self._other = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        event.listen(self.ledger._database.engine, "before_cursor_execute", self._statement)

    def _statement(self, connection: sa.Connection, *_: object) -> None:
        self.count += 1
        if not self._places or self.count in self._places:
            self.end(connection)

    def end(self, connection: sa.Connection) -> None:
        """End this connection, and wait until it has ended."""
        raw: Any = connection.connection.dbapi_connection
        self.cut += 1
        with self._other.connect() as admin:
            admin.exec_driver_sql(f"SELECT pg_terminate_backend({raw.info.backend_pid}, 5000)")

    def close(self) -> None:
        """Leave nothing open."""
        event.remove(self.ledger._database.engine, "before_cursor_execute", self._statement)
        self.ledger.close()
        self._other.dispose()


@pytest.mark.parametrize("place", range(1, 20))
def test_a_connection_that_drops_at_any_statement_is_replaced(
    postgresql: sa.URL, place: int
) -> None:
    """Claim, record_attempt and record_outcome are repeated, with the effect of one run."""
    cutter = Cutter(postgresql, place)
    ledger = cutter.ledger
    who = claimant(payment_lock="a" * 64)
    assert ledger.claim(who) == KeyHistory()
    assert ledger.record_attempt(who, 1) is None
    ledger.record_outcome(who, receipt())
    assert isinstance(ledger.claim(who), AlreadyFinished)
    assert ledger.find("order-42").attempts == 1
    assert (cutter.cut, cutter.count >= 19) == (1, True)
    cutter.close()


@both
def test_a_server_that_ends_every_connection_stops_the_cancel(
    postgresql: sa.URL, flavour: Flavour
) -> None:
    """Tries are counted; then nothing is sent."""
    cutter = Cutter(postgresql)
    provider = Recorder()
    known = call(flavour, cutter.ledger, "cancel", CANCEL, key="order-42", transport=provider)
    assert isinstance(known, LedgerUnavailable)
    assert cutter.cut == 3
    assert provider.sent == []
    cutter.close()


@pytest.mark.parametrize("operation", ["claim", "record_attempt", "record_outcome"])
def test_a_commit_whose_confirmation_is_lost_is_recognised(
    postgresql: sa.URL, operation: str
) -> None:
    """The transaction runs again and finds its own changes."""
    engine = sa.create_engine(postgresql)
    ledger, who, armed = Ledger(engine), claimant(payment_lock="a" * 64), []
    ledger.claim(claimant("warm"))

    def commit(connection: sa.Connection) -> None:
        for _ in range(len(armed)):
            armed.clear()
            raw: Any = connection.connection.dbapi_connection
            raw.commit()
            gone = psycopg.OperationalError("server closed the connection unexpectedly")
            raise exc.OperationalError("COMMIT", {}, gone, connection_invalidated=True)

    event.listen(engine, "commit", commit)
    for name, arguments in (
        ("claim", ()),
        ("record_attempt", (1,)),
        ("record_outcome", (receipt(),)),
    ):
        armed.extend([1] if name == operation else [])
        answer = getattr(ledger, name)(who, *arguments)
        assert not isinstance(answer, Rejected)
        assert armed == []
    assert isinstance(ledger.claim(who), AlreadyFinished)
    assert ledger.find("order-42").attempts == 1
    engine.dispose()
