"""A shop that cancels at PACE Pay for the user of a session: `uvicorn service:app` in your place.

If PACE wants a login with a third party first, the browser is sent there, and the cancel goes on
when it comes back.
"""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Protocol

from attrs import define, field, frozen
from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from countermand import (
    AsyncClient,
    CountermandError,
    Ledger,
    MissingLinkedIdentity,
    Receipt,
    pace_pay,
)
from statuses import headers, http_status

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

router = APIRouter()


@define
class Session:
    """What you keep of a user who is logged in to your shop, for example in a database."""

    user: str
    token: str
    waiting: dict[str, str] = field(factory=dict[str, str])
    """The keys of the cancels that wait for a login, each under the state of its redirect."""


class Login(Protocol):
    """Your client of PACE's OpenID Connect login."""

    def url(self, state: str) -> str:
        """The login page, with the third party as its identity provider hint, and the state."""
        ...

    async def exchange(self, code: str) -> str:
        """The access token for the code that the login page returned."""
        ...


@frozen
class Shop:
    """What the service stands on.

    Attributes:
        sessions: The sessions by the value of the cookie.
        login: Your client of PACE's login.
        ledger: The URL of the ledger, which all processes share.
        pace_pay_url: The server, if it is not PACE's production.
    """

    sessions: dict[str, Session]
    login: Login
    ledger: str
    pace_pay_url: str | None = None

    def token_of(self, user: str | None) -> str:
        """Asked for every call: what a login has changed counts at once."""
        return next(each.token for each in self.sessions.values() if each.user == user)


def create_app(shop: Shop) -> FastAPI:
    """The service, with one client and one ledger for all requests of a process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        where = {"base_url": shop.pace_pay_url} if shop.pace_pay_url else {}
        with Ledger(shop.ledger) as ledger:
            async with AsyncClient(
                pace_pay.Account(shop.token_of, **where), ledger=ledger
            ) as client:
                app.state.shop, app.state.client = shop, client
                yield

    app = FastAPI(title="A shop", lifespan=lifespan)
    app.include_router(router)
    app.add_exception_handler(CountermandError, refusal)
    return app


def shop_of(request: Request) -> Shop:
    """The shop of the app."""
    shop: Shop = request.app.state.shop
    return shop


def client_of(request: Request) -> AsyncClient:
    """The client of the app."""
    client: AsyncClient = request.app.state.client
    return client


def session_of(
    shop: Annotated[Shop, Depends(shop_of)],
    cookie: Annotated[str, Cookie(alias="__Host-session")] = "",
) -> Session:
    """The session of the browser; 401 without one."""
    if cookie not in shop.sessions:
        raise HTTPException(401, "log in first")
    return shop.sessions[cookie]


@router.post("/orders/{order}/cancel")
async def cancel(
    order: str,
    shop: Annotated[Shop, Depends(shop_of)],
    client: Annotated[AsyncClient, Depends(client_of)],
    session: Annotated[Session, Depends(session_of)],
) -> Response:
    """Cancel an order. Also look here whether it is this user's order."""
    key = f"cancel-{order}"
    try:
        receipt = await client.cancel(pace_pay.Cancellation(order), key=key, user=session.user)
    except MissingLinkedIdentity:
        # Nobody can guess the state, and only this session can use it, once.
        state = secrets.token_urlsafe()
        session.waiting[state] = key
        return RedirectResponse(shop.login.url(state), 303)
    return answer(receipt)


@router.get("/after-login")
async def after_login(
    shop: Annotated[Shop, Depends(shop_of)],
    client: Annotated[AsyncClient, Depends(client_of)],
    session: Annotated[Session, Depends(session_of)],
    state: str = "",
    code: str = "",
) -> Response:
    """Go on with the cancel whose login has ended."""
    key = session.waiting.pop(state, None)
    if key is None:
        raise HTTPException(403, "this login was not started here")
    if not code:
        raise HTTPException(403, "the login was given up; nothing was cancelled")
    session.token = await shop.login.exchange(code)
    return answer(await client.resume(key))


async def refusal(_request: Request, error: Exception) -> Response:
    """An error of countermand as JSON, with the status that fits it."""
    assert isinstance(error, CountermandError)
    return JSONResponse(error.to_dict(), http_status(error), headers(error))


def answer(receipt: Receipt) -> Response:
    """A receipt as JSON; 202 while the provider has not finished."""
    return JSONResponse(receipt.to_dict(), 202 if receipt.outcome == "accepted" else 200)
