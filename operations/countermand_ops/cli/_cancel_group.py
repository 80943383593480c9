"""The commands `countermand cancel PROVIDER`, one for each provider, made when it is named."""

import inspect
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from countermand.provider import Provider, ProviderError, load_provider
from countermand_ops._fields import FieldOption, field_options
from countermand_ops._providers import known_providers
from countermand_ops.cli._cancel import CancelOptions, carry_out, make_order
from countermand_ops.cli._durations import to_seconds
from countermand_ops.cli._options import Config, Json
from countermand_ops.cli._output import Output
from countermand_ops.cli._preview import repeat_command
from countermand_ops.cli._running import command
from countermand_ops.exit_codes import ExitCode

PAYMENT = "What to cancel"
OTHERS = "How to cancel"
RESERVED = (
    "--account", "--by", "--config", "--deadline", "--dry-run", "--help", "--json", "--key",
    "--reason", "--user", "--wait", "--yes",
)  # fmt: skip
EPILOG = (
    "Exit codes: 0 cancelled or already cancelled, 3 accepted, 4 not cancelled, 5 unknown, "
    "6 in progress, 7 key conflict, 8 ledger unavailable, 2 invalid, 10 you answered no, "
    "130 interrupted, 1 anything else."
)


class ProviderGroup(TyperGroup):
    """The group `cancel`: a provider is loaded when its command is used or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The providers' names on the command line."""
        del ctx
        return [api.replace("_", "-") for api in known_providers()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a provider; None if there is no such provider."""
        name = cmd_name.replace("_", "-")
        if name not in self.list_commands(ctx):
            return None
        (api,) = (each for each in known_providers() if each.replace("_", "-") == name)
        try:
            function, title = _cancel_function(name, load_provider(api))
        except ProviderError as broken:
            function, title = _broken_function(broken)
        made = typer.Typer(add_completion=False, rich_markup_mode="rich")
        made.command(name, help=title, epilog=EPILOG)(function)
        return typer.main.get_command(made)


def common_options(
    *,
    reason: Annotated[
        str, typer.Option(help="The reason, for the journal.", rich_help_panel=OTHERS)
    ],
    key: Annotated[
        str | None,
        typer.Option(
            help="Your name for this intent, such as an order number: one key stands for one "
            "cancel. Required without a terminal; at a terminal one is made if it is left out.",
            rich_help_panel=OTHERS,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="The person who orders the cancel. Default: the login name.",
            rich_help_panel=OTHERS,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="Your name for the user, for token functions (PACE).", rich_help_panel=OTHERS
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The account, if the provider has several.",
            rich_help_panel=OTHERS,
        ),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            parser=to_seconds,
            metavar="SPAN",
            help="The time for the whole call, with its waits: 45s, 2m.",
            rich_help_panel=OTHERS,
        ),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait while another call works on this key.", rich_help_panel=OTHERS
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask.", rich_help_panel=OTHERS)
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show the request, and send nothing.",
            rich_help_panel=OTHERS,
        ),
    ] = False,
    config: Config = None,
) -> CancelOptions:
    """The options of each provider's command."""
    return CancelOptions(
        key=key,
        reason=reason,
        by=by,
        user=user,
        account=account,
        deadline=deadline,
        wait=wait,
        yes=yes,
        dry_run=dry_run,
        config=config,
    )


def _cancel_function(name: str, provider: Provider[Any]) -> tuple[Any, str]:
    """The function of a provider's command, with the signature that Typer reads, and its title."""
    fields = field_options(provider.cancellation, RESERVED)

    def cancel(*, as_json: bool, **values: Any) -> ExitCode:
        texts = {each.name: values.pop(_parameter(each)) for each in fields}
        options = common_options(**values)
        order = make_order(name, provider.cancellation, fields, texts, options)
        return carry_out(order, Output(as_json))

    parameters = [
        *(_as_parameter(each) for each in fields),
        *inspect.signature(common_options).parameters.values(),
        inspect.Parameter(
            "as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json
        ),
    ]
    run: Any = command(cancel)
    run.__signature__ = inspect.Signature(parameters)
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    first_line = inspect.cleandoc(provider.cancellation.__doc__ or "").partition("\n")[0]
    title = f"{provider.name}: {first_line}".rstrip(": ")
    return run, f"{title}\n\nExample: {_example(name, fields)}"


def _example(name: str, fields: tuple[FieldOption, ...]) -> str:
    """A command line with every option that is required."""
    needed = {each.option: each.metavar.partition("|")[0] for each in fields if each.required}
    return repeat_command(name, {**needed, "--key": "order-42", "--reason": "charged twice"})


def _broken_function(broken: ProviderError) -> tuple[Any, str]:
    """A command that says why a registered provider cannot be used."""

    @command
    def cancel() -> ExitCode:
        raise broken

    return cancel, "This provider's registration is broken."


def _parameter(field: FieldOption) -> str:
    # A field may have the name of another option.
    return f"field_{field.name}"


def _as_parameter(field: FieldOption) -> inspect.Parameter:
    option = typer.Option(
        field.option,
        help=field.help,
        metavar=field.metavar,
        rich_help_panel=PAYMENT,
        show_default=False,
    )
    required = {} if field.required else {"default": None}
    annotation: Any = Annotated[str if field.required else str | None, option]
    return inspect.Parameter(
        _parameter(field), inspect.Parameter.KEYWORD_ONLY, annotation=annotation, **required
    )
