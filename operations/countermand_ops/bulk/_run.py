"""A plan is carried out: a lane for each provider, and what comes of each row is kept."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from countermand import events
from countermand.errors import (
    CancellationInProgress,
    InvalidCancellation,
    LedgerUnavailable,
    RateLimited,
)
from countermand.receipt import Evidence
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._lane import Lane, Stop
from countermand_ops.bulk._looks import is_answered
from countermand_ops.bulk._results import from_result, with_record
from countermand_ops.bulk._throttle import Throttle, read_rates
from countermand_ops.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from countermand import AsyncClient
    from countermand.batch import CancelResult
    from countermand_ops.bulk._meter import Meter
    from countermand_ops.bulk._plan import Plan, PlanRow
    from countermand_ops.bulk._progress import Progress
    from countermand_ops.bulk._results import RowResult
    from countermand_ops.bulk._rows import Accounts

FOREIGN_ANSWERS: Final = 20
"""Answers in a row that are not the API's, after which a run stops."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
"""Seconds before a row is tried again; the pauses double."""
MAX_TRIES: Final = 10
"""Calls for one row that a provider may answer with "too many requests"."""
INTERRUPTED: Final = "interrupted"


@frozen(kw_only=True)
class Orders:
    """How a plan is to be carried out.

    Attributes:
        by: Who has ordered it.
        reason: Why.
        concurrency: Calls at a time, for each provider.
        rates: As `read_rates` takes them.
        max_failures: Rows that may fail before the run stops; None for no limit.
        wait: Seconds for which a row is waited for that another call holds.
    """

    by: str
    reason: str
    concurrency: int = 50
    rates: tuple[str, ...] = ()
    max_failures: int | None = None
    wait: float = 120.0


