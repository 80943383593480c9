"""`countermand bulk plan`: every fault with its line, the payments as they are read, the plan."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from countermand import FULL, Client, Ledger, unzer
from countermand.sandbox import faults
from countermand_ops.bulk._duplicates import Duplicates
from countermand_ops.bulk._errors import BulkError
from countermand_ops.bulk._plan import check_plan
from countermand_ops.bulk._planning import Checker, PaymentReader, Planner, Wanted
from countermand_ops.bulk._rows import Accounts, RowReader
from countermand_ops.bulk._source import RawRow, open_source
from countermand_ops.config import load
from tests.operations.running import Ran, run
from tests.support.distributions import installer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from countermand.sandbox import Sandbox
    from tests.operations.conftest import Configure
    from tests.support.distributions import Install

UUID = "c5b3a1c4-6f3a-4c43-8a2b-0f9f6ad0f3a1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of payments."""
    return tmp_path / "payments.csv"


def plan(file: Path, text: str, *arguments: object) -> Ran:
    """Plan a file with this text."""
    file.write_text(text, encoding="utf-8")
    return run("bulk", "plan", file, *arguments)


def counts(ran: Ran) -> dict[tuple[str, str | None, str], tuple[int, str | None]]:
    """Rows and amount by provider, currency and status."""
    assert ran.code == 0, ran.err
    return {
        (each["provider"], each["currency"], each["status"]): (each["rows"], each["amount"])
        for each in ran.document["counts"]
    }


def rows(file: Path) -> list[dict[str, Any]]:
    """The rows of the plan beside a file."""
    lines = file.with_suffix(".plan.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[1:-1]]


def test_every_fault_is_told_with_its_line(file: Path, configure: Configure) -> None:
    """All of them at once; nothing is read, and there is no plan."""
    configure("unzer", "bento", "pace_pay")
    text = f"""provider,key,payment_id,amount,order_id,transaction_id,refund_amount,currency,\
payment_amount
unzer,k-1,s-pay-1,"10,00",,,,,
unzer,k-1,s-pay-2,,,,,,
unzer,k-2,s-pay-3,5.00,,,,euro,ten
unzer,k-2,s-pay-3,1.00,,,,EUR,1.00
bento,,x,,or-1,tx-1,1.5,,
visa,,,,,,,,
pace-pay,,,,,{UUID.upper()},,,
pace-pay,,,,,{UUID},,,
vtex,,p-1,,,,,,
unzer,,..,full,,,,,
unzer,{"k" * 300},s-pay-5,full,,,,,
,,s-pay-6,full,,,,,
unzer,s-pay-7
"""
    ran = plan(file, text)
    assert ran.code == 2
    told = [line.removeprefix(f"{file}, line ") for line in ran.err.splitlines()]
    assert told[:-1] == [
        "2: amount: '10,00' must be a number such as 10.00 or full",
        "3: the key 'k-1' stands on line 2, too; each row needs its own",
        "3: unzer needs amount, such as 10.00|full",
        "4: currency: 'euro' must be a code such as EUR",
        "4: payment_amount: 'ten' must be a number such as 10.00",
        "5: the key 'k-2' stands on line 4, too; each row needs its own",
        "6: refund_amount: '1.5' must be a whole number such as 1000 or full",
        "6: bento has no payment_id; it has order_id, transaction_id, refund_amount",
        "7: the provider 'visa' must be one of bento, pace-fueling, pace-pay, unzer, vtex",
        f"9: the payment {UUID} stands on line 8, too; name a payment once",
        "10: no account of vtex is configured; add [accounts.vtex]",
        *[line for line in told if line.startswith(("11:", "12:"))],
        "13: names no provider; it must be one of bento, pace-fueling, pace-pay, unzer, vtex",
        "14: has 2 cells, and line 1 names 9 columns; quote a cell that holds a comma",
    ]
    assert "11: payment_id" in ran.err.replace(f"{file}, line ", "")
    assert "12: key is longer than 255 characters" in ran.err.replace(f"{file}, line ", "")
    assert told[-1] == f"Refused: {file} has 15 faults; no plan was written"
    assert not file.with_suffix(".plan.jsonl").exists()


def test_keys_and_payments_must_not_repeat(file: Path, configure: Configure) -> None:
    """The line that was before is named."""
    configure("unzer")
    text = "payment_id,amount,key\na,full,k\nb,full,k\na,1.00,j\n"
    ran = plan(file, text, "--provider", "unzer")
    assert ran.code == 2
    assert "line 3: the key 'k' stands on line 2, too; each row needs its own" in ran.err
    assert "line 4: the payment a stands on line 2, too; name a payment once" in ran.err


def test_a_full_temporary_folder_is_told() -> None:
    """It is no defect of the program."""
    with Duplicates() as seen:
        seen._database.close()
        with pytest.raises(BulkError, match=r"temporary folder cannot be used: .* SQLITE_TMPDIR"):
            seen.key("k", 2)


def test_a_number_has_not_too_many_digits(file: Path, configure: Configure) -> None:
    """More than a program can take for a number, or for an amount."""
    configure("unzer", "bento")
    long = "9" * 5000
    text = f"""provider,payment_id,amount,order_id,transaction_id,refund_amount,payment_amount
unzer,a,{long}.00,,,,
unzer,b,full,,,,{long}
bento,,,o,t,{long},
"""
    ran = plan(file, text, "--no-read")
    assert [line.partition("line ")[2] for line in ran.err.splitlines()[:-1]] == [
        "2: amount: must have at most 100 digits",
        "3: payment_amount: must have at most 100 digits",
        "4: refund_amount: must have at most 100 digits",
    ]
    options = ("--order-id", "o", "--transaction-id", "t", "--refund-amount", long)
    ran = run("cancel", "bento", *options, "--key", "k", "--reason", "r")
    assert (ran.code, "must have at most 100 digits" in ran.err) == (2, True)


def test_a_file_may_have_any_name(tmp_path: Path, configure: Configure) -> None:
    """Also bytes that are no text."""
    configure("vtex")
    file = tmp_path / os.fsdecode(b"\xff.csv")
    ran = plan(file, "provider,payment_id\nvtex,a\n")
    assert ran.code == 0, ran.err
    assert check_plan(file.with_suffix(".plan.jsonl")).source["name"] == file.name


def test_faults_are_json_on_demand(file: Path, configure: Configure) -> None:
    """One document a fault, and the error."""
    configure("unzer")
    ran = plan(file, "payment_id,amount\na,1.\n", "--provider", "unzer", "--json")
    first, last = ran.documents
    assert first == {
        "file": str(file),
        "line": 2,
        "message": "amount: '1.' must be a number such as 10.00 or full",
    }
    assert last["error"] == "BulkError"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("payment_id,amout\n", "line 1: the column 'amout' is unknown; known are account, amount"),
        ("payment_id,amount\n", "line 1: the column provider is missing; add it, or pass"),
        ("provider,payment_id,amount\n", "has no rows"),
    ],
)
def test_columns_are_checked_before_rows(
    file: Path, configure: Configure, text: str, message: str
) -> None:
    """A misspelt column must not lose an id without a word."""
    configure("unzer")
    ran = plan(file, text)
    assert (ran.code, message in ran.err) == (2, True), ran.err


