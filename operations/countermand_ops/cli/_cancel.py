"""`countermand cancel`: one order, shown, confirmed, recorded and carried out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import typer
from attrs import field, frozen

from countermand_ops._fields import FieldError, build_cancellation
from countermand_ops.cli._login import login_name
from countermand_ops.cli._output import to_document
from countermand_ops.cli._preview import preview, repeat_command
from countermand_ops.cli._running import configured
from countermand_ops.cli._terminal import ask, can_ask
from countermand_ops.exit_codes import ExitCode, of_result
from countermand_ops.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from countermand import Receipt
    from countermand.ledger import KeyRecord
    from countermand.provider import Account, BaseCancellation
    from countermand_ops._fields import FieldOption
    from countermand_ops.cli._output import Facts, Output
    from countermand_ops.cli._preview import RequestPreview
    from countermand_ops.config import Configuration

QUESTION: Final = "Send it?"
TITLES: Final = {
    "cancelled": "Cancelled",
    "accepted": "Accepted: the provider has not finished it yet",
    "already cancelled": "Already cancelled",
}


@frozen(kw_only=True)
class CancelOptions:
    """The options of a cancel that do not belong to its provider."""

    key: str | None
    reason: str
    by: str | None
    user: str | None
    account: str | None
    deadline: float | None
    wait: bool
    yes: bool
    dry_run: bool
    config: Path | None


@frozen
class Order:
    """A cancel that was ordered: everything but the configuration is known.

    Attributes:
        provider: The provider's name on the command line.
        api: The name of its API.
        cancellation: What to cancel.
        key: The idempotency key.
        options: The other options.
        texts: The options of the cancellation as they were given.
    """

    provider: str
    api: str
    cancellation: BaseCancellation
    key: str
    options: CancelOptions
    texts: Mapping[str, str | None] = field(repr=False)

    @property
    def command(self) -> str:
        """The command that repeats this order: the same key stands for the same cancel."""
        options = self.options
        others: dict[str, Any] = {
            "--key": self.key,
            "--reason": options.reason,
            "--by": options.by,
            "--user": options.user,
            "--account": options.account,
            "--deadline": options.deadline,
            "--wait": options.wait,
            "--config": options.config,
        }
        return repeat_command(self.provider, {**self.texts, **others})


def make_order(
    provider: str,
    kind: type[BaseCancellation],
    fields: tuple[FieldOption, ...],
    texts: Mapping[str, str | None],
    options: CancelOptions,
) -> Order:
    """Make an order of what was given on the command line.

    Raises:
        typer.BadParameter: a value has the wrong form, or the key is missing where nobody can note
            the one that would be made.
        InvalidCancellation: the provider's class refuses a value.
    """
    try:
        cancellation = build_cancellation(kind, fields, texts)
    except FieldError as wrong:
        raise typer.BadParameter(str(wrong), param_hint=wrong.option) from None
    if options.key is None and not options.dry_run and not can_ask():
        raise typer.BadParameter(
            "is required without a terminal; name the intent, such as an order number",
            param_hint="--key",
        )
    key = secrets.token_hex(16) if options.key is None else options.key
    shown = {each.option: texts.get(each.name) for each in fields}
    return Order(provider, kind.api, cancellation, key, options, shown)


def carry_out(order: Order, output: Output) -> ExitCode:
    """Show an order, ask, record it and cancel.

    Raises:
        CountermandError: as `Client.cancel`.
        ConfigurationError: there is no account for it, or several.
        JournalUnavailable: the order was not recorded; nothing was sent.
    """
    options = order.options
    with configured(options.config) as configuration:
        account = configuration.account(order.api, options.account)
        asks = can_ask() and not options.yes
        if asks or options.dry_run:
            request = preview(account, order.cancellation, order.key)
            known = configuration.ledger.find_by_payment(order.cancellation)
            if options.dry_run:
                _show_dry_run(output, order, request, known)
                return ExitCode.CANCELLED
            output.note("This will be sent", _order_facts(order, request, known))
            if not ask(QUESTION):
                output.note("Nothing was sent")
                return ExitCode.DENIED
        elif options.key is None:
            output.note("To repeat it", (("command", order.command),))
        _record(configuration, order)
        receipt = _cancel(configuration, account, order)
        print_receipt(output, receipt)
        return of_result(receipt)


def print_receipt(output: Output, receipt: Receipt) -> None:
    """Print a receipt."""
    document = receipt.to_dict()
    names = ("key", "reference", "amount", "evidence", "earlier_references")
    facts = tuple((name.replace("_", " "), document[name]) for name in names)
    attempts = (("attempts", len(receipt.attempts)),)
    output.result(document, TITLES[receipt.outcome.value], facts + attempts, of_result(receipt))


def _record(configuration: Configuration, order: Order) -> None:
    Journal(configuration.journal).record(
        order.key,
        command="cancel",
        by=order.options.by or login_name(),
        reason=order.options.reason,
        cancellation=order.cancellation.to_dict(),
    )


def _cancel(configuration: Configuration, account: Account, order: Order) -> Receipt:
    options = order.options
    with configuration.client() as client:
        return client.cancel(
            order.cancellation,
            key=order.key,
            user=options.user,
            account=account,
            deadline=options.deadline,
            wait=options.wait,
        )


def _show_dry_run(
    output: Output, order: Order, request: RequestPreview, known: tuple[KeyRecord, ...]
) -> None:
    document = {
        "dry_run": True,
        "key": order.key,
        "command": order.command,
        "request": to_document(request),
        "known": [{"key": each.key, "state": each.state} for each in known],
    }
    output.result(document, "This would be sent", _order_facts(order, request, known))


def _order_facts(order: Order, request: RequestPreview, known: tuple[KeyRecord, ...]) -> Facts:
    return (
        ("request", f"{request.method} {request.url}"),
        *(("header", f"{name}: {value}") for name, value in request.headers),
        ("body", request.body),
        ("key", order.key),
        ("reason", order.options.reason),
        *(("in the ledger", f"{each.state} under the key {each.key}") for each in known),
        ("to repeat it", order.command),
    )
