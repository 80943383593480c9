"""`countermand check`: one harmless request per account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from attrs import evolve, frozen

from countermand import MissingLinkedIdentity, RateLimited, Unreachable, pace_fueling, unzer, vtex
from countermand.sandbox import faults
from countermand_ops.cli._probes import check_from_error, probe_of
from tests.operations.running import run
from tests.support import tls
from tests.support.rawserver import RawServer, answer, port_without_listener, read, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from countermand.provider import Provider
    from countermand.sandbox import FaultProxy, Sandbox

    Configure = Callable[..., Path]

ALL = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
ACCOUNT = unzer.Account("s-priv-1")
RAISING = """
def token(user):
    raise LookupError(f"no session of {user}: hush-hush")
"""


def test_each_account_is_checked_by_one_read(sandbox: Sandbox, configure: Configure) -> None:
    """Where there is one; and nothing is executed."""
    configure(*ALL)
    executed, received = len(sandbox.executions()), len(sandbox.requests())
    ran = run("check", "--json")
    assert ran.code == 0
    found = {each["provider"]: each for each in ran.documents}
    assert {api: each["credentials"] for api, each in found.items()} == {
        "pace_pay": "accepted",
        "pace_fueling": "not checked",
        "bento": "accepted",
        "unzer": "accepted",
        "vtex": "not checked",
    }
    assert all(each["reachable"] and each["tls"] == "none" for each in found.values())
    assert found["vtex"]["message"] == "answered 404; there is no read that checks them"
    assert len(sandbox.executions()) == executed
    assert len(sandbox.requests()) - received <= len(ALL)
    text = run("check")
    assert text.err == "The ledger can be used\n"
    assert ["unzer", "unzer", sandbox.base_url("unzer"), "yes", "none", "accepted", ""] in [
        line.split("\t") for line in text.out.splitlines()
    ]


def test_rejected_credentials_are_found(sandbox: Sandbox, configure: Configure) -> None:
    """They are shown in no message."""
    url = sandbox.base_url("unzer")
    configure(more=f'[accounts.unzer]\nprivate_key = "s-priv-wrong-one"\nbase_url = "{url}"')
    ran = run("check", "--json")
    assert (ran.code, ran.document["credentials"], ran.document["ok"]) == (1, "rejected", False)
    assert "s-priv-wrong" not in ran.out + ran.err


def test_a_server_that_cannot_be_reached_is_named(configure: Configure) -> None:
    """After one attempt."""
    url = f"http://127.0.0.1:{port_without_listener()}"
    configure(more=f'[accounts.unzer]\nprivate_key = "s-priv-1"\nbase_url = "{url}/v1"')
    ran = run("check", "--json")
    assert (ran.code, ran.document["reachable"], ran.document["tls"]) == (1, False, "none")
    assert "refused" in ran.document["message"]


@pytest.mark.parametrize(
    ("verify", "reachable", "shown"), [("false", True, "valid"), ("true", False, None)]
)
def test_a_certificate_that_is_not_trusted_is_found(
    *, verify: str, reachable: bool, shown: str | None, configure: Configure, monkeypatch: Any
) -> None:
    """Unless nobody wants to know."""
    page = answer(200, b"<html>", "content-type: text/html")
    with RawServer([read, say(page)], tls=tls.server_context()) as server:
        monkeypatch.setenv("COUNTERMAND_HTTP_VERIFY", verify)
        configure(
            more=f'[accounts.vtex]\nbase_url = "{server.url}"\napp_key = "k"\napp_token = "t"'
        )
        ran = run("check", "--json")
    assert (ran.document["reachable"], ran.document["tls"]) == (reachable, shown)


def test_a_page_in_place_of_a_read_is_a_fault(proxy: FaultProxy, configure: Configure) -> None:
    """It means a wrong base_url."""
    configure("unzer", proxy=proxy)
    proxy.script(faults.error_page(404))
    ran = run("check", "--json")
    assert (ran.code, ran.document["reachable"], ran.document["credentials"]) == (
        1,
        True,
        "not checked",
    )
    assert "check base_url" in ran.document["message"]


def test_a_success_is_an_answer_as_well(proxy: FaultProxy, configure: Configure) -> None:
    """An id that no payment has may still be answered."""
    configure("unzer", proxy=proxy)
    proxy.script(faults.Answer(200, b'{"id": "s-pay-1"}', (("content-type", "application/json"),)))
    ran = run("check", "--json")
    assert (ran.code, ran.document["credentials"], ran.document["message"]) == (
        0,
        "accepted",
        None,
    )


def test_a_token_function_that_fails_stops_no_other_account(
    sandbox: Sandbox, configure: Configure, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says may hold a secret, and is not shown."""
    (home / "raising.py").write_text(RAISING)
    monkeypatch.syspath_prepend(home)
    token = 'token = {import = "raising:token"}'
    url = sandbox.base_url("bento")
    configure("unzer", more=f'[accounts.bento]\n{token}\nbase_url = "{url}"')
    ran = run("check", "--user", "ada", "--json")
    found = {each["provider"]: each for each in ran.documents}
    assert ran.code == 1
    assert found["bento"]["message"] == "the token function has raised LookupError"
    assert found["unzer"]["ok"]
    assert "hush" not in ran.out + ran.err