def test_a_column_can_be_left_out_of_account(
    sandbox: Sandbox, file: Path, configure: Configure
) -> None:
    """It is kept for the report; and so a report can be planned again."""
    configure("unzer")
    payment = sandbox.create_payment("unzer")
    text = f"payment_id,amount,customer,outcome\n{payment.payment_id},full,Ada,unknown\n"
    ran = plan(file, text, "--provider", "unzer", "--ignore", "customer", "--json")
    assert ran.code == 0
    assert rows(file)[0]["input"]["customer"] == "Ada"


def test_payments_are_read_and_counted(sandbox: Sandbox, file: Path, configure: Configure) -> None:
    """By provider, currency and status, with the sums that a cancel would take back."""
    configure("unzer", "bento", "pace_pay", "pace_fueling", "vtex")
    lines = ["provider,payment_id,amount,order_id,transaction_id,refund_amount,gas_station_id"]
    whole, part, captured, cancelled = (sandbox.create_payment("unzer") for _ in range(4))
    sandbox.capture(captured)
    with Client(sandbox.account("unzer")) as client:
        client.cancel(unzer.Cancellation(cancelled.payment_id, amount=FULL))
    lines += [f"unzer,{whole.payment_id},full,,,,", f"unzer,{part.payment_id},2.50,,,,"]
    lines += [f"unzer,{each.payment_id},full,,,," for each in (captured, cancelled)]
    lines += ["unzer,s-pay-0,full,,,,"]
    for settings in ({}, {"captured": True}):
        each = sandbox.create_payment("bento", **settings)
        lines.append(f"bento,,,{each.order_id},{each.transaction_id},full,")
    unknown, known = sandbox.create_payment("pace_pay"), sandbox.create_payment("pace_pay")
    sandbox.capture(known)
    lines += [f"pace-pay,,,,{each.transaction_id},," for each in (unknown, known)]
    fuel = sandbox.create_payment("pace_fueling")
    lines.append(f"pace-fueling,,,,{fuel.transaction_id},,{fuel.gas_station_id}")
    lines.append("vtex,p-1,,,,,")
    before = len(sandbox.requests())
    ran = plan(file, "\n".join(lines), "--json")
    assert counts(ran) == {
        ("bento", "USD", "cancellable"): (1, "200.00"),
        ("bento", "USD", "captured"): (1, "200.00"),
        ("pace_fueling", None, "unreadable"): (1, None),
        ("pace_pay", None, "unreadable"): (1, None),
        ("pace_pay", "EUR", "captured"): (1, "65.49"),
        ("unzer", "EUR", "already cancelled"): (1, "0.00"),
        ("unzer", "EUR", "cancellable"): (2, "102.50"),
        ("unzer", "EUR", "captured"): (1, "0.00"),
        ("unzer", None, "unreadable"): (1, None),
        ("vtex", None, "not read"): (1, None),
    }
    assert ran.document["sums"] == {
        "rows": 11,
        "amounts": {"EUR": "167.99", "USD": "400.00"},
        "unknown": 4,
    }
    messages = {each["status"]: each["message"] for each in rows(file)}
    assert messages["unreadable"] == "PACE shows completed transactions only"
    assert "s-pay-0" in rows(file)[4]["message"]
    assert {each.method for each in sandbox.requests()[before:]} == {"GET"}


