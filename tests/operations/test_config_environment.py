"""The configuration from environment variables: they come before the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from countermand import bento, unzer
from countermand_ops.config import ConfigurationError, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BENTO = {
    "COUNTERMAND_BENTO_TOKEN": "token-1",
    "COUNTERMAND_BENTO_BASE_URL": "https://bento.example",
}


def test_a_variable_alone_makes_an_account() -> None:
    """No file is needed; an empty variable counts as absent."""
    environ = {"COUNTERMAND_UNZER_PRIVATE_KEY": "s-priv-env", "COUNTERMAND_VTEX_APP_KEY": ""}
    assert load(environ=environ).accounts == {"unzer": unzer.Account("s-priv-env")}


def test_a_variable_takes_precedence_over_the_file(write: Callable[[str], Path]) -> None:
    """The account with the longest fitting name is meant."""
    file = write("[accounts.unzer]\n[accounts.unzer-shop]\nprovider = 'unzer'\n")
    environ = {
        "COUNTERMAND_UNZER_PRIVATE_KEY": "s-priv-one",
        "COUNTERMAND_UNZER_SHOP_PRIVATE_KEY": "s-priv-two",
    }
    keys = {"unzer": unzer.Account("s-priv-one"), "unzer-shop": unzer.Account("s-priv-two")}
    assert load(file, environ).accounts == keys


def test_texts_become_what_the_setting_is() -> None:
    """Numbers and flags; a path stays a text."""
    environ = {
        "COUNTERMAND_POLICY_ATTEMPTS": "2",
        "COUNTERMAND_POLICY_DEADLINE": "7.5",
        "COUNTERMAND_POLICY_LOOK_FIRST": "TRUE",
        "COUNTERMAND_LEDGER_URL": "sqlite:////tmp/ledger.db",
        "COUNTERMAND_LEDGER_LEASE": "60",
        "COUNTERMAND_HTTP_TRUST_ENV": "false",
        "COUNTERMAND_HTTP_VERIFY": "false",
        "COUNTERMAND_BENTO_READ": "false",
        **BENTO,
    }
    found = load(environ=environ)
    policy = found.policy
    assert (policy.attempts, policy.deadline, policy.look_first) == (2, 7.5, True)
    assert found.accounts["bento"] == bento.Account("token-1", "https://bento.example", read=False)
    assert found._http == {"trust_env": False, "verify": False}
    assert load(environ={"COUNTERMAND_POLICY_BUDGET": "False"}).policy.budget is None
    assert load(environ={"COUNTERMAND_HTTP_VERIFY": "/ca.pem"})._http == {"verify": "/ca.pem"}


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "COUNTERMAND_UNZR_PRIVATE_KEY",
            "x",
            "names no account and no setting; write COUNTERMAND_",
        ),
        ("COUNTERMAND_UNZER_PRIVAT_KEY", "x", ": accounts.unzer.privat_key is unknown; [accounts."),
        ("COUNTERMAND_POLICY_ATTEMPTS", "two", ": policy.attempts must be a number such as 4"),
        ("COUNTERMAND_POLICY_LOOK_FIRST", "ja", ": policy.look_first must be true or false"),
        ("COUNTERMAND_LEDGER_LEASE", "long", ": ledger.lease must be a number such as 30.0"),
        ("COUNTERMAND_LEDGER_URL", "sqlite:///x", ": ledger.url must hold an absolute path"),
        ("COUNTERMAND_UNZER_PRIVATE_KEY", "s-pub-1", ": accounts.unzer.private_key is wrong: priv"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, message: str) -> None:
    """With the right form."""
    with pytest.raises(ConfigurationError) as refused:
        load(environ={variable: value})
    assert str(refused.value).startswith(variable)
    assert message in str(refused.value)


def test_what_is_missing_without_a_file_is_named_by_its_variable(
    write: Callable[[str], Path],
) -> None:
    """There is no line to name; nor is there one in a file that has nothing of it."""
    for file in (None, write("[policy]\nattempts = 1\n"), write("")):
        with pytest.raises(ConfigurationError) as refused:
            load(file, {"COUNTERMAND_VTEX_APP_KEY": "key-12345"})
        assert str(refused.value) == (
            "accounts.vtex needs base_url: write it there, or set COUNTERMAND_VTEX_BASE_URL"
        )


def test_the_environment_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a table of the file that is none cannot be filled from it."""
    monkeypatch.setenv("COUNTERMAND_UNZER_PRIVATE_KEY", "s-priv-env")
    assert [*load().accounts] == ["unzer"]


def test_a_variable_does_not_replace_what_is_no_table(write: Callable[[str], Path]) -> None:
    """The file is wrong then."""
    environ: dict[str, Any] = {"COUNTERMAND_LEDGER_LEASE": "60"}
    with pytest.raises(ConfigurationError, match=r"line 1: ledger must be a table: \[ledger\]"):
        load(write("ledger = 5\n"), environ)
