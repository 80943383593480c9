"""The exact bytes that are sent for every operation of the five providers."""

import json
import re

import attrs
import pytest

from countermand import FULL, bento, vtex
from tests.support.expected_requests import BENTO_LINE, CALLS, CANCELS, ExpectedRequest, account
from tests.support.flavours import Flavour, run
from tests.support.rawserver import RawServer, answer, read, say

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")


def sent(flavour: Flavour, sending: ExpectedRequest) -> str:
    """Return the one request that a call sends."""
    with RawServer([read, say(answer(405, b"{}", "content-type: application/json"))]) as server:
        key = {"key": "order-42"} if sending.method == "cancel" else {}
        origin = server.url
        run(flavour, account(sending.api, origin), sending.method, sending.argument, **key)
        assert server.requests[0].fields["host"] == f"127.0.0.1:{server.port}"
        assert len(server.requests) == 1
        return server.requests[0].text


@pytest.mark.parametrize("sending", CANCELS, ids=lambda sending: sending.id)
def test_a_cancel_sends_exactly_these_bytes(flavour: Flavour, sending: ExpectedRequest) -> None:
    """Method, target, every header field but the host, and the body, none added, none missing."""
    assert sent(flavour, sending) == sending.expected


@pytest.mark.parametrize("sending", CALLS, ids=lambda sending: sending.id)
def test_any_other_operation_sends_exactly_these_bytes(
    flavour: Flavour, sending: ExpectedRequest
) -> None:
    """The same for `execute`, for every operation and every content type."""
    assert sent(flavour, attrs.evolve(sending, method="execute")) == sending.expected


def test_providers_that_name_their_headers_so_get_them_so(flavour: Flavour) -> None:
    """A VTEX provider whose manifest says `usesProviderHeadersName` gets the other two names."""
    with RawServer([read, say(answer(405))]) as server:
        owner = vtex.Account(server.url, "app-key-1", "app-token-1", provider_headers=True)
        run(flavour, owner, "cancel", vtex.Cancellation("P1"), key="order-42")
        fields = server.requests[0].fields
    assert fields["x-provider-api-appkey"] == "app-key-1"
    assert fields["x-provider-api-apptoken"] == "app-token-1"
    assert not [name for name in fields if name.startswith("x-vtex")]


@pytest.mark.parametrize("ending", ["", "/", "/payments/v1", "/payments/v1/"])
def test_bento_is_found_with_and_without_its_version(flavour: Flavour, ending: str) -> None:
    """Both ways of writing the address lead to the same target."""
    with RawServer([read, say(answer(405))]) as server:
        owner = bento.Account("token-one", server.url + ending, read=False)
        cancellation = bento.Cancellation("or_1", "tx_1", refund_amount=FULL)
        run(flavour, owner, "cancel", cancellation, key="order-42")
    assert f"PUT {server.requests[0].target}" == BENTO_LINE


@pytest.mark.parametrize("key", ["order-42", "Bestellung \u00e4\U0001f600", "x" * 255])
def test_a_key_is_sent_only_as_what_is_derived_from_it(flavour: Flavour, key: str) -> None:
    """Whatever the caller's key, the provider receives 32 hexadecimal digits."""
    with RawServer([read, say(answer(405))]) as server:
        owner = account("vtex", server.url)
        run(flavour, owner, "cancel", vtex.Cancellation("P1"), key=key)
    found = json.loads(server.requests[0].body)["requestId"]
    assert re.fullmatch("[0-9A-F]{32}", found)
    assert key.encode() not in server.requests[0].head + server.requests[0].body
