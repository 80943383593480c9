"""`countermand show`, `unresolved`, `resume` and `resolve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from countermand import Client, unzer
from countermand.sandbox import faults
from countermand_ops.config import load
from tests.operations.running import run
from tests.support.claims import another, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand.sandbox import BentoPayment, FaultProxy, PacePayment, Sandbox

    Configure = Callable[..., Path]

REASON = ("--reason", "a test")
LOST = "order-lost"
TAKEN = "order-taken"


def lose(sandbox: Sandbox, proxy: FaultProxy, key: str = LOST) -> PacePayment:
    """Cancel at PACE Fueling, without an account at PACE Pay, and lose the answer."""
    payment = sandbox.create_payment("pace_fueling")
    ids = ("--gas-station-id", payment.gas_station_id, "--transaction-id", payment.transaction_id)
    proxy.script(faults.RESET_AFTER)
    assert run("cancel", "pace-fueling", *ids, "--key", key, *REASON).code == 5
    return payment


def accept(sandbox: Sandbox, key: str = TAKEN) -> BentoPayment:
    """Cancel at Bento, which takes its time."""
    payment = sandbox.create_payment("bento", captured=True)
    ids = ("--order-id", payment.order_id, "--transaction-id", payment.transaction_id)
    ran = run("cancel", "bento", *ids, "--refund-amount", "full", "--key", key, *REASON)
    assert ran.code == 3
    return payment


def age(file: Path) -> None:
    """Let every look be due, long after the last attempt."""
    with load(file).ledger as ledger:
        run_sql(
            ledger,
            "UPDATE countermand_cancellations SET next_look = 1",
        )


def test_a_key_is_shown_with_its_whole_story(
    sandbox: Sandbox, proxy: FaultProxy, configure: Configure
) -> None:
    """The exit code is that of its state."""
    configure("pace_fueling", "bento", proxy=proxy)
    lose(sandbox, proxy)
    accept(sandbox)
    lost, taken = run("show", LOST), run("show", TAKEN, "--json")
    assert (lost.code, lost.out.splitlines()[0]) == (5, f"{LOST}: MAYBE_EXECUTED")
    lines = [line.split(maxsplit=1) for line in lost.out.splitlines()]
    assert ["provider", "pace_fueling"] in lines
    assert any(line[0] == "attempt" for line in lines)
    assert any(line[0] == "outcome" and "found=OutcomeUnknown" in line[1] for line in lines)
    assert any(line[0] == "ordered" and line[1].endswith(": a test") for line in lines)
    assert (taken.code, taken.document["state"]) == (3, "ACCEPTED")
    assert taken.document["cancellation"]["refund_amount"] == "full"
    assert [event["what"] for event in taken.document["events"]] == ["attempt", "outcome"]
    assert taken.document["created"].endswith("+00:00")
    unknown = run("show", "order-none")
    assert (unknown.code, unknown.err) == (
        2,
        "Invalid: the ledger has no such key (key order-none)\n",
    )


def test_a_running_call_is_shown_as_in_progress(sandbox: Sandbox, configure: Configure) -> None:
    """Whatever its state; a claim that nobody holds any more has sent nothing."""
    file = configure("unzer")
    account = load(file).accounts["unzer"]
    with load(file).ledger as ledger, Client(account, ledger=ledger) as client:
        destination = client._accounts.destination(account)
        held = unzer.Cancellation("s-pay-1", amount=5)
        ledger.claim(another("order-held", held, destination))
        assert run("show", "order-held").code == 6
        run_sql(ledger, "UPDATE countermand_cancellations SET lease_until = 1")
        assert run("show", "order-held").code == 4
    assert sandbox.base_url("unzer") in destination


def test_a_purged_key_is_shown_without_its_cancellation(
    sandbox: Sandbox, configure: Configure
) -> None:
    """Its result stays."""
    file = configure("unzer")
    payment = sandbox.create_payment("unzer")
    order = ("--payment-id", payment.payment_id, "--amount", "full", "--key", "order-old")
    assert run("cancel", "unzer", *order, *REASON).code == 0
    with load(file).ledger as ledger:
        run_sql(ledger, "UPDATE countermand_cancellations SET closed_at = 1")
    assert run("purge", "--older-than", "90d", "--json").document == {"purged": 1}
    shown = run("show", "order-old")
    assert (shown.code, "purged" in shown.out) == (0, True)


def test_open_keys_are_listed(sandbox: Sandbox, proxy: FaultProxy, configure: Configure) -> None:
    """0 if there is none, 3 if all are accepted, 5 otherwise; by state and by provider."""
    configure("pace_fueling", "bento", proxy=proxy)
    assert (run("unresolved").code, run("unresolved").out) == (0, "")
    assert run("unresolved", typed="").out == ""
    payment = accept(sandbox)
    assert run("unresolved").code == 3
    lose(sandbox, proxy)
    both = run("unresolved", "--json")
    assert both.code == 5
    assert [(each["key"], each["state"]) for each in both.documents] == [
        (TAKEN, "ACCEPTED"),
        (LOST, "MAYBE_EXECUTED"),
    ]
    assert both.documents[0]["cancellation"]["api"] == "bento"
    assert run("unresolved", "--state", "accepted").code == 3
    assert run("unresolved", "--provider", "pace-fueling", "--json").documents[0]["key"] == LOST
    assert "'unzr' is not one of bento, pace-fueling" in run("unresolved", "--provider", "unzr").err
    cells = run("unresolved", "--provider", "bento").out.rstrip("\n").split("\t")
    ids = f"{payment.order_id}/{payment.transaction_id}"
    assert cells[:5] == [TAKEN, "bento", ids, "ACCEPTED", ""]
    table = run("unresolved", typed="").out
    # A cell may take several lines.
    first = [line.split()[0] for line in table.splitlines() if not line.startswith(" ")]
    assert first == ["key", TAKEN, LOST]


def test_a_key_is_resumed(sandbox: Sandbox, proxy: FaultProxy, configure: Configure) -> None:
    """With the exit codes of cancel."""
    file = configure("pace_fueling", proxy=proxy)
    payment = lose(sandbox, proxy)
    still = run("resume", LOST)
    assert (still.code, still.err.startswith("Unknown: ")) == (5, True)
    configure("pace_fueling", "pace_pay")
    # The server is the same one, behind the proxy.
    text = file.read_text().replace(
        sandbox.base_url("pace_fueling"), proxy.base_url("pace_fueling")
    )
    file.write_text(text)
    done = run("resume", LOST, "--json")
    assert (done.code, done.document["outcome"], done.document["evidence"]) == (
        0,
        "cancelled",
        "read back",
    )
    assert len(sandbox.executions(payment=payment)) == 1
    assert run("resume", "order-none").code == 2


@pytest.mark.parametrize("words", [(), (LOST, "--all")])
def test_resume_takes_one_key_or_all(words: tuple[str, ...]) -> None:
    """Neither both nor none."""
    ran = run("resume", *words)
    assert (ran.code, "give one key, or --all" in ran.err) == (2, True)


def test_all_open_keys_are_resumed(
    sandbox: Sandbox, proxy: FaultProxy, configure: Configure
) -> None:
    """With the exit code of what is open afterwards: a refund that failed has ended."""
    file = configure("pace_fueling", "bento", proxy=proxy)
    taken = accept(sandbox)
    only_accepted = run("resume", "--all", "--json")
    assert (only_accepted.code, len(only_accepted.documents)) == (3, 1)
    lose(sandbox, proxy)
    mixed = run("resume", "--all", "--json")
    assert mixed.code == 5
    assert {each.get("outcome", each.get("error")) for each in mixed.documents} == {
        "accepted",
        "OutcomeUnknown",
    }
    sandbox.finish_pending(taken)
    assert run("resolve", LOST, "--cancelled", *REASON).code == 0
    age(file)
    done = run("resume", "--all")
    assert (done.code, done.out.splitlines()[0]) == (0, "Cancelled")
    failing = sandbox.create_payment("bento", captured=True, refund="fails")
    ids = ("--order-id", failing.order_id, "--transaction-id", failing.transaction_id)
    order = ("cancel", "bento", *ids, "--refund-amount", "full", "--key", "order-f", *REASON)
    assert run(*order).code == 3
    sandbox.finish_pending(failing)
    age(file)
    refused = run("resume", "--all")
    assert (refused.code, refused.err.startswith("Not cancelled: ")) == (0, True)
    assert run("show", "order-f").code == 4


def test_a_key_that_waits_for_a_login_is_still_open(sandbox: Sandbox, configure: Configure) -> None:
    """Nothing was cancelled, and nothing has ended either."""
    configure("pace_pay")
    sandbox.unlink("u-1")
    payment = sandbox.create_payment("pace_pay")
    ids = ("--transaction-id", payment.transaction_id)
    assert run("cancel", "pace-pay", *ids, "--key", "order-login", *REASON).code == 4
    assert run("unresolved").code == 5
    ran = run("resume", "--all")
    sandbox.link("u-1")
    assert (ran.code, ran.err.startswith("Not cancelled: ")) == (5, True)
    done = run("resume", "--all")
    assert (done.code, done.out.splitlines()[0]) == (0, "Cancelled")


def test_resuming_all_stops_where_the_ledger_is_gone(
    sandbox: Sandbox, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other key could be resumed either."""
    file = configure("bento")
    accept(sandbox)
    resume = Client.resume

    def gone(client: Client, key: str, **settings: bool) -> object:
        database: Any = load(file).ledger._database
        Path(database._path).rename(f"{database._path}.gone")
        return resume(client, key, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "resume", gone)
    ran = run("resume", "--all")
    assert (ran.code, ran.err.startswith("Ledger unavailable: ")) == (8, True)


