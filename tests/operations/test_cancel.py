"""`countermand cancel`: what it sends, asks, prints and records, and its exit codes."""

from __future__ import annotations

import json
import os
import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from countermand import Client, unzer
from countermand.sandbox import faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY
from countermand_ops.config import load
from tests.operations.running import run
from tests.support.claims import another
from tests.support.distributions import installer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from countermand.sandbox import FaultProxy, Sandbox

    Configure = Callable[..., Path]

REASON = ("--reason", "charged twice")
THIRD = """
from attrs import evolve, frozen
from countermand import unzer
from countermand.provider import Provider

@frozen
class Cancellation(unzer.Cancellation):
    api = "third_pay"

class Account(unzer.Account):
    @property
    def provider(self):
        return PROVIDER

PROVIDER = evolve(unzer.PROVIDER, api="third_pay", name="Third Pay", cancellation=Cancellation)
"""
INTERRUPTING = """
def token(user):
    raise KeyboardInterrupt
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a distribution that registers a provider."""
    yield from installer(tmp_path, monkeypatch, "countermand.providers", THIRD)


def unzer_order(sandbox: Sandbox, *, amount: str = "10.00", **settings: Any) -> tuple[str, ...]:
    """The arguments of a cancel of a new payment at Unzer."""
    payment = sandbox.create_payment("unzer", amount="100.00", **settings)
    return ("cancel", "unzer", "--payment-id", payment.payment_id, "--amount", amount, *REASON)


def merchant(sandbox: Sandbox, name: str) -> str:
    """The configuration of one more account at the sandbox's Unzer."""
    return (
        f'[accounts.{name}]\nprivate_key = "{UNZER_PRIVATE_KEY}"\n'
        f'base_url = "{sandbox.base_url("unzer")}"'
    )


