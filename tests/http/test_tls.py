"""Custom authorities and client certificates, with a real TLS server, given as with httpx."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from countermand import AsyncClient, Client, Receipt, Sent, Unreachable, pace_pay
from tests.support.flavours import Flavour, cancel, exchange
from tests.support.rawserver import NO_CONTENT, RawServer, read, say

AUTHORITY = trustme.CA()
OTHER_AUTHORITY = trustme.CA()
CANCELLATION = pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c")


@pytest.fixture
def authority_file(tmp_path: Path) -> str:
    """The authority's certificate as a file."""
    path = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def certificate_files(tmp_path: Path) -> tuple[str, str]:
    """A client's certificate and its key as files."""
    issued = AUTHORITY.issue_cert("client.example")
    chain, key = tmp_path / "client.pem", tmp_path / "client.key"
    issued.cert_chain_pems[0].write_to_path(str(chain))
    issued.private_key_pem.write_to_path(str(key))
    return str(chain), str(key)


def serving(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's context with a certificate of an authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def mutual() -> Iterator[RawServer]:
    """A server that demands a client certificate of the authority."""
    context = serving(AUTHORITY)
    context.verify_mode = ssl.CERT_REQUIRED
    AUTHORITY.configure_trust(context)
    with RawServer([read, say(NO_CONTENT)], tls=context) as server:
        yield server


@pytest.mark.filterwarnings("ignore:`verify=<str>` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("form", ["context", "path", "off"])
def test_an_authority_of_ones_own_is_trusted(
    flavour: Flavour, form: str, authority_file: str
) -> None:
    """As a context, as a path, or not checked at all."""
    context = ssl.create_default_context(cafile=authority_file)
    verify = {"context": context, "path": authority_file, "off": False}[form]
    with RawServer([read, say(NO_CONTENT)], tls=serving(AUTHORITY)) as server:
        account = pace_pay.Account("token-one", server.url)
        assert isinstance(cancel(flavour, account, CANCELLATION, verify=verify), Receipt)


def test_the_environment_names_an_authority(
    flavour: Flavour, authority_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE counts with `trust_env`, as with httpx."""
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)
    with RawServer([read, say(NO_CONTENT)], tls=serving(AUTHORITY)) as server:
        account = pace_pay.Account("token-one", server.url)
        trusting = cancel(flavour, account, CANCELLATION, verify=True, trust_env=True)
        doubting = cancel(flavour, account, CANCELLATION, verify=True, trust_env=False)
    assert isinstance(trusting, Receipt)
    assert isinstance(doubting, Unreachable)


@pytest.mark.parametrize(
    "context",
    [serving(OTHER_AUTHORITY), serving(AUTHORITY, "other.example")],
    ids=["unknown-authority", "wrong-name"],
)
def test_a_server_that_cannot_prove_itself_gets_nothing(
    flavour: Flavour, context: ssl.SSLContext, authority_file: str
) -> None:
    """No request, no credentials, and a verdict that says so."""
    verify = ssl.create_default_context(cafile=authority_file)
    with RawServer([read, say(NO_CONTENT)], tls=context) as server:
        account = pace_pay.Account("token-one", server.url)
        known = cancel(flavour, account, CANCELLATION, verify=verify)
    assert isinstance(known, Unreachable)
    assert [attempt.sent for attempt in known.attempts] == [Sent.NOT_SENT]
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:`cert=...` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("form", ["argument", "context"])
def test_a_client_certificate_is_presented(
    flavour: Flavour,
    form: str,
    mutual: RawServer,
    authority_file: str,
    certificate_files: tuple[str, str],
) -> None:
    """Given as `cert`, or loaded into the context."""
    verify = ssl.create_default_context(cafile=authority_file)
    options: dict[str, object] = {"verify": verify}
    if form == "context":
        verify.load_cert_chain(*certificate_files)
    else:
        options["cert"] = certificate_files
    account = pace_pay.Account("token-one", mutual.url)
    assert isinstance(cancel(flavour, account, CANCELLATION, **options), Receipt)


def test_without_a_client_certificate_nothing_is_cancelled(
    flavour: Flavour, mutual: RawServer, authority_file: str
) -> None:
    """The server closes the connection; with TLS 1.3 the request may have been sent by then."""
    verify = ssl.create_default_context(cafile=authority_file)
    result = exchange(flavour, mutual.url, verify=verify)
    assert result.sent in {Sent.NOT_SENT, Sent.MAYBE_SENT}
    assert result.problem
    assert mutual.requests == []


@pytest.mark.parametrize(
    "options", [{"verify": "/nowhere/authority.pem"}, {"cert": "/nowhere/client.pem"}]
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_missing_file_is_reported_when_the_client_is_made(
    flavour: Flavour, options: dict[str, object]
) -> None:
    """A wrong setting is the programmer's error, as with httpx, and is reported at once."""
    maker = AsyncClient if flavour == "async" else Client
    with pytest.raises(FileNotFoundError, match=r"the certificates of verify .*cannot be loaded"):
        maker(pace_pay.Account("token-one"), **options)  # type: ignore[arg-type]
