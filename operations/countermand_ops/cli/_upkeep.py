"""Commands that look after the ledger: reconcile, purge."""

import time
from typing import Annotated

import attrs
import typer

from countermand import Client, LedgerUnavailable
from countermand_ops.cli._durations import to_seconds
from countermand_ops.cli._options import Config, Json
from countermand_ops.cli._output import Output
from countermand_ops.cli._running import command, configured, report
from countermand_ops.cli._signals import Terminated
from countermand_ops.cli._terminal import ask, can_ask
from countermand_ops.exit_codes import ExitCode, of_result


@command
def reconcile(
    *,
    every: Annotated[
        float | None,
        typer.Option(parser=to_seconds, metavar="SPAN", help="Repeat, after this pause: 60s, 5m."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Make at most N looks in a round.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Look at every open cancel whose next look is due.

    Any number of workers may run at once. "countermand unresolved" lists the open cancels.

    The exit code is 0 after a round with any result, and 8 if the ledger is unavailable. With
    --every, SIGTERM ends the command with 0.

    The command calls no on_outcome. A program gets the changes of its own rounds only.
    """
    output = Output(as_json)
    with configured(config) as configuration, configuration.client() as client:
        if every is None:
            return _round(client, limit, output)
        try:
            while True:
                _round(client, limit, output)
                time.sleep(every)
        except Terminated:
            return ExitCode.CANCELLED


@command
def purge(
    *,
    older_than: Annotated[
        float,
        typer.Option(
            parser=to_seconds,
            metavar="SPAN",
            show_default=False,
            help="The time since a key ended: 90d, 12w. At least two days.",
        ),
    ],
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Delete finished keys: a call with one of them sends again."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for --forget.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Reduce old finished keys to their results, and delete old free keys.

    A finished key still returns its result. Open keys stay, unless they only wait for a login.
    """
    output = Output(as_json)
    if forget and not yes:
        if not can_ask():
            raise typer.BadParameter("--forget needs --yes without a terminal", param_hint="--yes")
        if not ask("A call with a deleted key sends again. Delete finished keys?"):
            output.note("Nothing was purged")
            return ExitCode.DENIED
    with configured(config) as configuration:
        try:
            count = configuration.ledger.purge(older_than=older_than, forget=forget)
        except ValueError as refused:
            raise typer.BadParameter(str(refused), param_hint="--older-than") from None
    output.result({"purged": count}, f"Purged: {count}")
    return ExitCode.CANCELLED


def _round(client: Client, limit: int | None, output: Output) -> ExitCode:
    try:
        done = client.reconcile(limit=limit)
    except LedgerUnavailable as unavailable:
        report(output, unavailable)
        return of_result(unavailable)
    document = attrs.asdict(done)
    numbers = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in document.items())
    output.result(document, numbers)
    return ExitCode.CANCELLED
