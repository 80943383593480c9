"""No credential is stored, even if a provider returns it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import FULL, Policy, bento, pace_fueling, pace_pay, unzer, vtex
from countermand.ledger._files import FileDatabase
from tests.support.claims import claimant, rows
from tests.support.flavours import FLAVOURS, Flavour
from tests.support.samples import STATION, TRANSACTION
from tests.support.transports import DONE, Recorder, call

if TYPE_CHECKING:
    from countermand.ledger import Ledger

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")

TOKENS = ("tok/en+number-one-of-ada==", "tok/en+number-two-of-ada==")
ACCOUNTS: dict[str, Any] = {
    "unzer": unzer.Account("s-priv-top-secret-key", "http://a.invalid"),
    "vtex": vtex.Account("http://a.invalid", "app-key-secret", "app-token-secret"),
    "bento": bento.Account(TOKENS[0], "http://a.invalid", read=False),
    "pace_pay": pace_pay.Account(TOKENS[0], "http://a.invalid"),
    "pace_fueling": pace_fueling.Account(TOKENS[0], "http://a.invalid"),
}
CANCELS: dict[str, Any] = {
    "unzer": unzer.Cancellation("s-pay-1", amount=FULL),
    "vtex": vtex.Cancellation("payment-1"),
    "bento": bento.Cancellation("or_1", "tx_1", refund_amount=FULL),
    "pace_pay": pace_pay.Cancellation(TRANSACTION),
    "pace_fueling": pace_fueling.Cancellation(STATION, TRANSACTION),
}
BODIES: dict[str, Any] = {
    "pace_pay": {},
    "pace_fueling": {},
    "unzer": DONE,
    "vtex": {"cancellationId": "C1"},
    "bento": {"data": {"state": "AuthVoided"}},
}


def echo(body: dict[str, Any], status: int) -> Any:
    """Return an answer function that repeats all request headers in headers and body."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent = {name: value for name, value in request.headers.items() if name != "host"}
        echo_text = " ".join(sent.values())
        errors = [
            {"code": "API.1", "merchantMessage": echo_text, "detail": echo_text, "title": echo_text}
        ]
        wrong = {"errors": errors, "message": echo_text} if status >= 400 else {}
        document = {**body, **wrong, "echo": sent, "paymentReference": echo_text}
        kind = {"content-type": f"application/json; note={echo_text.replace(';', '')}"}
        return httpx.Response(status, json=document, headers={**kind, "x-echo": echo_text})

    return answer


def hidden(name: str) -> set[str]:
    """The credentials of an account, in every encoding."""
    return {*ACCOUNTS[name].secrets(TOKENS[0]), *TOKENS}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("status", [200, 202, 400, 401, 429, 503])
@pytest.mark.parametrize("name", ACCOUNTS)
def test_no_credential_is_stored(ledger: Ledger, name: str, status: int, flavour: Flavour) -> None:
    """Receipt, refusal and unknown outcome alike: neither in a column nor in the file's bytes."""
    call(
        flavour, ledger, "cancel", CANCELS[name], key="order-42", user="ada",
        accounts=[ACCOUNTS[name]], transport=Recorder(echo(BODIES[name], status)),
        policy=Policy(attempts=1),
    )  # fmt: skip
    stored = repr(rows(ledger))
    assert "order-42" in stored
    assert [secret for secret in hidden(name) if secret in stored] == []
    if isinstance(ledger._database, FileDatabase):
        path = Path(ledger._database._path)
        content = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
        assert b"order-42" in content
        assert [secret for secret in hidden(name) if secret.encode() in content] == []


def test_a_password_in_the_url_is_not_stored(ledger: Ledger) -> None:
    """Nor is it in the ledger's representation."""
    ledger.claim(claimant())
    assert "password" not in repr(ledger).lower()
    assert not [row for row in rows(ledger) if "url" in row]
