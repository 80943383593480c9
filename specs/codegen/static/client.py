"""Clients that send a `Call` with httpx, for people who use the generated functions on their own.

They send once: no retry, no redirect, no cookie kept from one reply to the next.
"""

import json
import threading
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any, Self, TypeVar

import httpx
from attrs import define, field

from .errors import ResponseParseError, UnexpectedStatus
from .operation import Call
from .types import Response

T = TypeVar("T")


@define(kw_only=True, eq=False)
class Client:
    """Where requests go, and how.

    `base_url` is the specification's server URL, version path included. `timeout` is httpx's, in
    seconds per step of the exchange and not in total. `httpx_args` go to the constructors of
    `httpx.Client` and `httpx.AsyncClient`, for example `{"auth": (private_key, "")}` for basic
    authentication. The httpx clients are built on first use and then shared; the asynchronous one
    belongs to the event loop that used it first.
    """

    # Credentials may sit in the headers, in the URL's user part and in httpx_args: show none.
    _base_url: str = field(kw_only=False, repr=False)
    _headers: Mapping[str, str] = field(factory=dict, repr=False)
    _timeout: httpx.Timeout = field(factory=lambda: httpx.Timeout(10.0))
    _verify_ssl: SSLContext | str | bool = field(default=True, repr=False)
    _httpx_args: Mapping[str, Any] = field(factory=dict, repr=False)
    raise_on_unexpected_status: bool = False
    _client: httpx.Client | None = field(default=None, init=False, repr=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def _settings(self) -> dict[str, Any]:
        return {
            "base_url": self._base_url,
            "headers": self._headers,
            "timeout": self._timeout,
            "verify": self._verify_ssl,
            "follow_redirects": False,
            # What one reply sets must not travel with the next request.
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
            **self._httpx_args,
        }

    def get_httpx_client(self) -> httpx.Client:
        """Return the one `httpx.Client`, building it on first use."""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(**self._settings())
            return self._client

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Return the one `httpx.AsyncClient`, building it on first use."""
        with self._lock:
            if self._async_client is None:
                self._async_client = httpx.AsyncClient(**self._settings())
            return self._async_client

    def send(self, call: Call[T]) -> Response[T | None]:
        """Send a call and return its reply with the typed body.

        Raises:
            ResponseParseError: a reply came, but its body broke off or is not the documented one.
            UnexpectedStatus: the status is not documented and `raise_on_unexpected_status` is set.
            httpx.HTTPError: no reply came. The request may have been executed nevertheless.
        """
        client = self.get_httpx_client()
        response = client.send(client.build_request(**_arguments(call)), stream=True)
        try:
            response.read()
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ResponseParseError(response.status_code, b"", response.headers) from error
        finally:
            response.close()
        return self._typed(call, response)

    async def asend(self, call: Call[T]) -> Response[T | None]:
        """Send a call and return its reply with the typed body; raises what `send` raises."""
        client = self.get_async_httpx_client()
        response = await client.send(client.build_request(**_arguments(call)), stream=True)
        try:
            await response.aread()
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ResponseParseError(response.status_code, b"", response.headers) from error
        finally:
            await response.aclose()
        return self._typed(call, response)

    def _typed(self, call: Call[T], response: httpx.Response) -> Response[T | None]:
        status, content, headers = response.status_code, response.content, response.headers
        media_types = call.operation.media_types(status)
        if media_types is None and self.raise_on_unexpected_status:
            raise UnexpectedStatus(status, content, headers)
        if not media_types:
            return Response(status, content, headers, None)
        try:
            body = response.text if media_types[0].startswith("text/") else json.loads(content)
            parsed = call.parse(status, body)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ResponseParseError(status, content, headers) from error
        return Response(status, content, headers, parsed)

    def close(self) -> None:
        """Close the connections of the synchronous client."""
        if self._client is not None:
            self._client.close()

    async def aclose(self) -> None:
        """Close the connections of the asynchronous client."""
        if self._async_client is not None:
            await self._async_client.aclose()

    def __enter__(self) -> Self:
        """Return the client itself; leaving the block closes it."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the client."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return the client itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close the client."""
        await self.aclose()


@define(kw_only=True, eq=False)
class AuthenticatedClient(Client):
    """A client that sends `Authorization: Bearer <token>`, or another header or prefix."""

    token: str = field(repr=False)
    prefix: str = "Bearer"
    auth_header_name: str = "Authorization"

    def _settings(self) -> dict[str, Any]:
        settings = super()._settings()
        credentials = f"{self.prefix} {self.token}" if self.prefix else self.token
        return {**settings, "headers": {**settings["headers"], self.auth_header_name: credentials}}


def _arguments(call: Call[Any]) -> dict[str, Any]:
    return {
        "method": call.operation.method,
        "url": f"{call.path}?{call.query}" if call.query else call.path,
        "headers": list(call.headers),
        "content": call.content,
    }


__all__ = ["AuthenticatedClient", "Client"]
