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
        typer.Option(
            parser=to_seconds, metavar="SPAN", help="Go on, with this pause between two rounds: 60."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Make at most N looks in a round.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Look at every open cancel whose next look is due.

    Any number of workers may run at once. The exit code is 0 if the round was made, whatever it
    found, and 8 if the ledger is unavailable. "countermand unresolved" shows what is open. With
    --every, SIGTERM ends it with 0.

    It calls no on_outcome: a program gets the changes of its own rounds.
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
            help="Age of the end of a key: 90d, 12w. At least two days.",
        ),
    ],
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="Delete finished keys altogether: the same key will send again."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for --forget.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Strip old finished keys to their result, and delete old free ones.

    A finished key still returns its result afterwards. What is open or accepted stays.
    """
    output = Output(as_json)
    if forget and not yes:
        if not can_ask():
            raise typer.BadParameter("--forget needs --yes without a terminal", param_hint="--yes")
        if not ask("Forgotten keys will send again when they are used. Forget them?"):
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
