"""`countermand specs`: the OpenAPI documents of the five providers."""

import sys
from typing import Annotated

import typer

from countermand import specs
from countermand.provider._provider import MODULES
from countermand_ops.cli._options import Json
from countermand_ops.cli._output import Output
from countermand_ops.cli._running import command
from countermand_ops.exit_codes import ExitCode


@command
def show_specs(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The document to print.", show_default=False),
    ] = None,
    *,
    as_json: Json = False,
) -> ExitCode:
    """List the OpenAPI documents, or print one: countermand specs unzer.

    With --json a document is printed as JSON, which needs the extra sandbox.
    """
    output = Output(as_json)
    if name is None:
        places = {api.replace("_", "-"): str(specs.path(api)) for api in sorted(MODULES)}
        rows = (({"name": each, "path": place}, (each, place)) for each, place in places.items())
        output.rows(("name", "path"), rows)
        return ExitCode.CANCELLED
    try:
        place = specs.path(name)
    except LookupError as unknown:
        raise typer.BadParameter(str(unknown), param_hint="NAME") from None
    if as_json:
        output.result(specs.load(name), "")
    else:
        sys.stdout.write(place.read_text(encoding="utf-8"))
        sys.stdout.flush()
    return ExitCode.CANCELLED
