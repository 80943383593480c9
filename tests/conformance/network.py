"""Scenarios 1 to 8: what goes wrong between the client and the provider."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial

from attrs import evolve

from countermand.sandbox import faults
from tests.conformance.actors import BASE_POLICY, LATER, SHORT_POLICY
from tests.conformance.cases import RECEIPT, UNKNOWN, Call, Entry
from tests.conformance.casting import Cast
from tests.conformance.documented import Kind, at_once, throttled
from tests.conformance.fixtures import plain
from tests.conformance.orders import order, payment

NOT_SENT = frozenset({"Unreachable"})
PROMPT = 2.0
"""Seconds that a busy machine may take for a call that has nothing to wait for."""
LONG_WAIT = 80.0
"""What is left at least of the longest waits that were asked for."""


def one_fault(
    cast: Cast,
    fault: faults.Fault,
    kind: Kind,
    *,
    executed: bool,
    hasty: bool = False,
    whole: bool = False,
) -> None:
    """The first request meets the fault, and nothing else goes wrong."""
    with cast.stage(policy=SHORT_POLICY if hasty else BASE_POLICY, whole=whole) as stage:
        stage.script(fault)
        stage.cancel(at_once(cast.api, kind, executed=executed))
        stage.finish()


def refused(cast: Cast, *, for_good: bool) -> None:
    """Connections are refused, once or during the whole call; then the call is repeated."""

    def sleep(_seconds: float) -> None:
        cast.fixtures.proxy.accept_again()

    async def async_sleep(seconds: float) -> None:
        sleep(seconds)

    nap = async_sleep if cast.case.flavour == "async" else sleep
    with cast.stage(options={} if for_good else {"sleep": nap}) as stage:
        stage.script(faults.Refuse())
        seen = stage.cancel(NOT_SENT if for_good else RECEIPT)
        if for_good and seen.requests:
            stage.problems.append("connections were refused, and a request arrived")
        stage.proxy.accept_again()
        stage.cancel(RECEIPT, "the same key again")
        stage.finish()


def unreachable(cast: Cast, address: str) -> None:
    """The address leads nowhere: an unknown name, or something that speaks no TLS."""
    url = address.format(port=cast.fixtures.proxy.url.rpartition(":")[2])
    accounts = (plain(cast.fixtures.sandbox.account(cast.api, url)),)
    with cast.stage(accounts=accounts) as stage:
        stage.cancel(NOT_SENT)
        stage.cancel(NOT_SENT, "the same key again")
        if stage.is_open():
            stage.problems.append("surely not sent, and still open")


def dead_connection(cast: Cast, fault: faults.Fault, *, sent: bool) -> None:
    """A connection that served one cancel is dead when the next one wants it."""
    warm = payment(cast.fixtures.sandbox, cast.api, False, {})  # noqa: FBT003
    with cast.stage() as stage:
        stage.script(faults.PASS if sent else fault, fault if sent else faults.PASS)
        stage.actor.do("cancel", order(cast.api, warm, False), key=f"{stage.key}-warm")  # noqa: FBT003
        stage.cancel(at_once(cast.api, "lost", executed=False) if sent else RECEIPT)
        stage.finish()


def busy(cast: Cast, status: int, value: str) -> None:
    """A refusal for load says when to come back, sensibly or not."""
    fits = value not in {"90", "year 9999"}
    unread = at_once(cast.api, "lost", executed=False)
    allowed = throttled(cast.api) if status == 429 else unread
    repeated = fits and allowed == RECEIPT
    if not fits:
        allowed = frozenset({"RateLimited"}) if status == 429 else UNKNOWN
    # Its window never passes here, so that taking it up at once is always too early.
    with cast.stage(policy=evolve(BASE_POLICY, late_arrival_window=LATER)) as stage:
        header = _date(value)
        stage.script(faults.busy(status, header))
        seen = stage.cancel(allowed)
        stage.problems.extend(_waited(seen, value, header, repeated=repeated))
        if not fits and (getattr(stage.last, "retry_after", None) or 0.0) < LONG_WAIT:
            stage.problems.append("how long to wait was not passed on")
        stage.again(unread if status == 503 else RECEIPT)
        stage.finish()


def _waited(seen: Call, value: str, header: str, *, repeated: bool) -> Iterator[str]:
    """What is wrong with how long a call took."""
    if repeated and value == "1":
        if seen.elapsed < 1.0:
            yield f"asked to wait a second, came back after {seen.elapsed:.2f} s"
    elif repeated and value == "date":
        if datetime.now(UTC) < parsedate_to_datetime(header):
            yield "came back before the date"
    elif seen.elapsed > PROMPT:
        yield f"{seen.elapsed:.2f} s, and there was nothing to wait for"


def _date(value: str) -> str:
    now = datetime.now(UTC)
    dates = {
        # With a resolution of a second, so that it is one to two seconds away.
        "date": now + timedelta(seconds=2),
        "past": now - timedelta(hours=1),
        "year 9999": datetime(9999, 12, 31, tzinfo=UTC),
    }
    if value == "year 10000":
        return "Sat, 01 Jan 10000 00:00:00 GMT"
    return format_datetime(dates[value], usegmt=True) if value in dates else value


def entries() -> Iterator[Entry]:
    """Scenarios 1 to 8."""
    lost = partial(partial, one_fault, kind="lost")
    silence = lost(fault=faults.SILENCE_AFTER, executed=True, hasty=True)
    yield Entry(scenario=1, variant="read-timeout", play=silence, quick=True)
    whole = partial(silence, whole=True)
    yield Entry(scenario=1, variant="read-timeout-whole", play=whole)
    reset = lost(fault=faults.RESET_AFTER, executed=True)
    yield Entry(scenario=2, variant="reset", play=reset, quick=True)
    yield Entry(scenario=2, variant="reset-whole", play=partial(reset, whole=True))
    unread = lost(fault=faults.RESET_BEFORE, executed=False)
    yield Entry(scenario=2, variant="reset-before", play=unread, quick=True)
    close = lost(fault=faults.CLOSE_AFTER, executed=True)
    yield Entry(scenario=3, variant="clean-close", play=close, quick=True)
    unread = lost(fault=faults.CLOSE_BEFORE, executed=False)
    yield Entry(scenario=3, variant="clean-close-before", play=unread)
    for size in (9, 40):
        cut = lost(fault=faults.TruncateHead(size), executed=True)
        yield Entry(scenario=4, variant=f"head-{size}", play=cut, quick=size == 9)
    for size in (0, 5):
        yield Entry(
            scenario=4, variant=f"body-{size}", play=partial(cut_body, size=size), quick=True
        )
    for status in (500, 502, 503, 504, 520):
        for executed in (True, False):
            page = lost(fault=faults.error_page(status, executed=executed), executed=executed)
            name = f"{status}-{'after' if executed else 'before'}"
            yield Entry(scenario=5, variant=name, play=page, quick=status == 502)
    yield from _unreachable()
    yield from _busy()


def cut_body(cast: Cast, size: int) -> None:
    """The status is there and the body is not: a 204 has none to lose."""
    pace = cast.api.startswith("pace")
    with cast.stage() as stage:
        stage.script(faults.TruncateBody(size))
        stage.cancel(RECEIPT if pace else at_once(cast.api, "lost", executed=True))
        stage.finish()


def _unreachable() -> Iterator[Entry]:
    for variant, for_good in (("refused-once", False), ("refused", True)):
        play = partial(refused, for_good=for_good)
        yield Entry(scenario=6, variant=variant, play=play, quick=True)
    dns = partial(unreachable, address="http://nowhere.invalid/payments/v1")
    yield Entry(scenario=6, variant="dns", play=dns, quick=True)
    tls = partial(unreachable, address="https://127.0.0.1:{port}/payments/v1")
    yield Entry(scenario=6, variant="tls", play=tls, quick=True)
    idle = partial(dead_connection, fault=faults.CLOSE_IDLE, sent=False)
    yield Entry(scenario=7, variant="closed-while-idle", play=idle, quick=True)
    raced = partial(dead_connection, fault=faults.CLOSE_UNREAD, sent=True)
    yield Entry(scenario=7, variant="closed-while-sending", play=raced, quick=True)


QUICK_WAITS = {"1", "date", "90", "past", "inf"}


def _busy() -> Iterator[Entry]:
    values = ("0", "1", "date", "past", "90", "year 9999", "year 10000", "1e9", "inf", "nonsense")
    for status in (429, 503):
        for value in values:
            play = partial(busy, status=status, value=value)
            name = f"{status}-{value.replace(' ', '-')}"
            yield Entry(scenario=8, variant=name, play=play, quick=value in QUICK_WAITS)
