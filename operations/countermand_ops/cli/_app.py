"""The commands in one application, and how it is run."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from countermand_ops.cli._bulk import app as bulk
from countermand_ops.cli._cancel_group import EPILOG, ProviderGroup
from countermand_ops.cli._check import check
from countermand_ops.cli._keys import resolve, resume, show, unresolved
from countermand_ops.cli._sandbox import sandbox
from countermand_ops.cli._signals import termination_interrupts
from countermand_ops.cli._specs import show_specs
from countermand_ops.cli._terminal import prepare_streams
from countermand_ops.cli._upkeep import purge, reconcile
from countermand_ops.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

MONEY = "Cancel"
LEDGER = "Look after the ledger"
OTHERS = "Set up and try"


class RootGroup(TyperGroup):
    """All commands, `cancel` first."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of the help."""
        names = super().list_commands(ctx)
        return ["cancel", *(name for name in names if name != "cancel")]


app = typer.Typer(
    name="countermand",
    cls=RootGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog=EPILOG,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(version("countermand"))
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Cancel payments: once, never twice, and with proof.

    Accounts come from countermand.toml or from variables such as COUNTERMAND_UNZER_PRIVATE_KEY;
    every cancel is recorded in the ledger. To try it: countermand sandbox.
    """


app.add_typer(
    typer.Typer(cls=ProviderGroup, no_args_is_help=True),
    name="cancel",
    help="Cancel one payment at a provider.",
    rich_help_panel=MONEY,
)
app.add_typer(bulk, name="bulk", help="Cancel many payments from a file.", rich_help_panel=MONEY)
app.command(rich_help_panel=MONEY)(resume)
app.command(rich_help_panel=MONEY)(show)
app.command(rich_help_panel=MONEY)(unresolved)
app.command(rich_help_panel=MONEY)(resolve)
app.command(rich_help_panel=LEDGER)(reconcile)
app.command(rich_help_panel=LEDGER)(purge)
app.command(rich_help_panel=OTHERS)(check)
app.command(rich_help_panel=OTHERS)(sandbox)
app.command("specs", rich_help_panel=OTHERS)(show_specs)


def run(arguments: Sequence[str] | None) -> int:
    """Run the application; return its exit code."""
    program = typer.main.get_command(app)
    code: object = None
    prepare_streams()
    try:
        with termination_interrupts():
            program.main(args=arguments, prog_name="countermand")
    except SystemExit as ended:
        code = ended.code
    return code if isinstance(code, int) else ExitCode.FAILED
