"""examples/fastapi: a service that cancels after its user has logged in, in both kinds of link."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from attrs import frozen

from countermand import Forbidden
from countermand.sandbox import PacePayment, Sandbox
from countermand.sandbox._state.tokens import LinkOwner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from tests.examples.conftest import Load


@frozen
class Login:
    """The login of a user with a third party, at the sandbox."""

    sandbox: Sandbox

    def url(self, state: str) -> str:
        """A page that nobody serves."""
        return f"https://login.example/?state={state}"

    async def exchange(self, code: str) -> str:
        """The code is the user's name."""
        self.sandbox.link(code)
        return self.sandbox.issue_token(code)


@frozen
class Service:
    """The app in an event loop of its own, as a server runs it."""

    app: FastAPI
    loop: asyncio.Runner

    def request(self, method: str, path: str, session: str, params: Any) -> httpx.Response:
        """Send one request, with the cookie of a session."""

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app),
                base_url="https://shop.example",
                cookies={"__Host-session": session},
            ) as client:
                return await client.request(method, path, params=params)

        return self.loop.run(send())


@frozen
class Browser:
    """A browser that has the cookie of a session, and stays where it is redirected."""

    service: Service
    session: str

    def request(self, method: str, path: str, **params: str) -> httpx.Response:
        """Send one request."""
        return self.service.request(method, path, self.session, params)

    def cancel(self, payment: PacePayment) -> httpx.Response:
        """Press the button."""
        return self.request("POST", f"/orders/{payment.transaction_id}/cancel")

    def come_back(self, **params: str) -> httpx.Response:
        """Arrive from the login page."""
        return self.request("GET", "/after-login", **params)


@frozen
class Shop:
    """The service, and what it stands on."""

    sandbox: Sandbox
    service: Service

    def browser(self, session: str) -> Browser:
        """A browser with a session of this shop."""
        return Browser(self.service, session)

    def executions(self, payment: PacePayment) -> int:
        """How often it was cancelled."""
        return len(self.sandbox.executions(payment=payment))


@pytest.fixture(params=get_args(LinkOwner))
def shop(request: pytest.FixtureRequest, load: Load, tmp_path: Path) -> Iterator[Shop]:
    """A shop with two users who have no link, in each of the sandbox's modes."""
    service = load("fastapi/service")
    with Sandbox(link_owner=request.param) as sandbox:
        sessions = {
            f"cookie-of-{user}": service.Session(user, sandbox.issue_token(user, linked=False))
            for user in ("ada", "bob")
        }
        ledger = f"sqlite:///{tmp_path / 'keys.db'}"
        made = service.Shop(sessions, Login(sandbox), ledger, sandbox.base_url("pace_pay"))
        app = service.create_app(made)
        lifespan = app.router.lifespan_context(app)
        with asyncio.Runner() as loop:
            loop.run(lifespan.__aenter__())
            yield Shop(sandbox, Service(app, loop))
            loop.run(lifespan.__aexit__(None, None, None))


def start(browser: Browser, payment: PacePayment) -> str:
    """Cancel, and return the state with which the service redirects to the login."""
    redirect = browser.cancel(payment)
    assert redirect.status_code == 303
    (state,) = parse_qs(urlsplit(redirect.headers["location"]).query)["state"]
    assert len(state) >= 40
    return state


def test_the_service_cancels_once_after_the_login(shop: Shop) -> None:
    """Redirect, callback, receipt; a repeat of the order sends nothing."""
    payment, browser = shop.sandbox.create_payment("pace_pay"), shop.browser("cookie-of-ada")
    state = start(browser, payment)
    assert shop.executions(payment) == 0
    done = browser.come_back(state=state, code="ada")
    assert (done.status_code, done.json()["outcome"]) == (200, "cancelled")
    again = browser.cancel(payment)
    assert (again.status_code, again.json()["evidence"]) == (200, "ledger")
    assert shop.executions(payment) == 1


def test_a_state_is_worth_nothing_elsewhere_or_again(shop: Shop) -> None:
    """Neither a guess, nor another session, nor a second callback finishes the cancel."""
    payment, browser = shop.sandbox.create_payment("pace_pay"), shop.browser("cookie-of-ada")
    state = start(browser, payment)
    other = shop.browser("cookie-of-bob")
    for each, params in (
        (browser, {"state": "guessed", "code": "ada"}),
        (browser, {"code": "ada"}),
        (other, {"state": state, "code": "bob"}),
        (browser, {"state": state, "error": "access_denied"}),
        (browser, {"state": state, "code": "ada"}),
    ):
        assert each.come_back(**params).status_code == 403
    assert other.cancel(payment).status_code == 303
    nobody = shop.browser("nobody")
    assert nobody.cancel(payment).status_code == 401
    assert nobody.come_back(state=state, code="ada").status_code == 401
    assert shop.executions(payment) == 0


def test_a_refusal_is_told_as_it_is(shop: Shop) -> None:
    """Before the login, and after it."""
    payment, browser = shop.sandbox.create_payment("pace_pay"), shop.browser("cookie-of-ada")
    state = start(browser, payment)
    shop.sandbox.capture(payment)
    refused = browser.come_back(state=state, code="ada")
    assert (refused.status_code, refused.json()["error"]) == (409, "Forbidden")
    assert browser.cancel(payment).status_code == 409


def test_a_missing_scope_is_no_matter_of_the_payment(load: Load) -> None:
    """The user cannot help it, so it is no conflict."""
    statuses = load("fastapi/statuses")
    assert statuses.http_status(Forbidden("fuelling has started", about_payment=True)) == 409
    assert statuses.http_status(Forbidden("the token lacks a scope")) == 500