@define(eq=False, kw_only=True)
class Run:
    """One run of a plan."""

    plan: Plan
    orders: Orders
    accounts: Accounts
    progress: Progress
    meter: Meter
    stop: Stop
    clock: Callable[[], float] = time.monotonic
    _throttles: dict[str, Throttle] = field(factory=dict[str, Throttle])
    _foreign: dict[str, int] = field(factory=dict[str, int])
    _refused: dict[int, str] = field(factory=dict[int, str])
    """By call the provider that has just asked it to wait."""

    def __attrs_post_init__(self) -> None:
        limits = read_rates(self.orders.rates, self.plan.apis)
        self._throttles = {api: Throttle(limit) for api, limit in limits.items()}

    def check_accounts(self) -> None:
        """Refuse a plan whose accounts are not those of the configuration.

        Raises:
            BulkError: one is missing, or is at another server or merchant.
        """
        configured = self.accounts.configuration.accounts
        for name, place in self.plan.accounts.items():
            if name not in configured:
                raise BulkError(f"the plan needs the account {name}; add [accounts.{name}]")
            found = self.accounts.destination(name)
            if found != place["destination"]:
                raise BulkError(
                    f"the plan was made for {name} at {place['destination']}, and that is now at "
                    f"{found}; plan anew"
                )

    def on_event(self, event: events.Event) -> None:
        """Count retries, and slow down where a provider asks for it."""
        match event:
            case events.AttemptEnded() | events.ReadEnded():
                self.meter.retries += event.resend_count > 0
                if event.status == 429:  # noqa: PLR2004 - an HTTP status
                    self._throttle(event.provider).refused(self.clock())
                    self._refused[event.call] = event.provider
            case events.WaitStarted(reason=events.WaitReason.RETRY, at_most=seconds):
                if (api := self._refused.pop(event.call, None)) is not None:
                    self._throttle(api).refused(self.clock(), seconds)
            case events.CallEnded():
                self._refused.pop(event.call, None)
            case _:
                pass

    async def carry_out(self, client: AsyncClient) -> None:
        """Cancel every row that has no end.

        Raises:
            JournalUnavailable: the orders cannot be recorded.
        """
        lanes = [asyncio.create_task(self._drive(client, api)) for api in self.plan.apis]
        try:
            done, _ = await asyncio.wait(lanes, return_when=asyncio.FIRST_EXCEPTION)
            if any(each.exception() for each in done):
                self.stop.set("a fault")
                await asyncio.wait(lanes)
        except asyncio.CancelledError:
            for each in lanes:
                each.cancel()
            # They record what is known, whatever happens meanwhile.
            while not all(each.done() for each in lanes):
                with suppress(asyncio.CancelledError):
                    await asyncio.wait(lanes)
            raise
        for each in lanes:
            each.result()

    async def _drive(self, client: AsyncClient, api: str) -> None:
        lane = Lane(
            rows=self._open_rows(api),
            account=self.accounts.get,
            record=self._record,
            throttle=self._throttle(api),
            stop=self.stop,
            clock=self.clock,
        )
        results = client.cancel_many(lane.requests(), concurrency=self.orders.concurrency)
        async with aclosing(results):
            async for result in results:
                await self._take(client, lane, result)

    def _open_rows(self, api: str) -> Iterator[PlanRow]:
        for row in self.plan.lines():
            if row.cancellation.api == api and not self.progress.is_final(row.number):
                yield row

    async def _record(self, rows: list[PlanRow]) -> None:
        journal = Journal(self.accounts.configuration.journal)
        cancellations = [(row.key, row.cancellation.to_dict()) for row in rows]
        await asyncio.to_thread(
            journal.record_all,
            cancellations,
            command="bulk apply",
            by=self.orders.by,
            reason=self.orders.reason,
        )

    async def _take(self, client: AsyncClient, lane: Lane, result: CancelResult) -> None:
        """Keep what came of a call, or see to it that its row is tried again."""
        row = lane.ended(result.request.key)
        tries, waited = lane.tries(row)
        match result.error:
            case LedgerUnavailable():
                self.stop.set(f"the ledger is unavailable: {result.error.message}")
            case CancellationInProgress() if waited < self.orders.wait and not self.stop.is_set:
                lane.again(row, _pause(tries))
                return
            case RateLimited() as refused if tries < MAX_TRIES and not self.stop.is_set:
                lane.throttle.refused(self.clock(), refused.retry_after)
                lane.again(row, refused.retry_after or _pause(tries))
                return
            case _:
                pass
        lane.forget(row)
        known = await _known(client, from_result(result), row.key)
        self.progress.add(row.number, known, row.money)
        self.meter.add(known, row.money)
        self._judge(row, result)

    def _judge(self, row: PlanRow, result: CancelResult) -> None:
        """Stop where going on does no good."""
        most = self.orders.max_failures
        if most is not None and self.meter.failures >= most:
            self.stop.set(f"{self.meter.failures} rows have failed")
        api, raw = row.cancellation.api, None if result.error is None else result.error.raw
        if result.receipt is not None:
            self._foreign[api] = 0
        elif raw is not None and not isinstance(result.error, RateLimited):
            account = self.accounts.get(row.account)
            call = account.provider.build_request(row.cancellation, row.key)
            foreign = 0 if is_answered(raw, call) else self._foreign.get(api, 0) + 1
            self._foreign[api] = foreign
            if foreign >= FOREIGN_ANSWERS:
                self.stop.set(
                    f"the last {foreign} answers at {raw.url or account.endpoint} are not those "
                    f"of {account.provider.name}; check base_url"
                )

    def _throttle(self, api: str) -> Throttle:
        return self._throttles.setdefault(api, Throttle())


def _pause(tries: int) -> float:
    """Seconds before a row is tried again that was tried again so often before."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries, 10))


async def _known(client: AsyncClient, result: RowResult, key: str) -> RowResult:
    """The result, with the ledger's facts where the call itself has sent nothing."""
    if result.attempts and result.evidence != Evidence.LEDGER:
        return result
    try:
        return with_record(result, await client.show(key))
    except (InvalidCancellation, LedgerUnavailable):
        # It was refused before it was recorded.
        return result
