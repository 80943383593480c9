"""`countermand bulk`: plan and apply, for many cancels from a file."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGINT, SIGTERM, getsignal, signal
from typing import Annotated, Any

import typer

from countermand_ops.bulk._errors import BulkError, Fault
from countermand_ops.bulk._lane import Stop
from countermand_ops.bulk._meter import Meter
from countermand_ops.bulk._money import read_limits, require_within
from countermand_ops.bulk._plan import Plan, open_plan, require_replaceable, require_unaltered
from countermand_ops.bulk._planning import Checker, Planner, Wanted
from countermand_ops.bulk._progress import Progress, progress_file
from countermand_ops.bulk._report import write_report
from countermand_ops.bulk._rows import Accounts, RowReader
from countermand_ops.bulk._run import INTERRUPTED, Orders, Run
from countermand_ops.bulk._source import open_source
from countermand_ops.cli._bulk_display import BAR_EVERY, Display
from countermand_ops.cli._login import login_name
from countermand_ops.cli._options import Config, Json, to_api
from countermand_ops.cli._output import Output, shown
from countermand_ops.cli._running import command, configured
from countermand_ops.cli._terminal import ask, can_ask
from countermand_ops.config import Configuration
from countermand_ops.exit_codes import ExitCode, worst

COLUMNS = ("provider", "currency", "status", "rows", "amount")
TRIED = 4096
"""Bytes that a report needs at least."""
LEASE_RESERVE = 10.0
"""Seconds beside lease and deadline for which a row in progress is waited for."""

Concurrency = Annotated[int, typer.Option(min=1, max=500, help="Calls at a time, per provider.")]
Rates = Annotated[
    list[str] | None,
    typer.Option(
        "--rate",
        metavar="N|PROVIDER=N",
        help="Maximum of starts per second: 50, or unzer=50. After a 429 the rate falls by itself.",
    ),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


@app.command("plan")
@command
def plan_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or JSON Lines.", show_default=False)
    ],
    *,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", metavar="PLAN", help="The file of the plan. Default: FILE.plan.jsonl."
        ),
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="The provider of rows that name no provider.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Copy this column to the report only."),
    ] = None,
    read: Annotated[
        bool, typer.Option("--read/--no-read", help="Read each payment whose provider has a read.")
    ] = True,
    concurrency: Concurrency = 50,
    rate: Rates = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Check a file of payments, read them, and write a plan. Nothing is cancelled.

    If the file has faults, each is reported with its line, and no plan is written (exit code 2).

    Required columns: provider, and the fields of its cancel (payment_id, amount, ...).
    Optional columns: key, account, user, currency, payment_amount. docs/bulk.md describes them.
    """
    output = Output(as_json)
    with configured(config) as configuration:
        api = None if provider is None else to_api(provider)
        reader = RowReader(Accounts(configuration), api, frozenset(ignore or ()))
        source = open_source(file)
        checker = Checker(source, reader, lambda fault: _print_fault(output, file, fault))
        with Display(output, lambda _: f"{checker.rows:,} rows checked") as display:
            checker.on_row = display.show
            checker.check(configuration.ledger)
        if checker.faults:
            raise BulkError(f"{file} has {checker.faults} faults; no plan was written")
        place = plan or file.with_suffix(".plan.jsonl")
        if place.resolve() == file.resolve():
            raise BulkError(f"{file} holds the payments; name another file with --plan")
        wanted = Wanted(file=place, read=read, concurrency=concurrency, rates=tuple(rate or ()))
        made = asyncio.run(_plan(configuration, checker, wanted, output))
    _print_plan(output, made)
    return ExitCode.CANCELLED