def test_a_person_resolves_a_key(sandbox: Sandbox, proxy: FaultProxy, configure: Configure) -> None:
    """By the login name, or the name that is given; a final result is not overwritten."""
    configure("pace_fueling", proxy=proxy)
    lose(sandbox, proxy)
    lose(sandbox, proxy, "order-2")
    order = ("resolve", LOST, "--cancelled", "--reason", "the portal shows it")
    said = run(*order, "--by", "grace", "--reference", "R-1", "--json")
    assert (said.code, said.document) == (
        0,
        {
            "key": LOST,
            "resolution": "cancelled",
            "by": "grace",
            "reason": "the portal shows it",
            "reference": "R-1",
        },
    )
    assert run("show", LOST).code == 0
    other = run("resolve", LOST, "--not-cancelled", *REASON)
    assert (other.code, other.err.startswith("Key conflict: ")) == (7, True)
    text = run("resolve", "order-2", "--not-cancelled", *REASON)
    assert (text.code, text.out.splitlines()[0]) == (0, "order-2: recorded as not cancelled")
    assert run("show", "order-2").code == 4
    assert run("resolve", "order-2", *REASON).code == 2
    assert run("resolve", "order-none", "--cancelled", *REASON).code == 2
    assert run("resolve", LOST, "--cancelled", "--reason", " ").code == 2
