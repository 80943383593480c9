"""The configuration: from a file to accounts, policy, ledger and clients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from countermand import AsyncClient, Backoff, Client, Ledger, Policy, bento, unzer, vtex
from countermand_ops.config import ConfigurationError, load

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[str], Path]

EVERYTHING = """\
[ledger]
url = "sqlite:////var/lib/countermand/ledger.db"
lease = 60

[journal]
path = "/var/log/countermand.jsonl"

[http]
trust_env = false
verify = true

[policy]
attempts = 2
deadline = 20
budget = false

[policy.backoff]
first = 0.5

[policy.follow_up]
accepted = [
  60,
  300,
]

[accounts.unzer]
private_key = "s-priv-first"

[accounts.unzer-shop]
provider = "unzer"
private_key = "s-priv-second"
base_url = "https://shop.example/v1"

[accounts.vtex]
base_url = "https://vtex.example"
app_key = "app-key-1"
app_token = "app-token-1"
provider_headers = true

[accounts.bento]
base_url = "https://bento.example"
token = { import = "os.path:basename" }
"""


def test_everything_can_be_configured(write: Write) -> None:
    """Accounts by name, of any provider; a token may be a function of the user."""
    file = write(EVERYTHING)
    found = load(file)
    assert found.file == file
    assert found.journal == Path("/var/log/countermand.jsonl")
    assert isinstance(found.ledger, Ledger)
    assert found.policy.backoff == Backoff(first=0.5)
    assert found.policy.budget is None
    assert (found.policy.attempts, found.policy.deadline) == (2, 20)
    assert found.policy.follow_up.accepted == (60, 300)
    assert found.accounts["unzer"] == unzer.Account("s-priv-first")
    assert found.accounts["unzer-shop"].endpoint == "https://shop.example/v1"
    assert found.accounts["vtex"] == vtex.Account(
        "https://vtex.example", "app-key-1", "app-token-1", provider_headers=True
    )
    assert isinstance(found.accounts["bento"], bento.Account)
    assert callable(found.accounts["bento"].token_source)


def test_clients_have_the_accounts_and_the_settings(write: Write) -> None:
    """What the caller passes takes precedence."""
    found = load(write(EVERYTHING))
    with found.client() as client:
        assert isinstance(client, Client)
        assert client._accounts.all == (*found.accounts.values(),)
        assert (client._policy, client._ledger) == (found.policy, found.ledger)
    other = Policy(attempts=1)
    asynchronous = found.async_client(policy=other, ledger=None)
    assert isinstance(asynchronous, AsyncClient)
    assert (asynchronous._policy, asynchronous._ledger) == (other, None)


def test_a_relative_folder_for_state_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older versions of platformdirs take it; each folder would have a ledger of its own."""
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: Path("state"))
    with pytest.raises(ConfigurationError, match="XDG_STATE_HOME must be absolute"):
        load()


def test_without_a_file_the_defaults_hold(home: Path) -> None:
    """The ledger and the journal lie in the user's folder for state, which nobody else reads."""
    found = load()
    assert (found.file, dict(found.accounts), found.policy) == (None, {}, Policy())
    assert found.journal == home / "state" / "countermand" / "journal.jsonl"
    assert (home / "state" / "countermand").stat().st_mode & 0o777 == 0o700
    next(found.ledger.unresolved(), None)
    found.ledger.close()
    assert (home / "state" / "countermand" / "ledger.db").exists()