def test_without_reads_the_rows_say_the_money(file: Path, configure: Configure) -> None:
    """Nothing is asked of any provider."""
    configure("unzer", "vtex")
    text = """provider,payment_id,amount,value,currency,payment_amount
unzer,a,full,,EUR,10.00
unzer,b,2.00,,EUR,10.00
vtex,c,,150,BRL,
vtex,d,,,,3.00
"""
    ran = plan(file, text, "--no-read", "--json")
    assert counts(ran) == {
        ("unzer", "EUR", "not read"): (2, "12.00"),
        ("vtex", "BRL", "not read"): (1, "1.50"),
        ("vtex", None, "not read"): (1, None),
    }
    keys = [each["key"] for each in rows(file)]
    assert len({*keys}) == 4
    head, *lines = text.splitlines()
    assert plan(file, "\n".join([head, *reversed(lines)]), "--no-read").code == 0
    assert [each["key"] for each in rows(file)] == keys[::-1]


def test_what_the_ledger_knows_is_told(sandbox: Sandbox, file: Path, configure: Configure) -> None:
    """The same cancel keeps its key, so that it is not made twice; another one gets its own."""
    configure("unzer")
    one, other, third = (sandbox.create_payment("unzer") for _ in range(3))
    order = ("cancel", "unzer", "--reason", "r", "--amount", "1.00")
    for number, payment in enumerate((one, other)):
        run(*order, "--payment-id", payment.payment_id, "--key", f"order-{number}")
    text = f"""provider,payment_id,amount
unzer,{one.payment_id},1.0
unzer,{other.payment_id},2.00
unzer,{third.payment_id},2.00
"""
    ran = plan(file, text, "--json")
    assert counts(ran)["unzer", "EUR", "known to the ledger"] == (2, "3.00")
    assert counts(ran)["unzer", "EUR", "cancellable"] == (3, "5.00")
    first, second, _ = rows(file)
    assert (first["key"], first["known"]) == ("order-0", "CANCELLED")
    assert (second["key"].startswith("bulk-"), second["known"]) == (True, "CANCELLED")


def test_a_key_of_another_cancel_is_a_fault(
    sandbox: Sandbox, file: Path, configure: Configure
) -> None:
    """It would be refused later."""
    configure("unzer")
    payment = sandbox.create_payment("unzer")
    order = ("cancel", "unzer", "--reason", "r", "--amount", "1.00", "--key", "order-1")
    run(*order, "--payment-id", payment.payment_id)
    text = f"provider,key,payment_id,amount\nunzer,order-1,{payment.payment_id},"
    ran = plan(file, f"{text}2.00\n")
    assert (ran.code, "line 2: the key 'order-1' stands for another cancel" in ran.err) == (2, True)
    assert plan(file, f"{text}1.00\n").code == 0


