"""`countermand sandbox`: the five providers on this host, with a configuration for them."""

import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import attrs
import typer

from countermand.provider import load_provider
from countermand_ops._fields import field_options
from countermand_ops.cli._options import Json
from countermand_ops.cli._output import Output
from countermand_ops.cli._preview import repeat_command
from countermand_ops.cli._running import command
from countermand_ops.exit_codes import ExitCode

REASON = "a try"


@command
def sandbox(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes any free one.")
    ] = 8010,
    as_json: Json = False,
) -> ExitCode:
    """Simulate the five providers on this host, each with a payment to cancel.

    It prints the path of its configuration, and commands to try in another terminal. Ctrl-C stops
    it, and deletes payments, ledger and configuration. It needs the extra sandbox.
    """
    return serve(port, Output(as_json), threading.Event().wait)


def serve(port: int, output: Output, stay: Callable[[], object]) -> ExitCode:
    """Serve until `stay` returns or is interrupted.

    Raises:
        ModuleNotFoundError: the extra `sandbox` is not installed.
        OSError: the port is taken.
    """
    from countermand.sandbox import Sandbox  # noqa: PLC0415 - an extra
    from countermand.sandbox.simulators import simulators  # noqa: PLC0415

    with TemporaryDirectory(prefix="countermand-sandbox-") as folder, Sandbox(port=port) as running:
        apis = [*simulators()]
        file = Path(folder) / "countermand.toml"
        accounts = {api: running.account(api) for api in apis}
        file.touch(mode=0o600)
        file.write_text(configuration_text(Path(folder), accounts), encoding="utf-8")
        commands = [
            _command(api, running.create_payment(api).identifiers, file, number)
            for number, api in enumerate(apis, 1)
        ]
        document = {"url": running.url, "config": str(file), "commands": commands}
        facts = (("configuration", file), *(("try", each) for each in commands))
        output.result(document, f"The sandbox listens on {running.url}; Ctrl-C stops it", facts)
        try:
            stay()
        except KeyboardInterrupt:
            output.note("Stopped")
    return ExitCode.CANCELLED


def configuration_text(folder: Path, accounts: dict[str, Any]) -> str:
    """A countermand.toml for the accounts of a sandbox."""
    lines = [
        "[ledger]",
        f'url = "sqlite:///{folder / "ledger.db"}"',
        "[journal]",
        f'path = "{folder / "journal.jsonl"}"',
    ]
    for api, account in accounts.items():
        lines.append(f"[accounts.{api}]")
        values = attrs.asdict(account, recurse=False)
        lines += [f'{name} = "{value}"' for name, value in values.items() if isinstance(value, str)]
    return "\n".join(["[http]", "trust_env = false", *lines, ""])


def _command(api: str, identifiers: dict[str, str], file: Path, number: int) -> str:
    options: dict[str, Any] = {}
    for each in field_options(load_provider(api).cancellation, ()):
        if each.required:
            options[each.option] = identifiers.get(each.name, "full")
    others = {"--key": f"order-{number}", "--reason": REASON, "--config": file}
    return repeat_command(api.replace("_", "-"), {**options, **others})
