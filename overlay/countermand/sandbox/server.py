"""The sandbox as a context manager: an HTTP server on loopback, in its own thread."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Final, Literal, overload

import uvicorn

from countermand.sandbox import control
from countermand.sandbox._state.state import SandboxState
from countermand.sandbox._state.tokens import ALL_SCOPES
from countermand.sandbox.app import create_app
from countermand.sandbox.simulators import account, base_url, create

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from countermand.provider import Account, TokenSource
    from countermand.sandbox._state.records import Execution, ReceivedRequest
    from countermand.sandbox._state.tokens import LinkOwner
    from countermand.sandbox.faults import Answer, Pass
    from countermand.sandbox.payments import (
        BentoPayment,
        PacePayment,
        Payment,
        UnzerPayment,
        VtexPayment,
    )

_START_TIMEOUT: Final = 30.0


class Sandbox:
    """Simulators of five payment providers, running inside a `with` block.

        with Sandbox() as sandbox:
            payment = sandbox.create_payment("unzer", amount="100.00")
            ...
            assert len(sandbox.executions("unzer", payment)) == 1

    It listens on `host`, on a free port unless `port` is given. Its methods are thread-safe. A
    sandbox can be entered only once.

    A linked identity at PACE belongs to the user, so that every token of the user works after the
    login. With `link_owner="token"` it belongs to the tokens that are issued after the login, and
    older ones go on being refused. PACE does not document which it is.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, link_owner: LinkOwner = "user"
    ) -> None:
        self._state = SandboxState(link_owner)
        self._server = _Server(self._state)
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        listener = socket.create_server((self._host, self._port), backlog=512)
        # asyncio does this only for a socket that names its protocol. Without it the body of an
        # answer waits for the client's delayed acknowledgement of the head, 40 ms on Linux.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="sandbox", daemon=True
        )
        self._thread.start()
        self._server.up.wait(_START_TIMEOUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_START_TIMEOUT)

    @property
    def url(self) -> str:
        """Origin of the server; raises `RuntimeError` before the block is entered."""
        if self._thread is None:
            raise RuntimeError("the sandbox has no address yet; enter its with block first")
        return f"http://{self._host}:{self._port}"

    def base_url(self, api: str) -> str:
        """Return the base URL for an account of this API.

        Raises `LookupError` for an API that has no simulator.
        """
        return base_url(self.url, api)

    def account(
        self,
        api: str,
        base_url: str | None = None,
        user: str | None = None,
        token: TokenSource | None = None,
    ) -> Account:
        """Return an `Account` of one API, with credentials that the sandbox accepts.

        `base_url` replaces the sandbox's URL, for example by that of a `FaultProxy`. For a provider
        with bearer tokens, `token` is used, or a new token of `user`. Clients ignore the
        environment's proxies for it.
        """
        if token is None:
            token = self.issue_token() if user is None else self.issue_token(user)
        return account(api, self.base_url(api) if base_url is None else base_url, token)

    @overload
    def create_payment(
        self, api: Literal["pace_pay", "pace_fueling"], **settings: object
    ) -> PacePayment: ...
    @overload
    def create_payment(self, api: Literal["bento"], **settings: object) -> BentoPayment: ...
    @overload
    def create_payment(self, api: Literal["unzer"], **settings: object) -> UnzerPayment: ...
    @overload
    def create_payment(self, api: Literal["vtex"], **settings: object) -> VtexPayment: ...
    @overload
    def create_payment(self, api: str, **settings: object) -> Payment: ...
    def create_payment(self, api: str, **settings: object) -> Payment:
        """Create a payment, and return it with the ids that a cancel needs.

        `settings` are fields of the payment's class in `countermand.sandbox.payments`. Missing ids
        are generated, the same ones in every run. PACE Pay and PACE Fueling share payments.
        Raises `ValueError` for an unknown API, setting or value.
        """
        return create(self._state, api, settings)

    def executions(
        self, api: str | None = None, payment: Payment | None = None
    ) -> tuple[Execution, ...]:
        """Return the executed cancels in order: of one API, of one payment, or all.

        Raises `LookupError` for an unknown API or payment.
        """
        return control.executions(self._state, api, None if payment is None else payment.handle)

    def requests(self, api: str | None = None) -> tuple[ReceivedRequest, ...]:
        """Return the received requests in order, credentials masked: of one API, or all.

        Raises `LookupError` for an unknown API.
        """
        return control.requests(self._state, api)

    def state(self, payment: Payment) -> Mapping[str, object]:
        """Return the state of a payment as JSON values; raises `LookupError` if it is unknown."""
        with self._state.lock:
            return self._state.payment_state(payment.handle).state()

    def capture(self, payment: Payment) -> None:
        """Capture a payment, as another client would; raises `ValueError` if it is not possible."""
        control.change(self._state, payment.handle, "capture")

    def start_fueling(self, payment: Payment) -> None:
        """Start fueling; raises `ValueError` if the payment does not permit it."""
        control.change(self._state, payment.handle, "start-fueling")

    def finish_pending(self, payment: Payment) -> None:
        """Finish what the provider has accepted: a Bento refund, pending Unzer cancels."""
        control.change(self._state, payment.handle, "finish-pending")

    def script(self, api: str, *answers: Answer | Pass) -> None:
        """Replace the rest of an API's script: one answer for each of its next requests.

        Reads count as requests. An `Answer` is sent after the provider has executed the request or,
        by default, instead of that; `PASS` leaves a request to the provider. When the script is
        used up, all are. Network faults are a `FaultProxy`'s.

            sandbox.script("unzer", faults.PASS, faults.error_page(500, executed=True))

        Raises `LookupError` for an API that has no simulator, and `TypeError` for another fault.
        """
        control.script(self._state, api, answers)

    def issue_token(
        self,
        user: str = "u-1",
        *,
        linked: bool | None = None,
        expired: bool = False,
        scopes: tuple[str, ...] = ALL_SCOPES,
        plain_errors: bool = False,
    ) -> str:
        """Return a new bearer token of a user, for PACE and for Bento.

        `linked` links or unlinks the user's identity; None changes nothing; a new user is linked.
        `plain_errors` makes PACE refuse this token in `text/plain`, even where JSON is accepted.
        """
        with self._state.lock:
            return self._state.tokens.issue(
                user=user, linked=linked, expired=expired, scopes=scopes, plain_errors=plain_errors
            )

    def expire(self, token: str) -> None:
        """Let a token expire; raises `LookupError` if it was not issued here."""
        with self._state.lock:
            self._state.tokens.expire(token)

    def link(self, user: str) -> None:
        """Link the user's identity, as a login with the third party does."""
        with self._state.lock:
            self._state.tokens.link(user)

    def unlink(self, user: str) -> None:
        """Unlink the user's identity."""
        with self._state.lock:
            self._state.tokens.unlink(user)


class _Server(uvicorn.Server):
    """A uvicorn server without logging, with an event that is set after start-up."""

    def __init__(self, state: SandboxState) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(state),
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                # Longer than any test: only the fault proxy closes idle connections.
                timeout_keep_alive=600,
                timeout_graceful_shutdown=1,
            )
        )
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()