def test_a_ledger_of_another_merchant_says_nothing(
    sandbox: Sandbox, file: Path, configure: Configure, home: Path
) -> None:
    """Ids repeat among merchants."""
    payment = sandbox.create_payment("unzer")
    configure("unzer")
    other = unzer.Account(private_key="s-priv-other", base_url=sandbox.base_url("unzer"))
    with (
        Ledger(f"sqlite:///{home / 'state' / 'countermand' / 'ledger.db'}") as ledger,
        Client(other, ledger=ledger, trust_env=False) as client,
        pytest.raises(Exception, match="key"),
    ):
        client.cancel(unzer.Cancellation(payment.payment_id, amount=FULL), key="theirs")
    ran = plan(file, f"provider,payment_id,amount\nunzer,{payment.payment_id},full\n", "--json")
    assert [*counts(ran)] == [("unzer", "EUR", "cancellable")]


def test_an_account_is_named_where_there_are_several(
    sandbox: Sandbox, file: Path, configure: Configure
) -> None:
    """In the column account."""
    account = sandbox.account("unzer")
    assert isinstance(account, unzer.Account)
    shop = f'private_key = "{account.private_key}"\nbase_url = "{account.base_url}"'
    configure("unzer", more=f'[accounts.shop]\nprovider = "unzer"\n{shop}')
    payment = sandbox.create_payment("unzer")
    text = "provider,payment_id,amount,account\n"
    ran = plan(file, f"{text}unzer,{payment.payment_id},full,\n")
    assert "line 2: unzer has several accounts; name one of shop, unzer" in ran.err
    assert plan(file, f"{text}unzer,{payment.payment_id},full,shop\n").code == 0
    assert rows(file)[0]["account"] == "shop"


def test_reads_wait_where_a_provider_asks_for_it(
    sandbox: Sandbox, file: Path, configure: Configure
) -> None:
    """429 slows down; an answer that goes on for too long is no read."""
    configure("unzer", more="[policy]\nattempts = 1")
    payment = sandbox.create_payment("unzer")
    text = f"provider,payment_id,amount\nunzer,{payment.payment_id},full\n"
    busy = faults.busy(retry_after="0")
    sandbox.script("unzer", busy)
    assert [*counts(plan(file, text, "--json"))] == [("unzer", "EUR", "cancellable")]
    sandbox.script("unzer", *[busy] * 5)
    assert [*counts(plan(file, text, "--json", "--rate", "1000"))] == [
        ("unzer", None, "unreadable")
    ]


def test_a_gateway_s_answer_is_no_read(sandbox: Sandbox, file: Path, configure: Configure) -> None:
    """Why stands in the plan."""
    configure("unzer", "bento", "pace_pay", more="[policy]\nattempts = 1")
    bento, pace = sandbox.create_payment("bento"), sandbox.create_payment("pace_pay")
    for api in ("unzer", "bento", "pace_pay"):
        sandbox.script(api, faults.error_page(404))
    text = f"""provider,payment_id,amount,order_id,transaction_id,refund_amount
unzer,a,full,,,
bento,,,{bento.order_id},{bento.transaction_id},full
pace-pay,,,,{pace.transaction_id},
"""
    found = counts(plan(file, text, "--json"))
    assert {status for _, _, status in found} == {"unreadable"}
    assert all("404" in each["message"] for each in rows(file))


def test_a_table_is_for_people(sandbox: Sandbox, file: Path, configure: Configure) -> None:
    """At a terminal with a bar and a table, without one as lines."""
    configure("unzer")
    payment = sandbox.create_payment("unzer", currency="EUR")
    text = f"provider,payment_id,amount\nunzer,{payment.payment_id},full\n"
    plain = plan(file, text)
    assert plain.out == "unzer\tEUR\tcancellable\t1\t100.00\n"
    assert f"1 rows are planned: {file.with_suffix('.plan.jsonl')}" in plain.err
    shown = run("bulk", "plan", file, typed="")
    assert "1 of 1 payments read" in shown.err
    assert [line.split() for line in shown.out.splitlines()] == [
        ["provider", "currency", "status", "rows", "amount"],
        ["unzer", "EUR", "cancellable", "1", "100.00"],
    ]


def test_the_plan_is_written_where_it_is_wanted(
    file: Path, tmp_path: Path, configure: Configure
) -> None:
    """And nowhere if that is not possible."""
    configure("unzer")
    text = "provider,payment_id,amount\nunzer,a,full\n"
    there = tmp_path / "there.jsonl"
    ran = plan(file, text, "--no-read", "--plan", there)
    assert ran.code == 0, ran.err
    assert check_plan(there).rows == 1
    assert there.stat().st_mode & 0o777 == 0o600
    ran = plan(file, text, "--no-read", "--plan", tmp_path / "nowhere" / "plan.jsonl")
    assert (ran.code, "cannot be written: No such file" in ran.err) == (1, True)
    os.mkfifo(tmp_path / "device")
    ran = plan(file, text, "--no-read", "--plan", tmp_path / "device")
    assert (ran.code, "cannot be written: it is there, and is no regular" in ran.err) == (1, True)
    assert (tmp_path / "device").is_fifo()
    assert not [*tmp_path.glob(".[td]*")]
    ran = plan(file, text, "--no-read", "--plan", file)
    assert (ran.code, "holds the payments; name another" in ran.err) == (2, True)
    assert file.read_text() == text


