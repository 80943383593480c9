"""Whatever a server answers, the generated functions keep its status."""

import asyncio
import gzip
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from countermand_clients.bento.api.transactions import cancel_transaction
from countermand_clients.bento.models import TransactionResponse
from countermand_clients.client import AuthenticatedClient, Client
from countermand_clients.errors import ResponseParseError, UnexpectedStatus
from countermand_clients.pace_pay.api.transactions import cancel_transaction as pay_cancel
from countermand_clients.pace_pay.models import ErrorDocument
from countermand_clients.types import Response
from countermand_clients.unzer.api.payments import get_payment
from countermand_clients.vtex.api.payments import cancel_payment as vtex_cancel
from countermand_clients.vtex.models import CancelPaymentRequest

from .conftest import Provider

JSON = {"Content-Type": "application/json"}
HTML = b"<html>Bad gateway</html>"


def cancel(provider: Provider, **settings: Any) -> Response[Any]:
    """Cancel at the scripted provider, by a function whose 202 has a body."""
    with AuthenticatedClient(provider.url, token="t", **settings) as client:
        return cancel_transaction.sync_detailed("o-1", "t-1", client=client)


async def cancel_asynchronously(provider: Provider) -> Response[Any]:
    """Do the same with the asynchronous function."""
    async with AuthenticatedClient(provider.url, token="t") as client:
        return await cancel_transaction.asyncio_detailed("o-1", "t-1", client=client)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (520, HTML),
        (499, b""),
        (299, b"{}"),
        (302, b""),
    ],
)
def test_an_undocumented_status_is_a_reply_without_a_typed_body(
    provider: Provider, status: int, content: bytes
) -> None:
    """A status that no standard knows is given as the number that it is."""
    provider.answer = (status, {"Location": "http://127.0.0.1:1/elsewhere"}, content)

    response = cancel(provider)

    assert (response.status_code, response.content, response.parsed) == (status, content, None)
    assert len(provider.received) == 1


def test_an_undocumented_status_is_an_error_on_request(provider: Provider) -> None:
    """Whoever asks for it gets an exception, with status, body and headers."""
    provider.answer = (520, {"X-Trace": "7"}, HTML)

    with pytest.raises(UnexpectedStatus) as caught:
        cancel(provider, raise_on_unexpected_status=True)

    assert caught.value.status_code == 520
    assert caught.value.content == HTML
    assert caught.value.headers["x-trace"] == "7"