@pytest.mark.parametrize("raised", ["LookupError('hush')", "OSError('hush')", "SystemExit"])
def test_a_token_function_that_fails_is_told_by_every_command(
    raised: str,
    sandbox: Sandbox,
    configure: Configure,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a line or a document, without its words; a plan marks the row."""
    name = f"failing_{len(raised)}"
    (home / f"{name}.py").write_text(f"def token(user):\n    raise {raised}\n")
    monkeypatch.syspath_prepend(home)
    token, url = f'token = {{import = "{name}:token"}}', sandbox.base_url("pace_pay")
    configure(more=f'[accounts.pace_pay]\n{token}\nbase_url = "{url}"')
    payment = sandbox.create_payment("pace_pay")
    ids = ("--transaction-id", payment.transaction_id)
    ran = run("cancel", "pace-pay", *ids, "--key", "k", "--reason", "r", "--json")
    said = f"the token function has raised {raised.partition('(')[0]}"
    assert (ran.code, ran.document["message"]) == (1, said)
    file = home / "payments.csv"
    file.write_text(f"provider,transaction_id\npace-pay,{payment.transaction_id}\n")
    assert "unreadable" in run("bulk", "plan", file).out
    assert f'"message":"{said}"' in (home / "payments.plan.jsonl").read_text()
    ran = run("bulk", "apply", home / "payments.plan.jsonl", "--reason", "r", "--json")
    assert (ran.code, ran.document["message"], "hush" in ran.err) == (1, said, False)
    assert not sandbox.executions("pace_pay", payment)


def test_without_accounts_there_is_nothing_to_cancel_with(configure: Configure) -> None:
    """That is no success."""
    configure()
    ran = run("check")
    assert (ran.code, ran.err) == (1, "No account is configured\nThe ledger can be used\n")


def test_a_ledger_that_cannot_be_used_is_told_after_the_accounts(
    configure: Configure, home: Path
) -> None:
    """With its own exit code."""
    configure("unzer", more=f'[ledger]\nurl = "sqlite:///{home}"')
    ran = run("check", "--json")
    assert (ran.code, [each.get("error") for each in ran.documents]) == (
        8,
        [None, "LedgerUnavailable"],
    )


@pytest.mark.parametrize(
    ("error", "credentials", "ok"),
    [
        (MissingLinkedIdentity("link first", status=401), "accepted", True),
        (RateLimited("slow down", status=429), "not checked", True),
        (Unreachable("an error page", status=502), "not checked", False),
    ],
)
def test_what_an_error_says_of_an_account(*, error: Any, credentials: str, ok: bool) -> None:
    """A user who has to link an identity has a token that is accepted."""
    found = check_from_error("shop", ACCOUNT, probe_of(ACCOUNT), error)
    assert (found.account, found.credentials, found.ok) == ("shop", credentials, ok)
    assert (found.tls, found.message) == ("valid", error.message)


@frozen
class Numbered(unzer.Cancellation):
    """Its id is no UUID."""

    api: ClassVar[str] = "unzer"

    def __attrs_post_init__(self) -> None:
        raise ValueError


@frozen
class Plain:
    """An account of any provider."""

    provider: Any


@pytest.mark.parametrize(
    ("provider", "path", "reads"),
    [
        (unzer.PROVIDER, "/payments/00000000-0000-0000-0000-000000000000", True),
        (pace_fueling.PROVIDER, "/", False),
        (vtex.PROVIDER, "/", False),
        (evolve(unzer.PROVIDER, read_back=lambda _c, _k: iter_of()), "/", False),
        (evolve(unzer.PROVIDER, cancellation=Numbered), "/", False),
        (
            evolve(unzer.PROVIDER, read_back=lambda c, k: iter_of(unzer.build_request(c, k))),
            "/",
            False,
        ),
    ],
)
def test_the_probe_is_the_first_read_that_a_cancel_would_make(
    *, provider: Provider[Any], path: str, reads: bool
) -> None:
    """Never a request that may change something, and none at another provider."""
    probe: Any = probe_of(Plain(provider))  # type: ignore[arg-type]
    assert (probe.call.path, probe.reads) == (path, reads)
    assert (probe.call.operation.effect, probe.call.operation.api) == ("read", provider.api)
    assert probe.call.operation.method == "GET"


def iter_of(*calls: Any) -> Any:
    """A read-back of these calls."""
    yield from calls
