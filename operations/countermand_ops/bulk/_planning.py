"""From a file to a plan: check every row, read the payments, ask the ledger, write."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from countermand.errors import CountermandError, InvalidCancellation, RateLimited
from countermand.ledger import State
from countermand_ops._tokens import token_failure
from countermand_ops.bulk._duplicates import Duplicates
from countermand_ops.bulk._errors import BulkError, Fault
from countermand_ops.bulk._looks import NOT_READ, Look, Status, is_answered, look_at
from countermand_ops.bulk._money import Money, requested_amount
from countermand_ops.bulk._plan import PlanWriter, check_plan, replacing
from countermand_ops.bulk._rows import RowError, RowReader
from countermand_ops.bulk._throttle import Throttle, read_rates
from countermand_ops.config import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from countermand import AsyncClient, Ledger
    from countermand.attempts import RawResponse
    from countermand.ledger import KeyRecord
    from countermand.provider import Account, Call
    from countermand_ops.bulk._plan import Plan
    from countermand_ops.bulk._rows import Accounts, Row
    from countermand_ops.bulk._source import RawRow, Source

KEY_DIGITS: Final = 32
MAX_READS: Final = 5
"""Reads of one payment that a provider may answer with "too many requests"."""
BEST_FIRST: Final = (
    State.CANCELLED,
    State.ACCEPTED,
    State.MAYBE_EXECUTED,
    State.CLAIMED,
    State.REFUSED,
    State.FREE,
)


@define
class Checker:
    """Reads a file row by row, and collects its faults.

    Args:
        source: The file.
        reader: Makes rows of it.
        on_fault: Called with each fault.
        on_row: Called with the number of rows that were checked.
    """

    source: Source
    reader: RowReader
    on_fault: Callable[[Fault], object]
    on_row: Callable[[int], object] = lambda _: None
    faults: int = 0
    rows: int = 0

    def check(self, ledger: Ledger) -> None:
        """Read the whole file once.

        Raises:
            BulkError: its columns are wrong, or it has no row.
            LedgerUnavailable: the ledger cannot be read.
        """
        if self.source.format == "csv":
            try:
                self.reader.check_columns(self.source.columns)
            except BulkError as wrong:
                raise BulkError(f"{self.source.file}, line 1: {wrong}") from None
        with Duplicates() as seen:

            def check_key(raw: RawRow) -> None:
                # Of a row that is wrong, too: all faults are told at once.
                self._note(raw.line, seen.key(raw.texts.get("key"), raw.line))

            for row in self.iterate(self._fault, check_key):
                self.rows += 1
                self.on_row(self.rows)
                place = self.reader.accounts.destination(row.account)
                self._note(row.line, seen.payment(row, place))
                self._note(row.line, _key_conflict(ledger, row))
        if not self.rows and not self.faults:
            raise BulkError(f"{self.source.file} has no rows")

    def iterate(
        self,
        on_fault: Callable[[Fault], object],
        on_raw: Callable[[RawRow], object] = lambda _: None,
    ) -> Iterator[Row]:
        """The rows that are right. `on_raw` gets each row before that is known."""
        numbers = count(1)
        for raw in self.source.rows():
            if isinstance(raw, Fault):
                on_fault(raw)
                continue
            on_raw(raw)
            try:
                yield self.reader.read(next(numbers), raw)
            except RowError as wrong:
                for message in wrong.args:
                    on_fault(Fault(raw.line, message))

    def _note(self, line: int, message: str | None) -> None:
        if message is not None:
            self._fault(Fault(line, message))

    def _fault(self, fault: Fault) -> None:
        self.faults += 1
        self.on_fault(fault)


def _key_conflict(ledger: Ledger, row: Row) -> str | None:
    """Why the row's own key cannot be used, if the ledger knows it."""
    if row.key is None:
        return None
    try:
        known = ledger.show(row.key)
    except InvalidCancellation:
        return None
    other = known.cancellation
    if other is not None and other.fingerprint != row.cancellation.fingerprint:
        return f"the key {row.key!r} stands for another cancel in the ledger; use a new one"
    return None