UNREADABLE = {
    "HTML": (202, {"Content-Type": "text/html"}, HTML),
    "nothing": (202, JSON, b""),
    "cut JSON": (202, JSON, b'{"data": {'),
    "an empty list": (202, JSON, b"[]"),
    "null": (202, JSON, b"null"),
    "a number in place of an object": (202, JSON, b'{"data": {"history": [7]}}'),
    "a list in place of an object": (202, JSON, b'{"data": []}'),
    "another charset": (202, JSON, '{"data": "ü"}'.encode("latin-1")),
    "endless nesting": (202, JSON, b"[" * 100_000),
    "a broken encoding": (202, {**JSON, "Content-Encoding": "gzip"}, b"no gzip"),
    "a body that breaks off": (202, {**JSON, "Content-Length": "500"}, b'{"data":'),
    "an error page": (422, {"Content-Type": "text/html"}, HTML),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_body_keeps_the_status(
    provider: Provider, answer: tuple[int, dict[str, str], bytes]
) -> None:
    """An unreadable body hides neither the answer nor its status."""
    provider.answer = answer

    for attempt in (lambda: cancel(provider), lambda: asyncio.run(cancel_asynchronously(provider))):
        with pytest.raises(ResponseParseError) as caught:
            attempt()
        assert caught.value.status_code == answer[0]
        assert caught.value.__cause__ is not None
        assert str(answer[0]) in str(caught.value)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (copy.status_code, copy.content) == (answer[0], caught.value.content)


def test_a_documented_body_is_typed(provider: Provider) -> None:
    """The normal case gives status, raw bytes and the typed body, in both colours."""
    content = b'{"data": {"id": "t-1", "state": "Brand-New"}}'
    provider.answer = (202, {**JSON, "Content-Encoding": "gzip"}, gzip.compress(content))

    for response in (cancel(provider), asyncio.run(cancel_asynchronously(provider))):
        assert response.status_code == 202
        assert response.content == content
        assert isinstance(response.parsed, TransactionResponse)
        assert response.parsed.to_dict() == {"data": {"id": "t-1", "state": "Brand-New"}}


def test_success_without_a_body_is_recognised_by_its_status(provider: Provider) -> None:
    """204 has no body, an error has one, and the status tells them apart."""
    errors = b'{"errors": [{"status": "404"}]}'
    with AuthenticatedClient(provider.url, token="t") as client:
        done = pay_cancel.sync_detailed("t-1", client=client)
        provider.answer = (404, {"Content-Type": "application/vnd.api+json"}, errors)
        missing = pay_cancel.sync_detailed("t-1", client=client)

    assert (done.status_code, done.parsed) == (204, None)
    assert missing.status_code == 404
    assert isinstance(missing.parsed, ErrorDocument)


def test_parse_answers_none_where_there_is_nothing_to_type() -> None:
    """A body-less and an undocumented status have no typed body, whatever is handed over."""
    assert pay_cancel.parse(204, None) is None
    assert pay_cancel.parse(520, {"errors": []}) is None


def test_a_missing_field_is_no_typed_body(provider: Provider) -> None:
    """A reply without a field that is always there is unreadable, and keeps its status."""
    provider.answer = (200, JSON, b"{}")
    body = CancelPaymentRequest(payment_id="P", request_id="R")

    with (
        AuthenticatedClient(provider.url, token="t") as client,
        pytest.raises(ResponseParseError) as caught,
    ):
        vtex_cancel.sync_detailed("P", client=client, body=body)

    assert caught.value.status_code == 200


def test_no_cookie_travels_to_the_next_request(provider: Provider) -> None:
    """What one reply sets must not tie the next payment to it."""
    provider.answer = (204, {"Set-Cookie": "session=1; Path=/"}, b"")

    with AuthenticatedClient(provider.url, token="t") as client:
        for _ in range(2):
            pay_cancel.sync_detailed("t-1", client=client)

    assert [request.headers.get("Cookie") for request in provider.received] == [None, None]


def test_a_client_without_settings_gives_up(provider: Provider) -> None:
    """Without a time limit a hung provider would hang the caller for ever."""
    with Client(provider.url) as client:
        assert client.get_httpx_client().timeout == httpx.Timeout(10.0)


def test_no_repr_shows_a_credential() -> None:
    """Clients end up in logs; tokens, keys and headers must not."""
    client = AuthenticatedClient(
        "https://user:s3cret-1@example.test",
        token="s3cret-2",
        headers={"X-Key": "s3cret-3"},
        httpx_args={"auth": ("s3cret-4", "")},
    )
    with client:
        before = repr(client)
        client.get_httpx_client()

        assert "s3cret" not in before
        assert "s3cret" not in repr(client)


def test_basic_authentication_and_bare_tokens_reach_the_server(provider: Provider) -> None:
    """All documented schemes can be used: basic by httpx's own means, keys as headers."""
    with Client(provider.url, httpx_args={"auth": ("s-priv-1", "")}) as client:
        get_payment.sync_detailed("p", client=client)
    with AuthenticatedClient(
        provider.url, token="K", prefix="", auth_header_name="X-Key", headers={"X-Other": "O"}
    ) as client:
        get_payment.sync_detailed("p", client=client)

    basic, keys = provider.received
    assert basic.headers["Authorization"] == "Basic cy1wcml2LTE6"
    assert (keys.headers["X-Key"], keys.headers["X-Other"]) == ("K", "O")


def test_threads_share_one_connection_pool(provider: Provider) -> None:
    """However many threads come first, one httpx client is built."""
    with Client(provider.url) as client, ThreadPoolExecutor(16) as pool:
        built = {id(found) for found in pool.map(lambda _: client.get_httpx_client(), range(64))}

    assert len(built) == 1


def test_calls_are_built_and_replies_read_without_httpx() -> None:
    """Whoever brings an executor of their own does not pay for importing ours."""
    script = (
        "import sys\n"
        "from countermand_clients.unzer.api.payments import cancel_payment as module\n"
        "assert module.parse(404, {'errors': []}) is not None\n"
        "module.call('s-pay-1')\n"
        "assert 'httpx' not in sys.modules\n"
        "from countermand_clients.unzer import Client\n"
        "assert 'httpx' in sys.modules\n"
    )
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr


def test_a_package_offers_its_clients_and_nothing_else() -> None:
    """A misspelt name is an attribute error and no silent import."""
    import countermand_clients.unzer as package  # noqa: PLC0415 - the test is about the import.

    assert package.AuthenticatedClient is AuthenticatedClient
    with pytest.raises(AttributeError, match="Klient"):
        package.Klient  # noqa: B018 - the test is about the access.
