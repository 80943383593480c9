"""`countermand check`: whether accounts and ledger can be used."""

from typing import Annotated, Any

import attrs
import typer

from countermand import Client
from countermand.ledger import Ledger
from countermand.provider import Account
from countermand_ops.cli._options import Config, Json
from countermand_ops.cli._output import Output, shown
from countermand_ops.cli._probes import AccountCheck, check_from_error, check_from_reply, probe_of
from countermand_ops.cli._running import command, configured
from countermand_ops.exit_codes import ExitCode

COLUMNS = ("account", "provider", "server", "reachable", "TLS", "credentials", "message")


@command
def check(
    *,
    user: Annotated[
        str | None, typer.Option(help="The user whose token is checked, by your name (PACE).")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Check each account and the ledger, and change nothing.

    Each account gets one request: a read of a payment that does not exist, or a GET of the server
    URL if the provider has no read. It shows whether the server is reachable, whether its
    certificate is valid, and whether it accepts the credentials.

    The exit code is 0 without a fault, 8 if the ledger is unavailable, else 1.
    """
    output = Output(as_json)
    with configured(config) as configuration:
        once = attrs.evolve(configuration.policy, attempts=1)
        with configuration.client(policy=once, ledger=None) as client:
            checks = [
                check_account(client, name, account, user)
                for name, account in configuration.accounts.items()
            ]
        output.rows(COLUMNS, ((each, _cells(each)) for each in checks))
        if not checks:
            output.note("No account is configured")
        _use(configuration.ledger)
    output.note("The ledger can be used")
    return ExitCode.CANCELLED if checks and all(each.ok for each in checks) else ExitCode.FAILED


def check_account(client: Client, name: str, account: Account, user: str | None) -> AccountCheck:
    """Check one account by one request."""
    probe = probe_of(account)
    try:
        reply = client.execute(probe.call, user=user, account=account)
    except Exception as error:  # noqa: BLE001 - a token function may raise anything
        return check_from_error(name, account, probe, error)
    return check_from_reply(name, account, probe, reply.status)


def _use(ledger: Ledger) -> None:
    """Read the ledger. Raises `LedgerUnavailable`."""
    next(ledger.unresolved(), None)


def _cells(each: AccountCheck) -> tuple[Any, ...]:
    values = attrs.asdict(each)
    del values["ok"]
    flags = {True: "yes", False: "no"}
    return tuple(
        flags[value] if isinstance(value, bool) else shown(value) for value in values.values()
    )