@define(eq=False)
class PaymentReader:
    """Reads payments, each provider as fast as it permits."""

    client: AsyncClient
    accounts: Accounts
    throttles: dict[str, Throttle]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def look(self, row: Row) -> Look:
        """Read the payment of a row."""
        account = self.accounts.get(row.account)
        reads = look_at(account.provider, row.cancellation)
        if reads is None:
            return NOT_READ
        problem: str | None = None
        try:
            call = next(reads)
            while True:
                reply, problem = await self._fetch(call, account, row.user)
                call = reads.send(reply)
        except StopIteration as finished:
            look: Look = finished.value
        if look.status is Status.UNREADABLE and look.message is None:
            return Look(look.status, problem or "the answer does not show it", look.left)
        return look

    async def _fetch(
        self, call: Call[Any], account: Account, user: str | None
    ) -> tuple[RawResponse | None, str | None]:
        """The API's own reply; None, and why, if there is none."""
        api = call.operation.api
        try:
            reached = account
            if api != account.provider.api:
                reached = self.accounts.get(self.accounts.name(api, None))
        except ConfigurationError as missing:
            return None, str(missing)
        problem = ""
        for _ in range(MAX_READS):
            throttle = self.throttles.setdefault(api, Throttle())
            await self.sleep(throttle.delay(self.clock()))
            try:
                return (await self.client.execute(call, user=user, account=reached)).raw, None
            except RateLimited as refused:
                throttle.refused(self.clock(), refused.retry_after)
                problem = refused.message
            except CountermandError as error:
                return error.raw if is_answered(error.raw, call) else None, error.message
            except (Exception, SystemExit) as error:
                failed = token_failure(error)
                if failed is None:
                    raise
                return None, str(failed)
        return None, problem


@frozen(kw_only=True)
class Wanted:
    """How a plan is to be made.

    Attributes:
        file: Where it is written.
        read: Whether payments are read.
        concurrency: How many at a time.
        rates: As `read_rates` takes them.
    """

    file: Path
    read: bool = True
    concurrency: int = 50
    rates: tuple[str, ...] = ()


@define(eq=False)
class Planner:
    """Writes the plan of a file that was checked."""

    checker: Checker
    ledger: Ledger
    wanted: Wanted
    on_row: Callable[[int], object] = field(default=lambda _: None)
    """Called with the number of rows that are written."""

    async def write(self, client: AsyncClient) -> Plan:
        """Read the payments, and write the plan.

        Raises:
            BulkError: the file has changed.
            OSError: the plan cannot be written.
            LedgerUnavailable: the ledger cannot be read.
        """
        source, accounts = self.checker.source, self.checker.reader.accounts
        names = accounts.configuration.accounts
        apis = [each.provider.api for each in names.values()]
        limits = read_rates(self.wanted.rates, apis)
        throttles = {api: Throttle(limit) for api, limit in limits.items()}
        reader = PaymentReader(client, accounts, throttles)
        with replacing(self.wanted.file) as file:
            plan = PlanWriter(file)
            places = {
                name: {"api": each.provider.api, "destination": accounts.destination(name)}
                for name, each in names.items()
            }
            plan.begin(source, self.ledger.identity(), places)
            await self._add_rows(plan, reader)
            plan.end()
            if _hash(source.file) != source.sha256:
                raise BulkError(f"{source.file} has changed meanwhile; plan anew")
        return check_plan(self.wanted.file)

    async def _add_rows(self, plan: PlanWriter, reader: PaymentReader) -> None:
        """Write the rows in their order, while the next ones are read."""
        waiting: deque[tuple[Row, asyncio.Task[Look]]] = deque()
        try:
            for row in self.checker.iterate(_changed):
                waiting.append((row, asyncio.create_task(self._look(reader, row))))
                if len(waiting) >= self.wanted.concurrency:
                    await self._add(plan, *waiting.popleft())
            while waiting:
                await self._add(plan, *waiting.popleft())
        finally:
            for _, task in waiting:
                task.cancel()

    async def _look(self, reader: PaymentReader, row: Row) -> Look:
        return await reader.look(row) if self.wanted.read else NOT_READ

    async def _add(self, plan: PlanWriter, row: Row, task: asyncio.Task[Look]) -> None:
        look = await task
        destination = self.checker.reader.accounts.destination(row.account)
        known = [
            each
            for each in self.ledger.find_by_payment(row.cancellation)
            if each.destination == destination
        ]
        key = row.key or _same_key(known, row) or _made_key(row, destination)
        state = min((each.state for each in known), key=BEST_FIRST.index, default=None)
        plan.add(row, key, look, _money(row, look), None if state is None else state.value)
        self.on_row(row.number)


def _same_key(known: list[KeyRecord], row: Row) -> str | None:
    """The key under which the ledger knows the same cancel: it must not be made twice."""
    same = [
        each
        for each in known
        if each.cancellation is not None
        and each.cancellation.fingerprint == row.cancellation.fingerprint
    ]
    best = min(same, key=lambda each: BEST_FIRST.index(each.state), default=None)
    return None if best is None else best.key


def _made_key(row: Row, destination: str) -> str:
    """The key of a row without one: the same cancel has the same key in every file and plan."""
    parts = (destination, row.cancellation.fingerprint)
    return f"bulk-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:KEY_DIGITS]}"


def _money(row: Row, look: Look) -> Money:
    """What the cancel would take back, as far as row and read say it."""
    currency = look.left.currency or row.payment.currency
    amount = requested_amount(row.cancellation, currency)
    if amount is None:
        amount = look.left.amount if look.left.amount is not None else row.payment.amount
    return Money(currency, amount).tidy()


def _changed(fault: Fault) -> None:
    raise BulkError(f"line {fault.line} has changed meanwhile; plan anew")


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