@pytest.mark.parametrize("api", ["pace_pay", "pace_fueling", "bento", "unzer", "vtex"])
def test_every_provider_is_cancelled_once(api: str, sandbox: Sandbox, configure: Configure) -> None:
    """The same command again returns the receipt, and sends nothing."""
    configure("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
    payment = sandbox.create_payment(api)
    needed = {
        "pace_pay": ("transaction_id",),
        "pace_fueling": ("gas_station_id", "transaction_id"),
        "bento": ("order_id", "transaction_id"),
        "unzer": ("payment_id",),
        "vtex": ("payment_id", "authorization_id"),
    }
    ids = [
        word
        for name in needed[api]
        for word in (f"--{name.replace('_', '-')}", payment.identifiers[name])
    ]
    amount = {"bento": ("--refund-amount", "full"), "unzer": ("--amount", "full")}.get(api, ())
    order = ("cancel", api, *ids, *amount, "--key", f"order-{api}", *REASON)
    first, again = run(*order), run(*order, "--json")
    assert (first.code, first.out.splitlines()[0]) == (0, "Cancelled")
    assert (again.code, again.document["outcome"], again.document["evidence"]) == (
        0,
        "cancelled",
        "ledger",
    )
    assert len(sandbox.executions(api, payment)) == 1


def test_the_receipt_is_printed_whole(sandbox: Sandbox, configure: Configure) -> None:
    """As text, and as the JSON of `Receipt.to_dict`."""
    configure("unzer")
    done = run(*unzer_order(sandbox), "--key", "order-1", "--user", "u-1", "--deadline", "9")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["Cancelled"]
    assert ["key", "order-1"] in lines
    assert ["evidence", "reply"] in lines
    assert ["attempts", "1"] in lines
    assert done.err == ""


def test_each_outcome_has_its_exit_code(
    sandbox: Sandbox, proxy: FaultProxy, configure: Configure
) -> None:
    """Accepted, already cancelled, not cancelled, unknown, conflict, invalid."""
    configure("bento", "unzer", "pace_fueling", proxy=proxy)
    taken = sandbox.create_payment("bento", captured=True)
    ids = ("--order-id", taken.order_id, "--transaction-id", taken.transaction_id)
    refund = ("cancel", "bento", *ids, "--refund-amount", "500", "--key", "order-2", *REASON)
    assert run(*refund).code == 3
    assert run(*refund).out.startswith("Accepted: the provider has not finished it yet")
    conflict = run(*(word if word != "500" else "501" for word in refund))
    assert (conflict.code, conflict.err.startswith("Key conflict: ")) == (7, True)
    missing = ("cancel", "unzer", "--payment-id", "s-pay-none", "--amount", "full", *REASON)
    refused = run(*missing, "--key", "order-3")
    assert (refused.code, refused.out) == (4, "")
    assert refused.err.startswith("Not cancelled: Unzer at http://127.0.0.1:")
    assert run(*missing, "--key", "order-3", "--json").document["error"] == "NotFound"
    fueling = sandbox.create_payment("pace_fueling")
    stop = ("--gas-station-id", fueling.gas_station_id, "--transaction-id", fueling.transaction_id)
    proxy.script(faults.RESET_AFTER)
    lost = run("cancel", "pace-fueling", *stop, "--key", "order-4", *REASON, "--json")
    assert (lost.code, lost.document["error"], lost.document["advice"]) == (
        5,
        "OutcomeUnknown",
        "read",
    )
    assert len(sandbox.executions(payment=fueling)) == 1
    invalid = run("cancel", "unzer", "--payment-id", "..", "--amount", "1", "--key", "k", *REASON)
    assert (invalid.code, invalid.err) == (2, "Invalid: payment_id must not be a dot segment\n")


def test_a_key_that_another_call_holds_is_in_progress(
    sandbox: Sandbox, configure: Configure
) -> None:
    """Nothing is sent."""
    file = configure("unzer")
    order = unzer_order(sandbox)
    with load(file).ledger as ledger:
        account = load(file).accounts["unzer"]
        held = unzer.Cancellation(order[3], amount=Decimal("10.00"))
        with Client(account, ledger=ledger) as client:
            destination = client._accounts.destination(account)
        ledger.claim(another("order-5", held, destination))
        ran = run(*order, "--key", "order-5")
    assert (ran.code, ran.err.startswith("In progress: another call with this key")) == (6, True)


def test_a_ledger_that_cannot_be_used_stops_the_cancel(
    sandbox: Sandbox, configure: Configure, home: Path
) -> None:
    """Before anything is sent."""
    (home / "folder").mkdir()
    configure("unzer", more=f'[ledger]\nurl = "sqlite:///{home / "folder"}"')
    order = unzer_order(sandbox)
    ran = run(*order, "--key", "order-6")
    assert (ran.code, ran.err.startswith("Ledger unavailable: ")) == (8, True)
    assert not sandbox.executions("unzer", sandbox.create_payment("unzer"))


def test_a_journal_that_cannot_be_written_stops_the_cancel(
    sandbox: Sandbox, configure: Configure, home: Path
) -> None:
    """An order without its reason is not carried out."""
    configure("unzer", more=f'[journal]\npath = "{home}"')
    before = len(sandbox.executions())
    ran = run(*unzer_order(sandbox), "--key", "order-7")
    assert (ran.code, ran.err.startswith(f"the journal {home} cannot be written: ")) == (1, True)
    assert len(sandbox.executions()) == before


def test_without_a_terminal_a_key_is_required(sandbox: Sandbox, configure: Configure) -> None:
    """Nobody could note the one that would be made."""
    configure("unzer")
    ran = run(*unzer_order(sandbox), "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert "Invalid value for --key: is required without a terminal" in ran.err


def test_at_a_terminal_it_shows_the_request_and_asks(
    sandbox: Sandbox, configure: Configure
) -> None:
    """Secrets masked, with the key and the command that repeats it; on standard error."""
    file = configure("unzer")
    order = unzer_order(sandbox)
    ran = run(*order, "--json", typed="y\n")
    assert ran.code == 0
    key = ran.document["key"]
    shown = [line.split(maxsplit=1) for line in ran.err.splitlines()]
    assert shown[0] == ["This", "will be sent"]
    assert ["header", "Authorization: [redacted]"] in shown
    assert ["key", key] in shown
    account: Any = load(file).accounts["unzer"]
    assert not any(secret in ran.err for secret in account.secrets(None))
    command = next(line for line in ran.err.splitlines() if "to repeat it" in line)
    repeated = run(*shlex.split(command)[4:], "--yes", "--json")
    assert (repeated.document["key"], repeated.document["evidence"]) == (key, "ledger")


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "yess\n"])
def test_a_no_sends_nothing(typed: str, sandbox: Sandbox, configure: Configure) -> None:
    """Only a yes is a yes; the end of the input is none."""
    configure("unzer")
    before = len(sandbox.executions())
    ran = run(*unzer_order(sandbox), typed=typed)
    assert (ran.code, ran.out) == (10, "")
    assert ran.err.endswith("Nothing was sent\n")
    assert len(sandbox.executions()) == before


