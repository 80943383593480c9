"""The sandbox starts, stops, hands out accounts, and can be served by others."""

from __future__ import annotations

import asyncio
import runpy
import socket
import sys
import threading
from typing import Any

import httpx
import pytest

from countermand import specs
from countermand.sandbox import Sandbox, create_app
from countermand.sandbox.__main__ import main
from countermand.sandbox.simulators import BASE_PATHS


def test_a_sandbox_leaves_nothing_behind() -> None:
    """No thread and no listener stays after the block, even with a connection open."""
    before = threading.active_count()
    with httpx.Client(trust_env=False) as client:
        with Sandbox() as sandbox:
            url = sandbox.url
            assert client.get(f"{url}/_sandbox/payments").json() == []
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
    assert threading.active_count() == before


def test_a_body_does_not_wait_for_the_acknowledgement_of_its_head() -> None:
    """Linux acknowledges after 40 ms, once a kept connection is no longer new."""
    with Sandbox() as sandbox:
        (server,) = sandbox._server.servers
        (listener,) = server.sockets
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_sandbox_has_an_address_only_once_it_is_entered() -> None:
    """Leaving one that was never entered does nothing."""
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="no address"):
        sandbox.base_url("unzer")
    sandbox.__exit__(None, None, None)


def test_two_sandboxes_with_the_same_calls_make_the_same_ids() -> None:
    """Generated ids are not random."""
    apis = tuple(BASE_PATHS)
    first, second = ([Sandbox().create_payment(api) for api in apis] for _ in range(2))
    assert first == second


def test_an_unknown_api_has_no_base_url(sandbox: Sandbox) -> None:
    """The message lists the five."""
    with pytest.raises(LookupError, match="'stripe' is not one of pace_pay, pace_fueling"):
        sandbox.base_url("stripe")


@pytest.mark.parametrize("api", BASE_PATHS)
def test_every_account_has_the_base_url_of_the_sandbox_or_another(
    sandbox: Sandbox, api: str
) -> None:
    """The account's base URL is the sandbox's, or the one given."""
    account: Any = sandbox.account(api)
    assert account.base_url == sandbox.base_url(api)
    elsewhere = f"http://127.0.0.1:9{BASE_PATHS[api]}"
    account = sandbox.account(api, base_url=elsewhere)
    assert account.base_url == elsewhere


def test_an_account_can_act_for_a_user_or_with_a_token_of_ones_own(sandbox: Sandbox) -> None:
    """A token or a callable is passed through; a user gets a fresh token."""
    assert sandbox.account("pace_pay", token="mine").token_source == "mine"
    token = sandbox.account("bento", user="u-7").token_source
    assert isinstance(token, str)
    assert token.startswith("sandbox-token-")


def test_expiring_a_token_of_someone_else_is_an_error(sandbox: Sandbox) -> None:
    """A slip in a test must not pass in silence; a token can be made expired, too."""
    with pytest.raises(LookupError, match="no such token"):
        sandbox.expire("never issued")
    assert sandbox.issue_token(expired=True)


def test_the_app_can_be_served_by_others_also_below_a_prefix() -> None:
    """`create_app` needs no thread and no socket of its own."""

    async def scenario() -> tuple[int, str]:
        transport = httpx.ASGITransport(create_app(), root_path="/below")
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            await client.post("/below/_sandbox/payments", json={"api": "unzer"})
            answer = await client.get(
                "/below/unzer/v1/payments/s-pay-1", auth=("s-priv-countermandsandbox", "")
            )
            return answer.status_code, answer.json()["transactions"][0]["url"]

    url = "http://host/below/unzer/v1/payments/s-pay-1/authorize/s-aut-1"
    assert asyncio.run(scenario()) == (200, url)


def test_lifespan_events_of_a_host_are_left_to_the_framework() -> None:
    """A scope without a path passes through."""
    sent: list[str] = []

    async def scenario() -> None:
        events = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, str]:
            return {"type": next(events)}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message["type"])

        await create_app()({"type": "lifespan", "app": None}, receive, send)

    asyncio.run(scenario())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_command_prints_what_a_newcomer_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """Base URLs, credentials and curl lines; Ctrl-C ends it in order."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    main(["--port", "0", "--link-owner", "token"], stay=interrupted)
    printed = capsys.readouterr().out
    for api, path in BASE_PATHS.items():
        assert api in printed
        assert path in printed
    assert "curl http://127.0.0.1:" in printed
    assert printed.endswith("stopped\n")


def test_the_command_takes_names_of_loopback_only(capsys: pytest.CaptureFixture[str]) -> None:
    """The credentials are constants, so the sandbox must not be reachable from other hosts."""
    main(["--host", "localhost", "--port", "0"], stay=lambda: None)
    for host in ("0.0.0.0", "example.com", "10.0.0.1", "::1"):
        with pytest.raises(SystemExit):
            main(["--host", host])
        assert f"{host} is not an IPv4 loopback address" in capsys.readouterr().err


def test_the_command_names_the_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """A second sandbox at the default port ends with a line, and no traceback."""
    with Sandbox() as first:
        port = first.url.rpartition(":")[2]
        with pytest.raises(SystemExit):
            main(["--port", port])
    assert f"argument --port: 127.0.0.1:{port}: Address already in use" in capsys.readouterr().err


def test_the_package_can_be_run_as_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m countermand.sandbox --help` tells what it takes."""
    monkeypatch.setattr(sys, "argv", ["countermand.sandbox", "--help"])
    monkeypatch.delitem(sys.modules, "countermand.sandbox.__main__")
    with pytest.raises(SystemExit):
        runpy.run_module("countermand.sandbox", run_name="__main__")
    assert "--port" in capsys.readouterr().out


def test_documents_are_found_under_both_spellings() -> None:
    """Hyphen or underscore; both lead to one file, which loads."""
    assert specs.path("pace-pay") == specs.path("pace_pay")
    assert specs.load("unzer")["openapi"] == "3.1.0"


@pytest.mark.parametrize("api", ["stripe", "../specs/unzer", ""])
def test_a_document_that_does_not_exist_is_a_lookup_error(api: str) -> None:
    """Also for a name that is a path."""
    with pytest.raises(LookupError, match="no OpenAPI document"):
        specs.path(api)