def test_a_plan_that_was_altered_is_refused(file: Path, configure: Configure) -> None:
    """So are a part of one, another file, and none."""
    configure("unzer")
    place = file.with_suffix(".plan.jsonl")
    plan(file, "provider,payment_id,amount\nunzer,a,1.00\n", "--no-read")
    content = place.read_bytes()
    place.write_bytes(content.replace(b'"1.00"', b'"9.00"'))
    with pytest.raises(BulkError, match="is incomplete, or was altered; plan anew"):
        check_plan(place)
    place.write_bytes(b"".join(content.splitlines(keepends=True)[:-1]))
    with pytest.raises(BulkError, match="is incomplete"):
        check_plan(place)
    for text in (b"", b"not json\n", b"[]\n"):
        place.write_bytes(text)
        with pytest.raises(BulkError, match="is no plan; make one with: countermand bulk plan"):
            check_plan(place)
    with pytest.raises(BulkError, match="cannot be read"):
        check_plan(file.parent)


def test_a_defect_is_no_unreadable_payment(configure: Configure) -> None:
    """It ends the plan, and shows its traceback."""
    configure("unzer")
    accounts = Accounts(load())
    texts = {"provider": "unzer", "payment_id": "a", "amount": "full"}
    row = RowReader(accounts).read(1, RawRow(2, texts))

    no_client: Any = None
    with pytest.raises(AttributeError, match="execute"):
        asyncio.run(PaymentReader(no_client, accounts, {}).look(row))


def test_a_file_that_changes_meanwhile_is_noticed(
    sandbox: Sandbox, file: Path, configure: Configure
) -> None:
    """Whatever changes: a row that was right, or one that is not any more."""
    payments = [sandbox.create_payment("pace_pay") for _ in range(3)]
    lines = [f"pace-pay,{each.transaction_id}\n" for each in payments]
    text = "provider,transaction_id\n" + "".join(lines)
    for later, message in (
        (f"{text}\n", "has changed meanwhile"),
        (text.replace(lines[2], "x\n"), "line 4 has changed meanwhile"),
    ):
        source = None
        file.write_text(text, encoding="utf-8")
        configure("pace_pay")
        with load().ledger as ledger:
            configuration = load()
            reader = RowReader(Accounts(configuration))
            source = open_source(file)
            checker = Checker(source, reader, pytest.fail)
            checker.check(ledger)
            file.write_text(later, encoding="utf-8")
            planner = Planner(checker, ledger, Wanted(file=file.with_suffix(".plan.jsonl")))

            async def write(planner: Planner = planner) -> None:
                async with load().async_client(ledger=None) as client:
                    await planner.write(client)

            with pytest.raises(BulkError, match=message):
                asyncio.run(write())
    assert not file.with_suffix(".plan.jsonl").exists()


def test_rows_keep_their_order_however_few_are_read_at_a_time(
    sandbox: Sandbox, file: Path, configure: Configure
) -> None:
    """PACE Fueling is read at PACE Pay, which may not be configured."""
    configure("unzer", "pace_fueling")
    payments = [sandbox.create_payment("unzer") for _ in range(4)]
    fuel = sandbox.create_payment("pace_fueling")
    lines = [f"unzer,{each.payment_id},full,,\n" for each in payments]
    lines.append(f"pace-fueling,,,{fuel.gas_station_id},{fuel.transaction_id}\n")
    text = "provider,payment_id,amount,gas_station_id,transaction_id\n" + "".join(lines)
    assert plan(file, text, "--concurrency", "1").code == 0
    assert [each["row"] for each in rows(file)] == [1, 2, 3, 4, 5]
    assert "no account of pace_pay is configured" in rows(file)[4]["message"]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install distributions with a provider."""
    yield from installer(tmp_path, monkeypatch, "countermand.providers", "PROVIDER = 1")


def test_a_provider_that_is_broken_is_a_fault(
    file: Path, configure: Configure, install: Install
) -> None:
    """Its registration is told, and the columns of the others are known."""
    configure("unzer")
    install("broken", "sixth = third_party:PROVIDER")
    ran = plan(file, "provider,payment_id\nsixth,a\n")
    assert ran.code == 2
    assert "line 2: " in ran.err
    assert "broken" in ran.err
