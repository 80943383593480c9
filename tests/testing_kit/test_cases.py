"""The cases for users' own code: right code passes, and each kind of wrong code is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import Client, NotCancelled, OutcomeUnknown, Policy
from countermand.ledger import Ledger
from countermand.sandbox import testing
from tests.support.flavours import PLAIN_TLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from countermand.sandbox import Sandbox
    from countermand.sandbox.testing import CancelFunction

POLICY = Policy(attempts=2, attempt_timeout=0.5, deadline=10.0, budget=None)


@pytest.fixture(scope="module")
def with_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CancelFunction]:
    """What the README does, around one cancel."""
    folder: Path = tmp_path_factory.mktemp("ledger")
    with Ledger(folder / "cases.db") as ledger:

        def cancel(account: Any, cancellation: Any, key: str) -> bool | None:
            options: Any = {"policy": POLICY, "verify": PLAIN_TLS, "trust_env": False}
            with Client(account, ledger=ledger, **options) as client:
                try:
                    client.cancel(cancellation, key=key)
                except NotCancelled:
                    return False
                except OutcomeUnknown:
                    return None
                return True

        yield cancel


@pytest.mark.parametrize("case", testing.cases(), ids=str)
def test_a_client_with_a_ledger_passes(
    sandbox: Sandbox, with_ledger: CancelFunction, case: testing.Case
) -> None:
    """At every provider, whatever goes wrong."""
    case.play(sandbox, with_ledger)


def post(account: Any, cancellation: Any, _key: str) -> bool:
    """Send what Unzer documents, and believe the status."""
    url = f"{account.endpoint}/payments/{cancellation.payment_id}/authorize/cancels"
    credentials = (account.private_key, "")
    sent = httpx.post(url, json={"amount": "10.00"}, auth=credentials, timeout=1.0, trust_env=False)
    return sent.status_code == 200


def hopeful(account: Any, cancellation: Any, key: str) -> bool | None:
    """An error is not known, and the same is sent again."""
    try:
        return post(account, cancellation, key)
    except httpx.HTTPError:
        return None


def pessimistic(account: Any, cancellation: Any, key: str) -> bool:
    """An error is taken for a refusal."""
    return bool(hopeful(account, cancellation, key))


@pytest.mark.parametrize(
    ("cancel", "name", "found"),
    [
        (hopeful, "executed, the answer is lost", "executed 2 times after the second call"),
        (pessimistic, "executed, the answer is lost", "first call says not cancelled, and it was"),
        (hopeful, "a web page with 200 in its place", "first call says cancelled, and nothing"),
        (hopeful, "arrives when the caller has given up", "executed 2 times after the second"),
    ],
)
def test_code_that_is_wrong_fails(
    sandbox: Sandbox, cancel: CancelFunction, name: str, found: str
) -> None:
    """It is told which call believed what, or how often it was executed."""
    with pytest.raises(testing.CaseFailed, match=found):
        testing.Case("unzer", name).play(sandbox, cancel)


async def believe(*_: object) -> bool:
    """A coroutine function, which nobody awaits."""
    return True


@pytest.mark.parametrize(
    ("cancel", "error", "found"),
    [
        (believe, TypeError, "True, False or None; wrap a coroutine in asyncio.run"),
        (lambda *_: "cancelled", TypeError, "must return True, False or None, not str"),
        (lambda *_: None, testing.CaseFailed, "no request came to http://127.0.0.1:.*; send it"),
    ],
)
def test_code_that_does_nothing_fails(
    sandbox: Sandbox, cancel: Any, error: type[Exception], found: str
) -> None:
    """It would pass every case otherwise."""
    with pytest.raises(error, match=found):
        testing.Case("unzer", "nothing goes wrong").play(sandbox, cancel)


def test_what_the_code_itself_raises_is_not_hidden(sandbox: Sandbox) -> None:
    """The test fails with that."""

    def broken(*_: object) -> bool:
        raise KeyError("no such setting")

    with pytest.raises(KeyError, match="no such setting"):
        testing.Case("vtex", "nothing goes wrong").play(sandbox, broken)


def test_cases_are_chosen_by_provider() -> None:
    """All five where none is named."""
    chosen = testing.cases("bento", "vtex")
    assert {case.api for case in chosen} == {"bento", "vtex"}
    assert len({str(case) for case in testing.cases()}) * 2 == len(chosen) * 5
    with pytest.raises(ValueError, match=r"'stripe' is not one of pace_pay, .*, vtex"):
        testing.cases("stripe")