@app.command("apply")
@command
def apply_plan(
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="A plan of bulk plan.", show_default=False)
    ],
    *,
    reason: Annotated[str, typer.Option(help="The reason, for the journal.")],
    by: Annotated[
        str | None,
        typer.Option(help="The person who orders the cancels. Default: the login name."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    concurrency: Concurrency = 50,
    rate: Rates = None,
    max_failures: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Stop after N rows that are neither cancelled nor accepted."
        ),
    ] = None,
    max_amount: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EUR:10000",
            help="Refuse a plan with a higher sum, or with a row without amount or currency.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The file of the report. Default: beside PLAN."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Cancel the payments of a plan, and write a report in the form of the payments' file.

    After Ctrl-C, and after a crash, the same command goes on. It also tries open rows again, and
    rows that were refused for a reason that may pass. The exit code is that of the worst row.
    """
    output = Output(as_json)
    with configured(config) as configuration, open_plan(plan) as found:
        _require_fitting(found, configuration, max_amount)
        orders = Orders(
            by=by or login_name(),
            reason=reason,
            # More calls than permitted requests would wait within their deadlines.
            concurrency=min(concurrency, configuration.policy.concurrency),
            rates=tuple(rate or ()),
            max_failures=max_failures,
            wait=configuration.ledger.lease + configuration.policy.deadline + LEASE_RESERVE,
        )
        place = _report_place(found, report)
        with Progress(progress_file(found), found.sha256, time.monotonic) as progress:
            run = _run(configuration, found, orders, progress)
            if can_ask() and not yes:
                _print_counts(found)
                if not ask(f"Cancel {found.rows - run.meter.earlier:,} payments?"):
                    output.note("Nothing was sent")
                    return ExitCode.DENIED
                require_unaltered(found)
            asyncio.run(_apply(configuration, run, output))
            if run.stop.reason == INTERRUPTED:
                output.note(run.meter.describe(time.monotonic()))
                raise KeyboardInterrupt
            unwritten = _write_report(found, progress, place)
    code = _print_end(output, run, place)
    if unwritten is not None:
        output.note(unwritten)
        return worst((code, ExitCode.FAILED))
    return code


def _require_fitting(plan: Plan, configuration: Configuration, limits: list[str] | None) -> None:
    """Refuse a plan for another ledger, or beyond the limits. Raises `BulkError`."""
    if plan.ledger != configuration.ledger.identity():
        raise BulkError(f"{plan.file} was made for another ledger; set ledger.url, or plan anew")
    require_within(read_limits(limits or ()), plan.total, plan.unknown)


def _run(configuration: Configuration, plan: Plan, orders: Orders, progress: Progress) -> Run:
    run = Run(
        plan=plan,
        orders=orders,
        accounts=Accounts(configuration),
        progress=progress,
        meter=Meter(plan.rows),
        stop=Stop(),
    )
    run.check_accounts()
    for result, money in progress.final():
        run.meter.add(result, money, earlier=True)
    return run


async def _plan(
    configuration: Configuration, checker: Checker, wanted: Wanted, output: Output
) -> Plan:
    total = checker.rows

    def describe(done: int) -> str:
        return f"{done:,} of {total:,} payments read"

    done = 0
    with Display(output, lambda _: describe(done), total) as display:

        def on_row(number: int) -> None:
            nonlocal done
            done = number
            display.show(number, last=number == total)

        async with configuration.async_client(ledger=None) as client:
            return await Planner(checker, configuration.ledger, wanted, on_row).write(client)


async def _apply(configuration: Configuration, run: Run, output: Output) -> None:
    meter = run.meter
    async with configuration.async_client(on_event=run.on_event) as client:
        with Display(output, meter.describe, meter.total) as display:
            work = asyncio.create_task(run.carry_out(client))
            with _signals(run.stop, work, display):
                while not work.done():
                    await asyncio.wait([work], timeout=BAR_EVERY)
                    display.show(meter.done, last=work.done())
            with suppress(asyncio.CancelledError):
                await work


@contextmanager
def _signals(stop: Stop, work: "asyncio.Task[None]", display: Display) -> Generator[None]:
    """The first Ctrl-C or SIGTERM lets running cancels finish, the second cuts them off."""

    def on_signal() -> None:
        if stop.reason == INTERRUPTED:
            work.cancel()
        else:
            stop.reason = INTERRUPTED
            stop.event.set()
            display.note("Stopping: running cancels finish first; Ctrl-C cuts them off")

    loop, before = asyncio.get_running_loop(), dict[int, Any]()
    # An event loop on Windows has no signal handlers; there Ctrl-C cuts off what runs.
    with suppress(NotImplementedError):
        for each in (SIGINT, SIGTERM):
            earlier = getsignal(each)
            loop.add_signal_handler(each, on_signal)
            before[each] = earlier
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal(number, handler)


def _print_fault(output: Output, file: Path, fault: Fault) -> None:
    if output.as_json:
        document = {"file": str(file), "line": fault.line, "message": fault.message}
        output.result(document, "")
    else:
        sys.stderr.write(f"{file}, line {fault.line}: {shown(fault.message)}\n")


def _print_plan(output: Output, plan: Plan) -> None:
    document = {
        "plan": str(plan.file),
        "rows": plan.rows,
        "sums": plan.sums,
        "counts": plan.counts,
    }
    if output.as_json:
        output.result(document, "")
        return
    output.rows(COLUMNS, ((each, _cells(each)) for each in plan.counts))
    output.note(f"{plan.rows:,} rows are planned: {plan.file}")


def _print_counts(plan: Plan) -> None:
    for each in plan.counts:
        sys.stderr.write("  ".join(shown(cell) for cell in _cells(each)) + "\n")


def _cells(count: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(count[name] for name in COLUMNS)


def _print_end(output: Output, run: Run, report: Path) -> ExitCode:
    code = run.meter.code
    document = {
        **run.meter.to_dict(),
        "stopped": run.stop.reason,
        "report": str(report),
    }
    facts = (
        ("stopped", run.stop.reason),
        *run.meter.errors.items(),
        ("report", report),
    )
    output.result(document, run.meter.describe(time.monotonic()), facts, code)
    return code


def _report_place(plan: Plan, wanted: Path | None) -> Path:
    """Where the report is written. Raises `BulkError` if that is not possible."""
    name = Path(str(plan.source["name"]))
    place = wanted or plan.file.with_name(f"{name.stem}.report{name.suffix}")
    try:
        require_replaceable(place)
        # As the report is written: a new file, which replaces an older one.
        with tempfile.TemporaryFile(dir=place.parent) as tried:
            tried.write(bytes(TRIED))
    except OSError:
        raise BulkError(f"{place} cannot be written; name another file with --report") from None
    taken = (plan.file, progress_file(plan), plan.file.with_name(name.name))
    if place.resolve() in {each.resolve() for each in taken}:
        raise BulkError(f"{place} is needed as it is; name another file with --report")
    return place


def _write_report(plan: Plan, progress: Progress, place: Path) -> str | None:
    """Write the report; say where the results are if that is not possible."""
    try:
        write_report(plan, progress, place)
    except OSError as failed:
        return (
            f"{failed}; the results are in the ledger and in {progress_file(plan)}: the same "
            "command writes the report, and cancels nothing again"
        )
    return None
