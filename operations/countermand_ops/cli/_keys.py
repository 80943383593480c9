"""Commands about keys of the ledger: show, unresolved, resume, resolve."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from countermand import Client, CountermandError, LedgerUnavailable
from countermand.ledger import Event, KeyRecord, State, Unresolved
from countermand_ops.cli._cancel import print_receipt
from countermand_ops.cli._login import login_name
from countermand_ops.cli._options import Config, Json, Key, to_api
from countermand_ops.cli._output import Facts, Output, shown, to_document
from countermand_ops.cli._running import command, configured, report
from countermand_ops.exit_codes import ExitCode, of_open_keys, of_result, of_state
from countermand_ops.journal import Journal, Order

COLUMNS = ("key", "provider", "payment", "state", "waits for", "since", "next look", "reason")
StateOption = Annotated[
    State | None, typer.Option("--state", case_sensitive=False, help="Only keys in this state.")
]
ProviderOption = Annotated[
    str | None, typer.Option("--provider", metavar="NAME", help="Only keys of this provider.")
]


@command
def show(key: Key, *, config: Config = None, as_json: Json = False) -> ExitCode:
    """Show the record of a key: state, orders from the journal, attempts, looks, resolutions.

    The exit code tells the state: 0 cancelled, 3 accepted, 4 not cancelled, 5 unknown,
    6 in progress; 2 if the ledger has no such key.
    """
    output = Output(as_json)
    with configured(config) as configuration:
        record = configuration.ledger.show(key)
        orders = Journal(configuration.journal).orders(key)
    leased = record.leased_until
    code = of_state(record.state, in_progress=leased is not None and leased > datetime.now(UTC))
    document = {**to_document(record), "orders": to_document(orders)}
    output.result(document, f"{record.key}: {record.state}", _facts(record, orders), code)
    return code


@command
def unresolved(
    *,
    state: StateOption = None,
    provider: ProviderOption = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """List the open cancels, which have not ended, oldest first.

    The exit code is 0 if there is none, 3 if the providers have accepted all of them, else 5.
    """
    states = set[State]()

    def rows(found: Iterator[Unresolved]) -> Iterator[tuple[object, tuple[object, ...]]]:
        for each in found:
            states.add(each.state)
            yield each, _cells(each)

    with configured(config) as configuration:
        api = None if provider is None else to_api(provider)
        found = configuration.ledger.unresolved(state=state, provider=api)
        Output(as_json).rows(COLUMNS, rows(found))
    return of_open_keys(states)


@command
def resume(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="The idempotency key.", show_default=False)
    ] = None,
    *,
    all_keys: Annotated[bool, typer.Option("--all", help="Finish all open cancels.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait while another call works on this key.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Finish a cancel that a crash, a deadline or a lost answer left open.

    It reads the payment, and sends the cancel again only where that does no harm. The exit code is
    that of cancel; with --all that of a later "countermand unresolved".
    """
    if (key is None) != all_keys:
        raise typer.BadParameter("give one key, or --all", param_hint="KEY")
    output = Output(as_json)
    with configured(config) as configuration, configuration.client() as client:
        if key is not None:
            receipt = client.resume(key, wait=wait)
            print_receipt(output, receipt)
            return of_result(receipt)
        ledger = configuration.ledger
        for each in [each.key for each in ledger.unresolved()]:
            _resume_one(client, each, output, wait=wait)
        return of_open_keys(each.state for each in ledger.unresolved())


@command
def resolve(
    key: Key,
    *,
    cancelled: Annotated[
        bool,
        typer.Option(
            "--cancelled/--not-cancelled",
            help="The finding. --not-cancelled permits another request; where a repeat may do "
            "harm, only if the late-arrival window is over.",
            show_default=False,
        ),
    ],
    reason: Annotated[str, typer.Option(help="The source of the finding.")],
    by: Annotated[
        str | None, typer.Option(help="The person who found out. Default: the login name.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="The provider's id of the cancel, if known.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> ExitCode:
    """Record what a person found out about an open cancel.

    After --cancelled, later calls with the key return a receipt and send nothing.
    """
    with configured(config) as configuration:
        name = by or login_name()
        configuration.ledger.resolve(
            key, cancelled=cancelled, by=name, reason=reason, reference=reference
        )
    said = "cancelled" if cancelled else "not cancelled"
    document = {"key": key, "resolution": said, "by": name, "reason": reason}
    facts = (("by", name), ("reason", reason), ("reference", reference))
    output = Output(as_json)
    output.result({**document, "reference": reference}, f"{key}: recorded as {said}", facts)
    return ExitCode.CANCELLED


def _resume_one(client: Client, key: str, output: Output, *, wait: bool) -> None:
    """Resume a key, and print what came of it.

    Raises:
        LedgerUnavailable: no other key can be resumed either.
    """
    try:
        receipt = client.resume(key, wait=wait)
    except LedgerUnavailable:
        raise
    except CountermandError as error:
        report(output, error)
    else:
        print_receipt(output, receipt)


def _cells(each: Unresolved) -> tuple[object, ...]:
    payment = "/".join(each.cancellation.payment_key)
    facts = (each.key, each.cancellation.api, payment, each.state, each.waiting_for)
    return (*facts, each.created, each.next_look, each.reason)


def _facts(record: KeyRecord, orders: tuple[Order, ...]) -> Facts:
    cancellation = record.cancellation
    return (
        ("provider", cancellation.api if cancellation else None),
        ("payment", "/".join(cancellation.payment_key) if cancellation else "purged"),
        ("cancellation", _fields_text(record)),
        ("user", record.user),
        ("destination", record.destination),
        ("waits for", record.waiting_for),
        ("reference", record.reference),
        ("created", record.created),
        ("closed", record.closed),
        ("next look", record.next_look),
        *(("ordered", f"{each.at} by {each.by}: {each.reason}") for each in orders),
        *((each.what, _event_text(each)) for each in record.events),
    )


def _fields_text(record: KeyRecord) -> str:
    cancellation = record.cancellation
    fields: dict[str, Any] = {} if cancellation is None else to_document(cancellation)
    given = {name: value for name, value in fields.items() if name != "api" and value is not None}
    return ", ".join(f"{name}={value}" for name, value in given.items())


def _event_text(event: Event) -> str:
    document = to_document(event)
    at, facts = shown(event.at), ("found", "by", "message", "requests", "reference")
    return " ".join([at, *(f"{name}={document[name]}" for name in facts if document[name])])