def test_yes_asks_nothing_but_tells_a_key_that_was_made(
    sandbox: Sandbox, configure: Configure
) -> None:
    """Before it sends, so that the command can be repeated whatever happens."""
    configure("unzer")
    ran = run(*unzer_order(sandbox), "--yes", "--json", typed="")
    assert (ran.code, ran.err.splitlines()[0]) == (0, "To repeat it")
    assert f"--key {ran.document['key']}" in ran.err


def test_a_dry_run_sends_and_records_nothing(sandbox: Sandbox, configure: Configure) -> None:
    """It shows the request and what the ledger knows of the payment; without a key, too."""
    file = configure("unzer")
    order = unzer_order(sandbox)
    assert run(*order, "--key", "order-8").code == 0
    before = len(sandbox.requests())
    ran = run(*order, "--dry-run", "--json")
    assert (ran.code, ran.document["dry_run"]) == (0, True)
    assert ran.document["known"] == [{"key": "order-8", "state": "CANCELLED"}]
    request = ran.document["request"]
    assert request["method"] == "POST"
    assert json.loads(request["body"])["amount"] == "10.00"
    assert ["Authorization", "[redacted]"] in request["headers"]
    text = run(*order, "--dry-run", typed="").out
    assert "CANCELLED under the key order-8" in text
    assert len(sandbox.requests()) == before
    assert run("show", ran.document["key"]).code == 2
    assert len(load(file).journal.read_text().splitlines()) == 1


def test_the_command_to_repeat_it_names_every_option(
    sandbox: Sandbox, configure: Configure
) -> None:
    """Quoted for a shell, also where a value looks like an option."""
    file = configure("unzer")
    more = ("--by", "-x", "--user", "u 1", "--account", "unzer", "--deadline", "5", "--wait")
    order = unzer_order(sandbox)
    ran = run(*order, "--key", "k", *more, "--config", file, "--dry-run", "--json")
    words = shlex.split(ran.document["command"])
    assert words == [
        "countermand", *order[:6], "--key", "k", *REASON, "--by=-x", "--user", "u 1",
        "--account", "unzer", "--deadline", "5.0", "--wait", "--config", str(file),
    ]  # fmt: skip
    again = run(*words[1:], "--dry-run", "--json")
    assert again.document["command"] == ran.document["command"]


@pytest.mark.parametrize("deadline", ["nan", "0", "-1", "1e3", "soon"])
def test_a_deadline_is_a_span(sandbox: Sandbox, configure: Configure, deadline: str) -> None:
    """Also in a dry run, whose command would be refused."""
    configure("unzer")
    ran = run(*unzer_order(sandbox), "--key", "k", f"--deadline={deadline}", "--dry-run")
    assert (ran.code, "--deadline" in ran.err) == (2, True)


