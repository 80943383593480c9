"""The sandbox's accounts: the providers' own classes, which ignore the environment's proxies."""

from __future__ import annotations

import copy
import importlib
import pickle
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from countermand import FULL, Receipt, unzer
from countermand.sandbox.simulators import SIMULATORS
from tests.support.flavours import Flavour, cancel
from tests.support.rawserver import RawServer, close

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand.sandbox import Sandbox


@pytest.fixture
def _dead_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment names a proxy that answers nobody."""
    with RawServer([close]) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield
        assert proxy.accepted == 0


@pytest.mark.usefixtures("_dead_proxy")
def test_no_proxy_of_the_environment_stands_before_the_sandbox(
    sandbox: Sandbox, flavour: Flavour
) -> None:
    """As a company's: it would not reach this host."""
    payment = sandbox.create_payment("unzer")
    account: Any = sandbox.account("unzer")
    cancellation = unzer.Cancellation(payment.payment_id, amount=FULL)
    assert isinstance(cancel(flavour, account, cancellation, trust_env=True), Receipt)
    assert len(sandbox.executions("unzer", payment)) == 1


@pytest.mark.parametrize("api", SIMULATORS)
def test_an_account_is_of_the_provider_s_own_class(sandbox: Sandbox, api: str) -> None:
    """With its fields and its repr, and fit for another process."""
    account: Any = sandbox.account(api)
    kind = importlib.import_module(f"countermand.{api}").Account
    assert isinstance(account, kind)
    assert account.trust_env is False
    assert repr(account).startswith("Account(base_url=")
    for again in (pickle.loads(pickle.dumps(account)), copy.copy(account), attrs.evolve(account)):
        assert again == account
        assert again.trust_env is False
        assert hash(again) == hash(account)
    moved = attrs.evolve(account, base_url="http://127.0.0.1:1/elsewhere")
    assert type(moved) is type(account)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        account.base_url = "http://127.0.0.1:1"
