"""The clients' connection options, and the transport that they lead to.

A request goes over a socket of ours, unless the caller brings an httpx transport or there is a
proxy. Only then is httpx imported.
"""

from __future__ import annotations

import ssl
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field

from countermand._http.blocking import SocketTransport
from countermand._http.environment import environment_proxy
from countermand._http.tls import create_context
from countermand._values import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from attrs import Attribute

    from countermand._http.async_base import AsyncTransport
    from countermand._http.base import Transport

    Verify = ssl.SSLContext | str | bool
    Cert = str | tuple[str, str] | tuple[str, str, str]


def _one_of(form: str, *kinds: type) -> Callable[[object, Attribute[Any], object], None]:
    """A validator that accepts these types alone, and names the right form."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, kinds):
            raise TypeError(f"{attribute.name} must be {form}, not {kind_of(value)}")

    return validate


def _validate_proxy(_instance: object, _attribute: Attribute[Any], value: object) -> None:
    if value is None or isinstance(value, str):
        return
    # An httpx.Proxy can only exist where httpx is imported.
    httpx = sys.modules.get("httpx")
    if httpx is None or not isinstance(value, httpx.Proxy):
        form = "a URL such as http://proxy.example:8080"
        raise TypeError(f"proxy must be {form}, not {kind_of(value)}")


@define(kw_only=True, slots=False)
class TransportOptions:
    """Connection options, named as in `httpx.Client`.

    Raises:
        TypeError: an option has the wrong type.
        OSError: the certificates of `verify` or `cert` cannot be loaded.
    """

    proxy: str | httpx.Proxy | None = field(default=None, repr=False, validator=_validate_proxy)
    verify: Verify = field(
        default=True,
        validator=_one_of(
            "True, False, a path as str, or an ssl.SSLContext", bool, str, ssl.SSLContext
        ),
    )
    cert: Cert | None = field(
        default=None,
        repr=False,
        validator=_one_of("a path as str, or a tuple of them", str, tuple, type(None)),
    )
    trust_env: bool = field(default=True, validator=_one_of("True or False", bool))

    def __attrs_post_init__(self) -> None:
        if self.verify is not True or self.cert is not None:
            _ = self.context

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The one SSL context of a client. Loading authorities is slow, so plain HTTP has none."""
        try:
            return create_context(verify=self.verify, cert=self.cert, trust_env=self.trust_env)
        except OSError as unreadable:
            # OpenSSL's error names no file.
            file = f" {self.verify!r}" if isinstance(self.verify, str) else ""
            text = f"the certificates of verify{file} or cert cannot be loaded: {unreadable}"
            raise type(unreadable)(unreadable.errno, text) from None

    def open_blocking(self, base_url: str, *, trust_env: bool = True) -> Transport:
        """The blocking transport to one provider.

        Args:
            base_url: The URL of the provider.
            trust_env: Whether the account permits the environment's proxies.

        Raises:
            ValueError: the proxy's URL is invalid; the message does not contain it.
            ModuleNotFoundError: the proxy is a SOCKS proxy, and its extra is not installed.
        """
        proxy = self._proxy(base_url, trust_env=trust_env and self.trust_env)
        if proxy is None:
            return SocketTransport(self._context_for(base_url))
        from countermand._http.proxies import ProxyTransport  # noqa: PLC0415 - it imports httpx

        return ProxyTransport(proxy, self.context)

    def open_async(self, base_url: str, *, trust_env: bool = True) -> AsyncTransport:
        """The asynchronous transport to one provider; arguments and errors as above."""
        proxy = self._proxy(base_url, trust_env=trust_env and self.trust_env)
        if proxy is None:
            from countermand._http.asynchronous import AsyncioTransport  # noqa: PLC0415

            return AsyncioTransport(self._context_for(base_url))
        from countermand._http.proxies import AsyncProxyTransport  # noqa: PLC0415

        return AsyncProxyTransport(proxy, self.context)

    def _context_for(self, base_url: str) -> ssl.SSLContext | None:
        return self.context if base_url.lower().startswith("https:") else None

    def _proxy(self, base_url: str, *, trust_env: bool) -> str | httpx.Proxy | None:
        if self.proxy is not None or not trust_env:
            return self.proxy
        return environment_proxy(base_url)


def wrap_blocking(transport: object) -> Transport:
    """The transport around a caller's blocking httpx transport.

    Raises:
        TypeError: it is none.
    """
    _validate_transport(transport, "handle_request", "an httpx.BaseTransport")
    from countermand._http.callers import CallersTransport  # noqa: PLC0415 - it imports httpx

    return CallersTransport(cast("httpx.BaseTransport", transport))


def wrap_async(transport: object) -> AsyncTransport:
    """The transport around a caller's asynchronous httpx transport.

    Raises:
        TypeError: it is none.
    """
    _validate_transport(transport, "handle_async_request", "an httpx.AsyncBaseTransport")
    from countermand._http.callers import CallersAsyncTransport  # noqa: PLC0415

    return CallersAsyncTransport(cast("httpx.AsyncBaseTransport", transport))


def _validate_transport(transport: object, method: str, form: str) -> None:
    if isinstance(transport, type) or not hasattr(transport, method):
        raise TypeError(f"transport must be {form}, not {kind_of(transport)}")
