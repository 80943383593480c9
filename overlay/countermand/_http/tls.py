"""TLS without a socket, and the client's one context."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from countermand._http.failures import WireError, describe, pass_time_limit_on

if TYPE_CHECKING:
    from countermand._http.request_bytes import Origin

READ_SIZE: Final = 65536
MAX_REFUSALS: Final = 3
"""Sessions in a row that a server may refuse to resume until none is offered any more."""


def create_context(
    *,
    verify: ssl.SSLContext | str | bool,
    cert: str | tuple[str, str] | tuple[str, str, str] | None,
    trust_env: bool,
) -> ssl.SSLContext:
    """The SSL context for these options, which mean what they mean in httpx.

    Raises:
        OSError: a certificate cannot be loaded.
    """
    context = verify if isinstance(verify, ssl.SSLContext) else _new_context(verify, trust_env)
    if cert is not None:
        context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
    context.set_alpn_protocols(["http/1.1"])
    return context


def _new_context(verify: str | bool, trust_env: bool) -> ssl.SSLContext:  # noqa: FBT001 - as given
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if isinstance(verify, str):
        if Path(verify).is_dir():
            return ssl.create_default_context(capath=verify)
        return ssl.create_default_context(cafile=verify)
    if trust_env and os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    if trust_env and os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=os.environ["SSL_CERT_DIR"])
    import certifi  # noqa: PLC0415 - only where no other store is named

    return ssl.create_default_context(cafile=certifi.where())


class TlsLayer:
    """The client's side of one TLS connection, as bytes."""

    def __init__(
        self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None = None
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = host.rstrip(".")
        try:
            self._tls = context.wrap_bio(
                self._incoming, self._outgoing, server_hostname=name, session=session
            )
        except ValueError as invalid:
            raise WireError(f"{name} is no host name for TLS: {invalid}") from None
        self.is_ready = False
        """Whether the handshake is done."""
        self.has_ended = False
        """Whether the server has said by close_notify that nothing follows."""
        self.problem: str | None = None
        """What is wrong with a received record: what follows it cannot be read."""
        self._shake_hands()

    @property
    def session(self) -> ssl.SSLSession | None:
        """The session, which a later connection may resume."""
        return self._tls.session

    @property
    def was_resumed(self) -> bool:
        """Whether the server resumed the session that it was offered."""
        return bool(self._tls.session_reused)

    def outgoing(self) -> bytes:
        """Take the bytes to send."""
        return self._outgoing.read()

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt data, and take the bytes to send."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> bytes:
        """Take received bytes, and return the plain ones, up to the end or a broken record.

        Raises:
            OSError: the handshake failed.
        """
        self._incoming.write(data)
        if not self.is_ready:
            self._shake_hands()
        plain = bytearray()
        try:
            while self.is_ready and not self.has_ended and self.problem is None:
                chunk = self._tls.read(READ_SIZE)
                self.has_ended = not chunk
                plain += chunk
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            pass_time_limit_on(error)
            # Not raised: the bytes before it may be the end of the answer.
            self.problem = describe(error)
        return bytes(plain)

    def farewell(self) -> bytes:
        """Say by close_notify that nothing follows, and take the bytes to send."""
        # The server's own close_notify is not waited for.
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._outgoing.read()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.is_ready = True


class TlsSessions:
    """The client's TLS context, and a session of each server, to be resumed.

    Python copies a session by encoding it, which costs half a handshake. So a session is offered
    again and again, and a new one is taken only where the server did not resume the old one.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._sessions: dict[Origin, ssl.SSLSession | None] = {}
        self._refusals: dict[Origin, int] = {}

    def layer_for(self, origin: Origin) -> TlsLayer | None:
        """TLS for a connection to a server, or None for plain HTTP."""
        if origin.scheme == "http":
            return None
        assert self._context is not None
        return TlsLayer(self._context, origin.host, self._sessions.get(origin))

    def keep(self, origin: Origin, tls: TlsLayer | None) -> None:
        """Keep the session of an exchange that went well, if there is use for it."""
        if tls is None:
            return
        refusals = 0 if tls.was_resumed else self._refusals.get(origin, -1) + 1
        self._refusals[origin] = refusals
        if not tls.was_resumed:
            self._sessions[origin] = tls.session if refusals < MAX_REFUSALS else None