def test_the_file_is_found_where_it_usually_is_or_where_it_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An argument comes before COUNTERMAND_CONFIG, and that before the folder of XDG."""
    usual = home / "config" / "countermand" / "countermand.toml"
    usual.parent.mkdir(parents=True)
    files = {usual: 1, home / "named.toml": 2, home / "argument.toml": 3}
    for file, deadline in files.items():
        file.touch(mode=0o600)
        file.write_text(f"[policy]\ndeadline = {deadline}\n")
    assert load().policy.deadline == 1
    monkeypatch.setenv("COUNTERMAND_CONFIG", str(home / "named.toml"))
    assert load().policy.deadline == 2
    assert load(home / "argument.toml").policy.deadline == 3
    assert load(environ={}).policy.deadline == 1


WRONG = {
    "no TOML": ("[policy]\ndeadline =\n", "is no valid TOML: Invalid value (at line 2, column 11)"),
    "section": ("\n[ledgr]\n", "line 2: ledgr is unknown; the configuration has: accounts, http,"),
    "no table": ("accounts = 5\n", "line 1: accounts must be a table: [accounts]"),
    "account no table": ("[accounts]\nunzer = 5\n", "line 2: accounts.unzer must be a table:"),
    "policy name": (
        "[policy]\n\ndeadlin = 3\n",
        "line 3: policy.deadlin is unknown; [policy] has:",
    ),
    "policy type": ("[policy]\ndeadline = '3'\n", "line 2: policy.deadline must be a number such"),
    "policy value": ("[policy]\nattempts = 0\n", "line 2: policy.attempts must be an int of at"),
    "policy part": ("[policy]\nbackoff = 3\n", "line 2: policy.backoff must be a table:"),
    "part's value": (
        "[policy.follow_up]\naccepted = [\n 1,\n -2]\n",
        "line 2: policy.follow_up.accepted must be positive",
    ),
    "budget": ("[policy]\nbudget = true\n", "line 2: policy.budget must be a table:"),
    "ledger name": ("[ledger]\npath = 'x'\n", "line 2: ledger.path is unknown; [ledger] has:"),
    "ledger type": ("[ledger]\nurl = 3\n", "line 2: ledger.url must be a text such as sqlite:////"),
    "ledger relative": (
        "[ledger]\nurl = 'sqlite:///x'\n",
        "line 2: ledger.url must hold an absolu",
    ),
    "ledger kind": (
        "[ledger]\nurl = 'mysql://h/n'\n",
        "line 2: ledger.url is wrong: a ledger needs",
    ),
    "lease": ("[ledger]\nlease = 0\n", "line 2: ledger.lease is wrong: lease must be from 1"),
    "journal name": ("[journal]\nfile = 'x'\n", "line 2: journal.file is unknown; [journal] has:"),
    "journal": ("[journal]\npath = 'x'\n", "line 2: journal.path must be an absolute path such as"),
    "http proxy": (
        "[http]\nproxy = 'http://ada:hush@host:bad'\n",
        "line 2: http.proxy must be a URL such as http://proxy.example:3128",
    ),
    "http proxy kind": ("[http]\nproxy = 'gopher://h'\n", "line 2: http.proxy must be a URL such"),
    "http cert": (
        "[http]\n\ncert = 7\n",
        "line 3: http.cert must be the path of a certif",
    ),
    "http verify": ("[http]\nverify = 5\n", "line 2: http.verify must be true, false or the path"),
    "follow-up": (
        "[policy.follow_up]\naccepted = []\n",
        "line 2: policy.follow_up.accepted must be a list of seconds such as [",
    ),
    "follow-up number": (
        "[policy.follow_up]\naccepted = 5\n",
        "line 2: policy.follow_up.accepted must be a list of seconds such as [",
    ),
    "ledger file": (
        "[ledger]\nurl = 'ledger.db'\n",
        "is no valid URL; write sqlite:////var/lib/countermand/ledger.db or postgresql://",
    ),
    "http name": ("[http]\nproxi = 'x'\n", "line 2: http.proxi is unknown; [http] has: cert,"),
    "provider": (
        "[accounts.unzr]\n",
        "line 1: accounts.unzr needs a provider, one of bento, pace_fueling, pace_pay, unzer, vtex",
    ),
    "named provider": (
        "[accounts.shop]\nprovider = 'unzr'\n",
        "line 2: accounts.shop.provider needs a provider, one of",
    ),
    "account name": (
        "[accounts.unzer]\nprivat_key = 'x'\n",
        "line 2: accounts.unzer.privat_key is unknown; [accounts.unzer] has: base_url, private_key",
    ),
    "account missing": (
        "[accounts.unzer]\n",
        "line 1: accounts.unzer needs private_key: write it there, or set COUNTERMAND_UNZER_PRI",
    ),
    "account type": (
        "[accounts.unzer]\nprivate_key = 5\n",
        "line 2: accounts.unzer.private_key is wrong: private_key must be a str, not int",
    ),
    "account flag": (
        "[accounts.bento]\ntoken = 'abcdef'\nbase_url = 'https://h'\nread = 'no'\n",
        "line 4: accounts.bento.read is wrong: 'read' must be <class 'bool'>",
    ),
    "account table": (
        "[accounts.bento]\nbase_url = 'https://h'\ntoken = {impot = 'x'}\n",
        "line 3: accounts.bento.token must be a value or {import = ",
    ),
    "account import": (
        "[accounts.bento]\nbase_url = 'https://h'\ntoken = {import = 'os:nothing'}\n",
        "line 3: accounts.bento.token cannot be imported: module 'os' has no attribute",
    ),
    "import relative": (
        "[accounts.bento]\nbase_url = 'https://h'\ntoken = {import = '.sessions:f'}\n",
        "line 3: accounts.bento.token cannot be imported: it raises TypeError; write {import = ",
    ),
    "nested": (f"a = {'[' * 100_000}", "is no valid TOML: it is nested too deeply"),
    "a long number": (f"a = {'9' * 5000}", "is no valid TOML: Exceeds the limit"),
    "import no module": (
        "[accounts.bento]\nbase_url = 'https://h'\ntoken = {import = ':x'}\n",
        "line 3: accounts.bento.token cannot be imported: Empty module name",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_entry_is_refused_with_its_line_and_the_right_form(
    text: str, message: str, write: Write
) -> None:
    """Each file has one fault."""
    file = write(text)
    with pytest.raises(ConfigurationError) as refused:
        load(file)
    assert str(refused.value).startswith(f"{file}")
    assert message in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("code", ["def f(", "raise RuntimeError('hush')", "raise SystemExit"])
def test_a_module_that_cannot_be_imported_is_told(
    code: str, write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its words, which may hold a secret."""
    name = f"broken_{len(code)}"
    (home / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(home)
    file = write(f"[accounts.bento]\nbase_url = 'https://h'\ntoken = {{import = '{name}:f'}}\n")
    with pytest.raises(ConfigurationError, match=r"line 3: .* it raises \w+; write") as refused:
        load(file)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("setting", ["verify = '/none.pem'", "cert = '/none.pem'"])
def test_a_wrong_connection_setting_is_refused_when_a_client_is_made(
    setting: str, write: Write
) -> None:
    """Not at the first payment."""
    found = load(write(f"[http]\n{setting}\n[accounts.unzer]\nprivate_key = 's-priv-1'\n"))
    with pytest.raises(ConfigurationError, match=r"^no client can be made: "):
        found.client()
    with pytest.raises(ConfigurationError, match=r"^no client can be made: "):
        found.async_client()


def test_a_list_of_connection_settings_is_a_tuple(write: Write) -> None:
    """As the client wants it."""
    found = load(write("[http]\ncert = ['/none.pem', '/none.key']\n"))
    with pytest.raises(ConfigurationError, match="No such file"):
        found.client()


def test_a_named_file_must_exist(home: Path) -> None:
    """A typo must not lead to another ledger."""
    with pytest.raises(ConfigurationError, match=r"none.toml does not exist; name a file such as"):
        load(home / "none.toml")


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "Is a directory"), (b"\xff", "it is not UTF-8")]
)
def test_an_unreadable_file_is_refused(home: Path, content: bytes | None, reason: str) -> None:
    """With the system's reason."""
    file = home / "odd.toml"
    file.mkdir() if content is None else file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"cannot be read: {reason}"):
        load(file)


def test_a_byte_order_mark_does_not_count(write: Write) -> None:
    """Editors on Windows write it."""
    assert load(write("\ufeff[policy]\ndeadline = 7\n")).policy.deadline == 7


def test_a_state_folder_that_cannot_be_made_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to set instead."""
    (home / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    with pytest.raises(
        ConfigurationError, match=r"Not a directory; set ledger\.url and journal\.path"
    ):
        load()