def test_the_reason_is_recorded_with_the_login_name(
    sandbox: Sandbox, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is sent, and shown with the key; another name may be given."""
    monkeypatch.setattr(os, "getlogin", lambda: "grace")
    configure("unzer")
    order = unzer_order(sandbox)
    assert run(*order, "--key", "order-9").code == 0
    assert run(*order, "--key", "order-9", "--by", "joan").code == 0
    orders = run("show", "order-9", "--json").document["orders"]
    assert [(each["by"], each["reason"]) for each in orders] == [
        ("grace", "charged twice"),
        ("joan", "charged twice"),
    ]
    assert orders[0]["cancellation"]["payment_id"] == order[3]


def test_without_a_login_name_one_has_to_be_given(
    sandbox: Sandbox, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container may have none: then nothing is sent without it."""

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(os, "getlogin", nobody)
    configure("unzer")
    order = (*unzer_order(sandbox), "--key", "order-10")
    assert run(*order).code == 0
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    ran = run(*order)
    assert (ran.code, "the login name is not known here; pass --by" in ran.err) == (2, True)


def test_the_account_is_the_only_one_or_the_one_that_is_named(
    sandbox: Sandbox, configure: Configure
) -> None:
    """No guess between merchants."""
    configure("unzer", more=merchant(sandbox, "shop") + '\nprovider = "unzer"')
    order = (*unzer_order(sandbox), "--key", "order-11")
    several = run(*order)
    assert several.code == 2
    assert "unzer has several accounts; name one of shop, unzer" in several.err
    assert "'shp' is no account of unzer; name one of" in run(*order, "--account", "shp").err
    assert run(*order, "--account", "shop").code == 0
    configure("bento")
    assert "no account of unzer is configured; add [accounts.unzer]" in run(*order).err


def test_an_interruption_tells_what_became_of_the_cancel(
    sandbox: Sandbox, configure: Configure, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """130, and its cause: nothing was sent, or it may be cancelled."""
    (home / "interrupting.py").write_text(INTERRUPTING)
    monkeypatch.syspath_prepend(home)
    url = sandbox.base_url("pace_pay")
    token = 'token = {import = "interrupting:token"}'
    configure(more=f'[accounts.pace-pay]\n{token}\nbase_url = "{url}"')
    payment = sandbox.create_payment("pace_pay")
    order = (
        "cancel",
        "pace-pay",
        "--transaction-id",
        payment.transaction_id,
        "--key",
        "k",
        *REASON,
    )
    ran = run(*order)
    assert (ran.code, ran.err.startswith("Interrupted: ")) == (130, True)
    assert "was not sent" in ran.err or "nothing was sent" in ran.err
    as_json = run(*order, "--json").document
    assert as_json["error"] == "KeyboardInterrupt"
    assert as_json["cause"]["key"] == "k"


def test_a_registered_provider_has_a_command_as_the_five(
    install: Callable[..., None], sandbox: Sandbox, configure: Configure
) -> None:
    """Its options come from its class; its account from the configuration."""
    install("third-pay", "third_pay = third_party:PROVIDER")
    configure(more=merchant(sandbox, "third_pay"))
    listed = run("cancel", "--help")
    assert "third-pay" in listed.out
    order = ("cancel", "third-pay", *unzer_order(sandbox)[2:])
    ran = run(*order, "--key", "order-12", "--dry-run", "--json")
    assert (ran.code, "/payments/" in ran.document["request"]["url"]) == (0, True)


def test_a_broken_registration_stops_its_own_command_alone(
    install: Callable[..., None], sandbox: Sandbox, configure: Configure
) -> None:
    """The others work, and the help is printed."""
    install("third-pay", "third_pay = third_party:NOTHING")
    configure("unzer")
    assert "registration is broken" in run("cancel", "--help").out
    ran = run("cancel", "third-pay")
    assert (ran.code, "third-pay registers 'third_pay'" in ran.err) == (2, True)
    assert run(*unzer_order(sandbox), "--key", "order-13").code == 0


def test_an_unknown_provider_is_a_usage_error() -> None:
    """As is a missing option."""
    assert run("cancel", "unzr").code == 2
    assert run("cancel", "unzer").code == 2


def test_a_bento_amount_is_never_rounded(sandbox: Sandbox, configure: Configure) -> None:
    """1.5 is no number of cents."""
    configure("bento")
    ids = ("--order-id", "o", "--transaction-id", "t")
    ran = run("cancel", "bento", *ids, "--refund-amount", "1.5", "--key", "k", *REASON)
    assert (ran.code, "'1.5' must be a whole number such as 1000 or full" in ran.err) == (2, True)
    assert not sandbox.executions("bento", sandbox.create_payment("bento"))
