"""Secrets of the configuration: refused where others can read them, and shown nowhere."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from countermand.provider import ProviderError, load_provider
from countermand_ops.config import ConfigurationError, _places, load
from tests.support.distributions import installer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Write = Callable[[str], Path]

SECRET = "s-priv-hush-hush"
UNZER = f'[accounts.unzer]\nprivate_key = "{SECRET}"\n'

PLAIN_ACCOUNT = """
from attrs import evolve
from countermand import unzer
from countermand.provider import Provider

class Cancellation(unzer.Cancellation):
    api = "third"

class Account:
    provider = None
    def __init__(self, secret):
        raise ValueError(f"secret must not be {secret}")

PROVIDER = evolve(unzer.PROVIDER, api="third", cancellation=Cancellation)
"""
"""A provider whose account is no attrs class, and quotes its argument."""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a distribution that registers a provider."""
    yield from installer(tmp_path, monkeypatch, "countermand.providers", PLAIN_ACCOUNT)


@pytest.mark.parametrize(
    "text",
    [
        UNZER,
        '[ledger]\nurl = "postgresql://u:hush@h/n"\n',
        '[ledger]\nurl = "postgresql://u@h/n?sslmode=require&password=hush"\n',
        '[ledger]\nurl = "postgresql://u@h/n?sslpassword=hush"\n',
        '[http]\nproxy = "http://u:hush@h:1"\n',
        '[http]\nproxy = "http://[u:hush@h"\n',
    ],
)
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644])
def test_a_file_with_secrets_that_others_can_read_is_refused(
    text: str, mode: int, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that repairs it; a credential and a password in a URL are secrets."""
    monkeypatch.setattr(_places, "_belongs_to_root", lambda _file: False)
    file = write(text)
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"others can read it; run: chmod 600 {file}$"):
        load(file)


def test_a_file_without_secrets_may_be_read_by_all(write: Write) -> None:
    """The credential may come from the environment, or from a function."""
    text = '[accounts.unzer]\n[accounts.pace-pay]\ntoken = {import = "os.path:basename"}\n'
    file = write(f'{text}[ledger]\nurl = "postgresql://u@h/n?sslmode=require"\n')
    file.chmod(0o644)
    assert len(load(file, {"COUNTERMAND_UNZER_PRIVATE_KEY": SECRET}).accounts) == 2


def test_the_group_may_read_a_file_of_root(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """As libpq has it: so services get theirs."""
    monkeypatch.setattr(_places, "_belongs_to_root", lambda _file: True)
    file = write(UNZER)
    file.chmod(0o640)
    assert len(load(file).accounts) == 1


def test_who_owns_a_file_is_read_from_the_system(write: Write) -> None:
    """Root's files belong to root."""
    assert _places._belongs_to_root(write("")) == (os.getuid() == 0)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_write_is_refused(mode: int, write: Write) -> None:
    """Even without secrets: another base_url would get those of the environment."""
    file = write("[policy]\n")
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"by others; run: chmod go-w {file}$"):
        load(file)


def test_where_modes_say_nothing_they_are_not_asked(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    monkeypatch.delattr(os, "getuid")
    file = write(UNZER)
    file.chmod(0o666)
    assert len(load(file).accounts) == 1


def frames(error: BaseException) -> str:
    """The traceback of an error with the local variables of its frames."""
    trace: Any = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(
        f"{frame.filename} {frame.locals}"
        for frame in trace.stack
        if not frame.filename.startswith(str(Path(__file__).parent))
    )


@pytest.mark.parametrize(
    "fault", ["deadline = =", "[policy]\ndeadline = -1", "[accounts.vtex]", "[http]\nx = 1"]
)
def test_no_error_shows_a_secret(fault: str, write: Write) -> None:
    """Neither its message nor a local variable of its traceback."""
    with pytest.raises(ConfigurationError) as refused:
        load(write(UNZER + fault))
    assert refused.value.__cause__ is None
    assert SECRET not in f"{refused.value}{frames(refused.value)}"
    with pytest.raises(ConfigurationError) as refused:
        load(environ={"COUNTERMAND_UNZER_PRIVATE_KEY": SECRET, "COUNTERMAND_POLICY_X": "1"})
    assert SECRET not in f"{refused.value}{frames(refused.value)}"


def test_no_representation_shows_a_secret(write: Write) -> None:
    """Of the configuration and of what it holds."""
    assert SECRET not in repr(load(write(UNZER + '[http]\nproxy = "http://u:s-priv@h:1"\n')))


def test_a_message_of_another_distribution_shows_no_secret(
    install: Callable[..., None], write: Write
) -> None:
    """Its account may quote its arguments."""
    install("third", "third = third_party:PROVIDER")
    with pytest.raises(ConfigurationError, match=r"secret must not be \[redacted\]$"):
        load(write(f'[accounts.third]\nsecret = "{SECRET}"\n'))
    file = write(f'[accounts.third]\nsecret = "{SECRET}"\n')
    file.chmod(0o604)
    with pytest.raises(ConfigurationError, match="others can read it"):
        load(file)


def test_a_provider_without_an_account_is_named(install: Callable[..., None], write: Write) -> None:
    """Its author has to repair it."""
    install(
        "third", "third = third_party:PROVIDER", PLAIN_ACCOUNT.replace("class Account", "class X")
    )
    with pytest.raises(ConfigurationError, match="third_party has no Account beside its Cancell"):
        load(write("[accounts.third]\n"))
    with pytest.raises(ProviderError):
        load_provider("fourth")
