"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from countermand_ops._providers import known_providers

Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON on standard output; a list has one document per line."),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration file. Default: the one that COUNTERMAND_CONFIG names, or "
        "countermand.toml in your configuration folder (XDG).",
    ),
]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The idempotency key.", show_default=False)]


def to_api(name: str) -> str:
    """The API that a provider's name on the command line means: pace-pay is pace_pay.

    Raises:
        typer.BadParameter: there is no such provider.
    """
    known = {api.replace("_", "-"): api for api in known_providers()}
    found = known.get(name.replace("_", "-"))
    if found is None:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(known)}")
    return found
